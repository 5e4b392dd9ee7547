package io.github.attn4j.core.result;

/**
 * Where one launch's time went, apart and never silently summed. All in nanoseconds.
 *
 * @param uploadNanos host to device
 * @param kernelNanos all stages, by the device's clock; above zero, as proof that the device ran
 * @param downloadNanos device to host
 * @param hostNanos from the call of run to its return, by the host's clock
 * @param buildNanos building or loading the programs
 */
public record DeviceTiming(
    long uploadNanos, long kernelNanos, long downloadNanos, long hostNanos, long buildNanos) {
  /** Refuses a kernel time of zero: nothing ran. */
  public DeviceTiming {
    if (kernelNanos <= 0) {
      throw new IllegalArgumentException(
          "a kernel time of " + kernelNanos + " ns proves that nothing ran on the device");
    }
  }
}
