package io.github.attn4j.jvm;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockPlane;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import io.github.attn4j.core.spec.ElementType;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Inputs of float32 used where they lie: host memory is the device's. Only O and LSE are allocated,
 * and a block map where the mask has an expression. Of other types there are arrays of their own,
 * so that what kernels read from memory is what the type needs.
 */
final class JavaStagedInputs implements StagedInputs {
  private final JavaSession session;
  private final AttentionInputs inputs;
  private final long uploadNanos;
  private final long deviceBytes;
  private final @Nullable BoundArrays bound; // none where O is allocated here
  private @Nullable Buffers buffers;

  /**
   * What kernels read and write.
   *
   * @param mask the canonical mask, made once, since it may combine dense masks
   * @param outputElements how far O's layout reaches
   * @param blocks which blocks hold visible pairs; null where the mask has no expression, since a
   *     window says so itself, and a dense mask is read anyway
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Buffers(
      HeapTensor.Plain q,
      HeapTensor k,
      HeapTensor v,
      CanonicalMask mask,
      @Nullable BlockMap blocks,
      HeapTensor.Plain o,
      int outputElements,
      float[] lse) {
    void clearOutput() {
      if (o instanceof HeapTensor.Floats floats) {
        Arrays.fill(floats.values(), 0, outputElements, Float.NaN); // a layer's may go on
      } else {
        o.clear();
      }
      Arrays.fill(lse, Float.NaN);
    }
  }

  JavaStagedInputs(JavaSession session, AttentionInputs inputs) {
    this(session, inputs, null);
  }

  /** Over arrays of layers, which are read and written where they lie. */
  JavaStagedInputs(JavaSession session, BoundArrays bound) {
    this(session, bound.inputs(), bound);
  }

  private JavaStagedInputs(
      JavaSession session, AttentionInputs inputs, @Nullable BoundArrays bound) {
    this.session = session;
    this.inputs = inputs;
    this.bound = bound;
    AttentionSpec spec = inputs.spec();
    long outputBytes =
        (bound == null ? (long) spec.queryType().bytes() * spec.outputElements() : 0)
            + (long) Float.BYTES * spec.rows();
    HeapMemory.require(
        "O, LSE and what is not float32 of " + spec.label(), outputBytes + convertedBytes(inputs));
    CanonicalMask mask = spec.canonicalMask();
    // Not part of the upload: the map has a time of its own.
    BlockMap blocks = mask.expression() == null ? null : built(spec, spec::blockMap);
    long start = System.nanoTime();
    Buffers created =
        new Buffers(
            HeapTensor.Plain.of(spec.queryType(), inputs.q()),
            keysOrValues(inputs, true),
            keysOrValues(inputs, false),
            mask,
            blocks,
            bound == null
                ? HeapTensor.Plain.cleared(spec.queryType(), spec.outputElements())
                : new HeapTensor.Floats(bound.o().values()),
            spec.outputElements(),
            new float[spec.rows()]);
    created.clearOutput();
    buffers = created;
    uploadNanos = System.nanoTime() - start;
    deviceBytes =
        inputs.bytes()
            + outputBytes
            + (mask.dense() == null ? 0 : mask.dense().bytes())
            + (blocks == null ? 0 : blocks.bytes());
  }

  private static HeapTensor keysOrValues(AttentionInputs inputs, boolean keys) {
    ElementType type = inputs.spec().keyValueType();
    if (type.scaled()) {
      return keys
          ? new HeapTensor.Codes(type, inputs.keyCodes(), inputs.kScales())
          : new HeapTensor.Codes(type, inputs.valueCodes(), inputs.vScales());
    }
    return HeapTensor.Plain.of(type, keys ? inputs.k() : inputs.v());
  }

  /** Bytes of tensors that are not used where they lie. */
  private static long convertedBytes(AttentionInputs inputs) {
    ElementType query = inputs.spec().queryType();
    ElementType keyValue = inputs.spec().keyValueType();
    long ofQueries = query == ElementType.F32 ? 0 : (long) query.bytes() * inputs.q().length;
    long elements = (long) inputs.k().length + inputs.v().length;
    return ofQueries + (keyValue == ElementType.F32 ? 0 : keyValue.bytes() * elements);
  }

  /**
   * A block map, whose size shows only while it grows.
   *
   * @throws BackendException.OutOfMemory if it does not fit
   */
  static BlockMap built(AttentionSpec spec, Supplier<BlockMap> build) {
    try {
      return build.get();
    } catch (OutOfMemoryError e) { // what it had taken is garbage again
      long most =
          (long) spec.batch()
              * spec.queryHeads()
              * BlockPlane.mostBytes(spec.queryLength(), spec.kvLength());
      throw outOfMemory(
          "the block map of %s (up to as much: its mask cuts many blocks)".formatted(spec.label()),
          most);
    } catch (BlockPlane.TooManyRanges e) {
      throw outOfMemory("%s of %s".formatted(e.getMessage(), spec.label()), e.bytes());
    }
  }

  private static BackendException.OutOfMemory outOfMemory(String what, long bytes) {
    return new BackendException.OutOfMemory(
        what + " on the Java heap (raise -Xmx, or split the queries)",
        bytes,
        HeapMemory.available());
  }

  JavaSession session() {
    return session;
  }

  Buffers buffers() {
    if (bound != null) {
      bound.requirePresent();
    }
    Buffers present = buffers;
    if (present == null) {
      throw new IllegalStateException("the staged inputs are closed: stage them again");
    }
    return present;
  }

  @Override
  public AttentionInputs inputs() {
    return inputs;
  }

  /** Time to allocate and fill O and LSE, and to convert what is not float32. */
  @Override
  public long uploadNanos() {
    return uploadNanos;
  }

  /** Nothing to do for float32: the host's array is what kernels read. */
  @Override
  public void refreshQueries(int fromElement, int count) {
    boolean entered = session.use().enter();
    try {
      HeapTensor.Plain q = buffers().q();
      Objects.checkFromIndexSize(fromElement, count, q.length());
      if (inputs.spec().queryType() != ElementType.F32) {
        q.write(inputs.q(), fromElement, count, fromElement);
      }
    } finally {
      session.use().leave(entered);
    }
  }

  /**
   * Q, K, V and the mask count although they are used in place: a run keeps them in memory. Tables
   * of expressions do not: they belong to the expression, and compiled code reads them there.
   */
  @Override
  public long deviceBytes() {
    return deviceBytes;
  }

  @Override
  public Optional<BlockMap> blockMap() {
    return Optional.ofNullable(buffers().blocks());
  }

  @Override
  public void close() {
    boolean entered = session.use().enter();
    try {
      buffers = null;
      session.forget(this);
    } finally {
      session.use().leave(entered);
    }
  }
}
