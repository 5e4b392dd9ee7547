package io.github.attn4j.core.kernel;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Optional;

/** Inputs that lie on a device, with room for the output. */
public interface StagedInputs extends AutoCloseable {
  /** What was staged; of a {@link KeyValueCache}, read back at each call. */
  AttentionInputs inputs();

  /** The problem that was staged. */
  default AttentionSpec spec() {
    return inputs().spec();
  }

  /** Time of the upload in nanoseconds. */
  long uploadNanos();

  /**
   * Takes over what the caller has changed in the host's Q, {@code inputs().q()}; waits until the
   * device has it.
   *
   * @param fromElement first changed element of the array
   * @param count changed elements
   * @throws BackendException.LaunchFailed if the device refuses
   */
  void refreshQueries(int fromElement, int count);

  /**
   * Which blocks of the score matrices hold visible pairs, as staged for kernels that visit those
   * alone; empty where none was built.
   */
  default Optional<BlockMap> blockMap() {
    return Optional.empty();
  }

  /** Bytes allocated on the device: tensors, output, LSE, mask. */
  long deviceBytes();

  @Override
  void close();
}
