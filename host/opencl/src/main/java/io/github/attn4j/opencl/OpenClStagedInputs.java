package io.github.attn4j.opencl;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockPlane;
import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.Rounding;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * Q, K, V, mask and lengths on the device, and room for O and LSE. K and V may be a cache's; Q, K,
 * V and O tensors of layers.
 */
final class OpenClStagedInputs implements StagedInputs {
  /** Of a range of blocks while a map is made: three ints that are found, two that are kept. */
  private static final long RANGE_BYTES = 4 * (3 + 2);

  private final OpenClSession session;
  private final AttentionSpec spec;
  private final float[] q;
  private final @Nullable AttentionInputs given; // none where K and V are a cache's
  private final OpenClCache.@Nullable State cached;
  private final @Nullable BoundTensors bound; // none where Q and O are allocated here
  private final List<cl_mem> buffers = new ArrayList<>();
  private final List<Long> sizes = new ArrayList<>();
  private final SequenceWords sequences;
  private final DeviceOutput output;
  private final long uploadNanos;
  private boolean closed;

  OpenClStagedInputs(OpenClSession session, AttentionInputs inputs) {
    this(session, inputs, DeviceBlockEnumerator.JAVA_NANOS);
  }

  /**
   * As by the session.
   *
   * @param javaNanos how long Java enumerates blocks before the device does
   */
  OpenClStagedInputs(OpenClSession session, AttentionInputs inputs, long javaNanos) {
    this(session, inputs.spec(), inputs.q(), inputs, null, null, javaNanos);
  }

  /** Queries beside the rows of a cache, which keeps its buffers. */
  static OpenClStagedInputs over(
      OpenClSession session, OpenClCache.State state, AttentionSpec spec, float[] q) {
    if (q.length < spec.queryElements()) {
      throw new IllegalArgumentException(
          "Q has %,d elements, but its layout reaches to element %,d"
              .formatted(q.length, spec.queryElements()));
    }
    float[] rounded = Rounding.rounded(spec.queryType(), q, "Q");
    return new OpenClStagedInputs(
        session, spec, rounded, null, state, null, DeviceBlockEnumerator.JAVA_NANOS);
  }

  /** Q, K, V and O in tensors of the session's layers, which keep them. */
  static OpenClStagedInputs over(
      OpenClSession session, AttentionSpec spec, AttentionTensors tensors) {
    return new OpenClStagedInputs(
        session,
        spec,
        new float[0],
        null,
        null,
        BoundTensors.of(session, spec, tensors),
        DeviceBlockEnumerator.JAVA_NANOS);
  }

  private OpenClStagedInputs(
      OpenClSession session,
      AttentionSpec spec,
      float[] q,
      @Nullable AttentionInputs given,
      OpenClCache.@Nullable State cached,
      @Nullable BoundTensors bound,
      long javaNanos) {
    this.session = session;
    this.spec = spec;
    this.q = q;
    this.given = given;
    this.cached = cached;
    this.bound = bound;
    DenseMask dense = spec.canonicalMask().dense();
    byte[] booleans = dense == null ? new byte[0] : bytes(dense.booleans());
    float[] biases = dense == null ? new float[0] : dense.floats();
    long[] outputBytes = {
      bound == null ? (long) spec.queryType().bytes() * spec.outputElements() : 0, 4L * spec.rows()
    };
    long[] bytes = {
      (long) spec.queryType().bytes() * q.length,
      given == null ? 0 : keyValueBytes(spec, given.k().length, spec.keyElements()),
      given == null ? 0 : keyValueBytes(spec, given.v().length, spec.valueElements()),
      dense == null ? 0 : dense.bytes(),
      // Lengths; what rows, expressions and the block map need is known once it is built.
      8L * spec.batch()
    };
    requireMemory(session, bytes, outputBytes);
    sequences = wordsOf(session, spec, javaNanos);
    bytes[4] = 4L * sequences.words().length;
    requireMemory(session, bytes, outputBytes);
    String[] names = {"Q", "K", "V", "the mask", "lengths and blocks"};
    output =
        bound == null
            ? DeviceOutput.allocate(session, spec)
            : DeviceOutput.into(session, spec, bound.o().memory());
    try {
      for (int i = 0; i < bytes.length; i++) {
        cl_mem borrowed = borrowed(i);
        buffers.add(borrowed == null ? session.allocate(names[i], bytes[i]) : borrowed);
        sizes.add(bytes[i]);
      }
      long start = System.nanoTime();
      Transfer transfer = session.transfer();
      transfer.upload(buffers.get(0), spec.queryType(), q);
      if (given != null) {
        uploadKeyValues(transfer, given);
      }
      transfer.upload(buffers.get(3), booleans);
      transfer.upload(buffers.get(3), ElementType.F32, biases);
      transfer.upload(buffers.get(4), bytes(sequences.words()));
      uploadNanos = System.nanoTime() - start;
      clearOutput();
    } catch (CLException e) {
      // Made before anything is released: it says how much was held.
      BackendException failure = session.failure("staging Q, K and V", e);
      release();
      throw failure;
    } catch (RuntimeException e) {
      release();
      throw e;
    }
  }

  private static void requireMemory(OpenClSession session, long[] bytes, long[] outputBytes) {
    LongSummaryStatistics all =
        LongStream.concat(LongStream.of(bytes), LongStream.of(outputBytes)).summaryStatistics();
    session.requireMemory("Q, K, V, O, LSE and mask", all.getSum(), all.getMax());
  }

  private static long keyValueBytes(AttentionSpec spec, long length, long elements) {
    return spec.keyValueType().scaled()
        ? ScaledCodes.bytes(elements, spec.scales())
        : spec.keyValueType().bytes() * length;
  }

  /** Q's, K's or V's buffer where it is a cache's or a layer's. */
  private @Nullable cl_mem borrowed(int index) {
    if (bound != null && index < 3) {
      return bound.buffer(index);
    }
    if (cached == null || index < 1 || index > 2) {
      return null;
    }
    return index == 1 ? cached.cache().keys() : cached.cache().values();
  }

  private void uploadKeyValues(Transfer transfer, AttentionInputs inputs) {
    if (spec.keyValueType().scaled()) {
      transfer.upload(
          buffers.get(1), ScaledCodes.of(inputs.keyCodes(), spec.keyElements(), inputs.kScales()));
      transfer.upload(
          buffers.get(2),
          ScaledCodes.of(inputs.valueCodes(), spec.valueElements(), inputs.vScales()));
    } else {
      transfer.upload(buffers.get(1), spec.keyValueType(), inputs.k());
      transfer.upload(buffers.get(2), spec.keyValueType(), inputs.v());
    }
  }

  private static SequenceWords wordsOf(OpenClSession session, AttentionSpec spec, long javaNanos) {
    List<DeviceBlockEnumerator> used = new ArrayList<>();
    try {
      return SequenceWords.of(
          spec,
          withoutMap -> {
            used.add(DeviceBlockEnumerator.of(session, spec, withoutMap, javaNanos));
            return used.getFirst();
          });
    } catch (OutOfMemoryError e) { // the host's: maps are made in the heap, whatever the device has
      throw new BackendException.OutOfMemory(
          "the block map of %s on the Java heap (raise -Xmx), at worst,".formatted(spec.label()),
          largestMapBytes(spec),
          Runtime.getRuntime().maxMemory());
    } catch (BlockPlane.TooManyRanges e) {
      throw new BackendException.OutOfMemory(
          "%s of %s, more than one Java array holds,".formatted(e.getMessage(), spec.label()),
          e.bytes(),
          Integer.MAX_VALUE);
    } finally {
      used.forEach(DeviceBlockEnumerator::close);
    }
  }

  /** Where every block differs from its neighbours, which no spec tells beforehand. */
  private static long largestMapBytes(AttentionSpec spec) {
    BlockSize size = BlockSize.STANDARD;
    return RANGE_BYTES
        * spec.batch()
        * spec.queryHeads()
        * size.rows(spec.queryLength())
        * size.columns(spec.kvLength());
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the staged inputs (%s) are closed".formatted(spec.label()));
    }
    if (cached != null) {
      cached.requirePresent();
    }
    if (bound != null) {
      bound.requirePresent();
    }
  }

  void clearOutput() {
    try {
      output.clear();
    } catch (CLException e) {
      throw session.failure("filling O and LSE with NaN for " + spec.label(), e);
    }
  }

  /** Lengths, expressions and block map. */
  SequenceWords sequences() {
    return sequences;
  }

  /**
   * Sets a kernel's first arguments, q, k, v, o, lse, mask, sequences: the order in which all take
   * them.
   *
   * @return index of the next argument
   */
  int bind(cl_kernel kernel) {
    int index = 0;
    for (cl_mem buffer : buffers) {
      CL.clSetKernelArg(kernel, index++, Sizeof.cl_mem, Pointer.to(buffer));
      if (index == 3) {
        output.bind(kernel, index);
        index += 2;
      }
    }
    return index;
  }

  /** Where kernels write. */
  DeviceOutput output() {
    return output;
  }

  @Override
  public AttentionInputs inputs() {
    if (given != null) {
      return given;
    }
    requireOpen();
    if (bound != null) {
      return bound.read(spec);
    }
    return Objects.requireNonNull(cached).cache().read(spec, q);
  }

  @Override
  public AttentionSpec spec() {
    return spec;
  }

  @Override
  public long uploadNanos() {
    return uploadNanos;
  }

  @Override
  public void refreshQueries(int fromElement, int count) {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      if (bound != null) {
        throw new UnsupportedOperationException(
            "the queries lie in tensor '%s': write to that".formatted(bound.q().name()));
      }
      try {
        session.transfer().upload(buffers.getFirst(), spec.queryType(), q, fromElement, count);
      } catch (CLException e) {
        throw session.failure("changing queries of " + spec.label(), e);
      }
    } finally {
      session.use().leave(entered);
    }
  }

  @Override
  public Optional<BlockMap> blockMap() {
    return Optional.ofNullable(sequences.blockMap());
  }

  @Override
  public long deviceBytes() {
    return sizes.stream().mapToLong(Long::longValue).sum()
        + (bound == null ? (long) spec.queryType().bytes() * spec.outputElements() : 0)
        + 4L * spec.rows();
  }

  @Override
  public void close() {
    boolean entered = session.use().enter();
    try {
      if (!closed) {
        closed = true;
        session.forget(this);
        release();
      }
    } finally {
      session.use().leave(entered);
    }
  }

  private void release() {
    for (int i = 0; i < sizes.size(); i++) {
      if (!(bound != null && i < 3) && borrowed(i) == null) {
        session.free(buffers.get(i), sizes.get(i));
      }
    }
    buffers.clear();
    sizes.clear();
    output.close();
  }

  private static byte[] bytes(boolean[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return bytes;
  }

  private static byte[] bytes(int[] words) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(4, words.length)).order(ByteOrder.nativeOrder());
    bytes.asIntBuffer().put(words);
    return bytes.array();
  }
}
