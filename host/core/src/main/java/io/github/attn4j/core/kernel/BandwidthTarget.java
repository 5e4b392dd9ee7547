package io.github.attn4j.core.kernel;

import java.util.ArrayList;
import java.util.List;

/**
 * What to read in order to measure one memory level: so many bytes, again and again.
 *
 * @param name the cache level's, or {@link #MEMORY}
 * @param bytes half a cache, or more than the caches hold
 * @param note why the rate may not be this level's; empty where it is
 */
public record BandwidthTarget(String name, long bytes, String note) {
  /** Name of the level behind all caches. */
  public static final String MEMORY = "memory";

  /**
   * Every level of a device: each cache at half its size, so that what else lives there leaves
   * room, and memory at {@link DeviceInfo#beyondCachesBytes}.
   *
   * @param availableBytes free memory, an eighth of which may be taken
   * @return the nearest first, memory last
   */
  public static List<BandwidthTarget> of(DeviceInfo device, long availableBytes) {
    long wanted = device.beyondCachesBytes();
    long allowed = availableBytes / 8;
    long memory = Math.min(wanted, allowed);
    List<BandwidthTarget> targets = new ArrayList<>();
    for (CacheLevel cache : device.caches()) {
      targets.add(new BandwidthTarget(cache.name(), Math.min(cache.bytes() / 2, memory), ""));
    }
    String note = "";
    if (memory < wanted) {
      note =
          "%,d bytes, an eighth of the memory available, where %,d would be beyond the caches: "
                  .formatted(memory, wanted)
              + "part of the rate may be a cache's";
    } else if (device.caches().isEmpty()) {
      note =
          "%,d bytes: the sizes of the device's caches are unknown, and one larger than a quarter of that would show in the rate"
              .formatted(memory);
    }
    targets.add(new BandwidthTarget(MEMORY, memory, note));
    return targets;
  }
}
