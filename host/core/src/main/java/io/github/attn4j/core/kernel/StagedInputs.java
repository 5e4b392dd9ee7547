package io.github.attn4j.core.kernel;

import io.github.attn4j.core.input.AttentionInputs;

/** Inputs that lie on a device, with room for the output. */
public interface StagedInputs extends AutoCloseable {
  /** What was staged. */
  AttentionInputs inputs();

  /** Time of the upload in nanoseconds. */
  long uploadNanos();

  /** Bytes allocated on the device: tensors, output, LSE, mask. */
  long deviceBytes();

  @Override
  void close();
}
