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
   * Launches every stage and copies O and LSE behind them: what {@link #run()} and {@link #read} do
   * together, with as few waits as the device needs for both.
   *
   * @param output arrays of exactly the spec's sizes, overwritten; none of this call's work goes on
   *     in them once it returns
   * @return the device's own time over all stages in nanoseconds, above zero; the copy is not in it
   * @throws IllegalArgumentException if the arrays are of another size; nothing is launched
   * @throws BackendException.LaunchFailed if the device refuses or fails; what the arrays hold then
   *     means nothing
   */
  long run(AttentionOutput output);

  /**
   * Overwrites O and LSE on the device with NaN, so that the next {@link #run} has to write them
   * anew.
   */
  void clearOutput();

  /** Copies O and LSE to the host, into new arrays. */
  AttentionOutput read();

  /** Time of the last {@link #read} in nanoseconds; what was read by {@link #run} is in its own. */
  long downloadNanos();

  @Override
  void close();
}
