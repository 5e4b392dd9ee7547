package io.github.attn4j.core.report;

import java.util.List;
import java.util.Optional;

/**
 * What the cells of one device are measured against.
 *
 * @param deviceId {@code backend:index}
 * @param fma the rate of fused multiply-adds
 * @param bandwidth by level, the fastest first; empty where it was not measured
 */
public record DeviceCeiling(String deviceId, Ceiling fma, List<BandwidthCeiling> bandwidth) {
  /** Copies the list. */
  public DeviceCeiling {
    bandwidth = List.copyOf(bandwidth);
  }

  /**
   * The level that bounds a kernel which moves so many bytes: the fastest one that holds them, for
   * launches on data that an earlier launch left there.
   */
  public Optional<BandwidthCeiling> levelHolding(long bytes) {
    for (BandwidthCeiling level : bandwidth) {
      // A level is measured at half its size, so that the rest of the machine has room in it.
      if (level.level().equals("memory") || bytes <= 2 * level.bytes()) {
        return Optional.of(level);
      }
    }
    return Optional.empty();
  }
}
