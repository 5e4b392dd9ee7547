package io.github.attn4j.core.report;

/**
 * The rate at which one level of a device's memory can be read.
 *
 * @param level "L1", "L2", "L3" or "memory"
 * @param bytes that were read again and again to measure it; of "memory", at least four times the
 *     last cache, where so much can be had
 * @param gigabytesPerSecond the best of all shapes and repetitions, 10^9 bytes a second
 * @param shape which shape that was
 * @param javaGigabytesPerSecond a plain Vector API loop on the host's cores, for comparison; NaN
 *     (null in JSON) for a device that does not share the host's memory, or where Java had fewer
 *     bytes to read
 * @param note why the rate may not be this level's; empty where it is
 */
public record BandwidthCeiling(
    String level,
    long bytes,
    double gigabytesPerSecond,
    String shape,
    double javaGigabytesPerSecond,
    String note) {}
