package io.github.attn4j.core.report;

/**
 * A masked kernel against the same kernel without the mask, launched by turns in one process.
 *
 * @param denseNanos device time of launches without the mask
 * @param idealNanos their median times the block density: no time for anything but listed blocks
 * @param ideal one over the block density
 * @param achieved how many times as fast as without the mask: the ratio of both medians in each
 *     iteration, and its spread over the iterations
 * @param achievedOfIdeal the median of achieved over ideal, which is ideal time over measured time
 */
public record Speedup(
    Quantiles denseNanos,
    double idealNanos,
    double ideal,
    Quantiles achieved,
    double achievedOfIdeal) {

  /**
   * From what was measured.
   *
   * @param blockDensity above 0
   */
  public static Speedup of(Quantiles denseNanos, Quantiles achieved, double blockDensity) {
    return new Speedup(
        denseNanos,
        denseNanos.median() * blockDensity,
        1 / blockDensity,
        achieved,
        achieved.median() * blockDensity);
  }
}
