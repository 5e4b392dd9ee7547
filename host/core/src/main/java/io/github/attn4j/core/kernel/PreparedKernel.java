package io.github.attn4j.core.kernel;

import io.github.attn4j.core.result.AttentionOutput;

/** A variant bound to staged inputs: may be launched any number of times. */
public interface PreparedKernel extends AutoCloseable {
  /** The variant that will run, never another one. */
  KernelVariant variant();

  /** What it runs with, never anything else. */
  Tuning tuning();

  /** Time it took to build or load the programs, in nanoseconds. */
  long buildNanos();

  /** Bytes of scratch really allocated. */
  long scratchBytes();

  /**
   * Launches every stage and waits.
   *
   * @return the device's own time over all stages in nanoseconds, above zero
   * @throws BackendException.LaunchFailed if the device refuses or fails
   */
  long run();

  /**
   * Overwrites O and LSE on the device with NaN, so that the next {@link #run} has to write them
   * anew.
   */
  void clearOutput();

  /** Copies O and LSE to the host. */
  AttentionOutput read();

  /** Time of the last {@link #read} in nanoseconds. */
  long downloadNanos();

  @Override
  void close();
}
