package io.github.attn4j.core.kernel;

/**
 * One level of a device's caches.
 *
 * @param name {@code L1}, {@code L2}, ...
 * @param bytes what all caches of this level that the device's threads reach hold together
 */
public record CacheLevel(String name, long bytes) {
  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if it is not positive: an unknown level is left out instead
   */
  public CacheLevel {
    if (bytes <= 0) {
      throw new IllegalArgumentException("cache %s of %d bytes".formatted(name, bytes));
    }
  }
}
