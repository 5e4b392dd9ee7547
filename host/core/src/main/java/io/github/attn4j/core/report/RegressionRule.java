package io.github.attn4j.core.report;

/**
 * What was held to be slower.
 *
 * @param threshold what a median must exceed, as a share: 0.05 for 5 %
 * @param gate whether a slowdown fails the command; a correctness that was lost always does
 * @param significance the share of cases in which a row's lower bound may be wrong, already divided
 *     by the number of cells (Bonferroni); NaN (null in JSON) where bounds are those of the reports
 *     compared, which know nothing of what differs from run to run
 * @param pairs of trials asked for; 0 where reports were compared
 * @param seed of the order of trials
 */
public record RegressionRule(
    double threshold, boolean gate, double significance, int pairs, long seed) {
  /**
   * In how many of 100 runs with equal versions a slowdown may be claimed by chance, anywhere in
   * the run.
   */
  public static final double RUN_SIGNIFICANCE = 0.01;

  /** For so many cells. */
  public static double significance(int cells) {
    return RUN_SIGNIFICANCE / Math.max(1, cells);
  }
}
