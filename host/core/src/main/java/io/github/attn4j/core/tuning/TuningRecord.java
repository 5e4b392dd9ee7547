package io.github.attn4j.core.tuning;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tuning;
import java.util.regex.Pattern;

/**
 * What the tuner found for a kernel, a device and a class of shapes. Times are of one session in
 * which tuned and default launches took turns; their ratio is that of rounds, not of these medians.
 *
 * @param backend id of the backend
 * @param device as the driver names it; in what ships, {@code *} stands for anything
 * @param driver its version, with which compiled code changes; likewise
 * @param computeUnits of the device: a machine of the same name with more shares work out otherwise
 * @param kernel global id
 * @param source {@link KernelVariant#sourceDigest} of the kernel that was measured
 * @param shapes which problems it serves
 * @param tuning the winner, as {@link Tuning#label} writes it: the default, where nothing beat it
 * @param nanos median time of a tuned launch
 * @param defaultTuning what it was measured against
 * @param defaultNanos median time of such a launch
 * @param speedup the default's time over the winner's, median of the rounds; 1 where the default
 *     stayed
 * @param speedupLow lower end of that median's 95 % interval
 * @param complete whether the search came to its end; if not, its time had run out
 * @param measuredOn the problem it was measured on
 * @param measuredAt when, as ISO 8601
 */
public record TuningRecord(
    String backend,
    String device,
    String driver,
    int computeUnits,
    String kernel,
    String source,
    ShapeClass shapes,
    String tuning,
    double nanos,
    String defaultTuning,
    double defaultNanos,
    double speedup,
    double speedupLow,
    boolean complete,
    String measuredOn,
    String measuredAt) {
  /**
   * Checks the tunings and times.
   *
   * @throws IllegalArgumentException naming what makes no sense
   */
  public TuningRecord {
    Tuning.parse(tuning);
    Tuning.parse(defaultTuning);
    if (!(nanos > 0 && defaultNanos > 0 && speedup > 0 && speedupLow > 0)) {
      throw new IllegalArgumentException(
          "times of %s ns and %s ns and a speed-up of %s (%s) are not all above 0"
              .formatted(nanos, defaultNanos, speedup, speedupLow));
    }
  }

  /** Whether it is about this kernel, device and class; driver and source apart. */
  boolean concerns(KernelVariant variant, DeviceInfo info, ShapeClass ofShapes) {
    return kernel.equals(variant.globalId())
        && backend.equals(info.backend())
        && matches(device, info.name())
        && computeUnits == info.computeUnits()
        && shapes.equals(ofShapes);
  }

  /** Whether the driver is the device's. */
  boolean isOfDriver(DeviceInfo info) {
    return matches(driver, info.driver());
  }

  /** Whether it takes the place of another: the same kernel, device, driver and class. */
  boolean replaces(TuningRecord other) {
    return backend.equals(other.backend)
        && device.equals(other.device)
        && driver.equals(other.driver)
        && computeUnits == other.computeUnits
        && kernel.equals(other.kernel)
        && shapes.equals(other.shapes);
  }

  /** Whether anything beat the default. */
  public boolean beatsDefault() {
    return !tuning.equals(defaultTuning);
  }

  /** Which record it is, in messages. */
  public String label() {
    return "%s on %s, %s".formatted(kernel, device, shapes.label());
  }

  private static boolean matches(String pattern, String name) {
    return Pattern.matches(Pattern.quote(pattern).replace("*", "\\E.*\\Q"), name);
  }
}
