package io.github.attn4j.core.kernel;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How fast a device reads from one memory level: a ceiling for kernels whose data lives there.
 *
 * @param name {@code L1}, {@code L2}, ... or {@code memory}
 * @param bytes how much was read again and again
 * @param gigabytesPerSecond the best rate of all shapes, in 1e9 bytes a second; 0 before the first
 *     measurement
 * @param bestShape the shape that reached it
 * @param shapes the best rate of each shape, in the order of their definition
 * @param note why the rate may not be this level's; empty where it is
 */
public record BandwidthLevel(
    String name,
    long bytes,
    double gigabytesPerSecond,
    String bestShape,
    Map<String, Double> shapes,
    String note) {

  /** Copies the rates, order included. */
  public BandwidthLevel {
    shapes = Collections.unmodifiableMap(new LinkedHashMap<>(shapes));
  }

  /**
   * A level from the rates of its shapes.
   *
   * @param shapes best rate of each in 1e9 bytes a second, at least one
   */
  public static BandwidthLevel of(BandwidthTarget target, Map<String, Double> shapes) {
    Map.Entry<String, Double> best =
        Collections.max(shapes.entrySet(), Map.Entry.comparingByValue());
    return new BandwidthLevel(
        target.name(), target.bytes(), best.getValue(), best.getKey(), shapes, target.note());
  }
}
