package io.github.attn4j.core.kernel;

import java.util.List;
import java.util.Map;

/**
 * A device as reports and the command line show it.
 *
 * @param backend id of the backend that offers it, for example {@code opencl}
 * @param index its number within the backend, as {@code --device} takes it
 * @param name what the driver calls it
 * @param kind CPU, GPU or another kind
 * @param driver driver or runtime version
 * @param computeUnits cores or multiprocessors
 * @param memoryBytes memory that buffers may fill
 * @param localBytes memory that the items of a work-group share; 0 where kernels have none
 * @param largestWorkGroup most items of a work-group; 1 where kernels have none
 * @param caches its data caches, the nearest first; empty where unknown
 * @param details whatever else matters, in the order in which it is shown
 */
public record DeviceInfo(
    String backend,
    int index,
    String name,
    Kind kind,
    String driver,
    int computeUnits,
    long memoryBytes,
    long localBytes,
    int largestWorkGroup,
    List<CacheLevel> caches,
    Map<String, String> details) {

  /** Data that no cache of an unknown size is thought to hold a quarter of. */
  private static final long BEYOND_UNKNOWN_CACHES = 256L << 20;

  /**
   * Drivers of graphics processors may report a nearer cache than the last one, for which OpenCL
   * has no question; the largest last caches hold 256 MiB.
   */
  private static final long BEYOND_GPU_CACHES = 1L << 30;

  /** Copies the caches. */
  public DeviceInfo {
    caches = List.copyOf(caches);
  }

  /** Bytes of the last, largest cache; 0 where unknown. */
  public long lastCacheBytes() {
    return caches.isEmpty() ? 0 : caches.getLast().bytes();
  }

  /** How much data its caches cannot serve: four times the last one, or more. */
  public long beyondCachesBytes() {
    long least =
        switch (kind) {
          case GPU -> BEYOND_GPU_CACHES;
          case CPU, OTHER -> caches.isEmpty() ? BEYOND_UNKNOWN_CACHES : 0;
        };
    return Math.max(least, 4 * lastCacheBytes());
  }

  /** What kind of processor. */
  public enum Kind {
    /** The host's own processor. */
    CPU,
    /** A graphics processor. */
    GPU,
    /** Anything else. */
    OTHER
  }
}
