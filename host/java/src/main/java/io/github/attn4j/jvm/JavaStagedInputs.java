package io.github.attn4j.jvm;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Inputs used where they lie: host memory is the device's. Only O and LSE are allocated. */
final class JavaStagedInputs implements StagedInputs {
  private final JavaSession session;
  private final AttentionInputs inputs;
  private final long uploadNanos;
  private final long deviceBytes;
  private @Nullable Buffers buffers;

  /**
   * What kernels read and write.
   *
   * @param mask the canonical mask, made once, since it may combine dense masks
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Buffers(float[] q, float[] k, float[] v, CanonicalMask mask, float[] o, float[] lse) {
    void clearOutput() {
      Arrays.fill(o, Float.NaN);
      Arrays.fill(lse, Float.NaN);
    }
  }

  JavaStagedInputs(JavaSession session, AttentionInputs inputs) {
    this.session = session;
    this.inputs = inputs;
    AttentionSpec spec = inputs.spec();
    long outputBytes = (long) Float.BYTES * ((long) spec.outputElements() + spec.rows());
    HeapMemory.require("O and LSE of " + spec.label(), outputBytes);
    long start = System.nanoTime();
    CanonicalMask mask = spec.canonicalMask();
    Buffers created =
        new Buffers(
            inputs.q(),
            inputs.k(),
            inputs.v(),
            mask,
            new float[spec.outputElements()],
            new float[spec.rows()]);
    created.clearOutput();
    buffers = created;
    uploadNanos = System.nanoTime() - start;
    deviceBytes = inputs.bytes() + outputBytes + (mask.dense() == null ? 0 : mask.dense().bytes());
  }

  JavaSession session() {
    return session;
  }

  Buffers buffers() {
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

  /** Time to allocate and fill O and LSE: nothing is copied. */
  @Override
  public long uploadNanos() {
    return uploadNanos;
  }

  /** Nothing to do: the host's array is what kernels read. */
  @Override
  public void refreshQueries(int fromElement, int count) {
    Objects.checkFromIndexSize(fromElement, count, buffers().q().length);
  }

  /** Q, K, V and the mask count although they are used in place: a run keeps them in memory. */
  @Override
  public long deviceBytes() {
    return deviceBytes;
  }

  @Override
  public void close() {
    buffers = null;
    session.forget(this);
  }
}
