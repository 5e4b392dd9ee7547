package io.github.attn4j.tornado;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.StagedInputs;
import java.util.ArrayList;
import java.util.List;

/**
 * Inputs of a session. TornadoVM gives each execution plan buffers of its own, so the upload
 * happens, and is timed, when a kernel is prepared.
 */
final class TornadoStagedInputs implements StagedInputs {
  private final TornadoSession session;
  private final AttentionInputs inputs;
  private final List<TornadoPreparedKernel> kernels = new ArrayList<>();
  private long uploadNanos;
  private boolean closed;

  TornadoStagedInputs(TornadoSession session, AttentionInputs inputs) {
    this.session = session;
    this.inputs = inputs;
  }

  TornadoSession session() {
    return session;
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException(
          "the staged inputs (%s) are closed".formatted(inputs.spec().label()));
    }
  }

  void attach(TornadoPreparedKernel kernel, long nanos) {
    kernels.add(kernel);
    uploadNanos = nanos;
  }

  void detach(TornadoPreparedKernel kernel) {
    kernels.remove(kernel);
  }

  @Override
  public AttentionInputs inputs() {
    return inputs;
  }

  /** Time of the device's writes for the kernel prepared last; 0 before the first one. */
  @Override
  public long uploadNanos() {
    return uploadNanos;
  }

  /** Uploads everything again, since TornadoVM transfers whole arrays; O and LSE become NaN. */
  @Override
  public void refreshQueries(int fromElement, int count) {
    requireOpen();
    kernels.forEach(kernel -> kernel.refreshQueries(fromElement, count));
  }

  /** What one prepared kernel allocates besides its scratch, small arrays rounded up. */
  @Override
  public long deviceBytes() {
    return DeviceArrays.Sizes.of(inputs.spec()).bytes();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      List.copyOf(kernels).forEach(TornadoPreparedKernel::close);
      session.forget(this);
    }
  }
}
