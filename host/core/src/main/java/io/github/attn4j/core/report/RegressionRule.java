package io.github.attn4j.core.report;

/**
 * What was held to be slower.
 *
 * @param threshold what a median must exceed, as a share: 0.05 for 5 %
 * @param gate whether a slowdown fails the command; a correctness that was lost always does
 * @param allowMissing whether cells that only the base measured are listed and fail nothing
 * @param significance the share of cases in which a row's lower bound by the fastest tenth may be
 *     wrong, already divided by the number of cells (Bonferroni); a quarter of it belongs to its
 *     bound by rounds. NaN (null in JSON) where bounds are those of the reports compared, which
 *     know nothing of what differs from run to run
 * @param pairs of trials asked for; 0 where reports were compared
 * @param seed of the order of trials
 */
public record RegressionRule(
    double threshold,
    boolean gate,
    boolean allowMissing,
    double significance,
    int pairs,
    long seed) {
  /**
   * In how many of 100 runs with equal versions a slowdown may be claimed by chance, anywhere in
   * the run and by either measure.
   */
  public static final double RUN_SIGNIFICANCE = 0.01;

  /**
   * What of it the fastest tenth gets; rounds the rest. They meet every neighbour, so they are for
   * slowdowns that are large where the fastest tenth shows none.
   */
  private static final double SHARE_OF_FASTEST = 0.8;

  /** Of the bound by the fastest tenth, for so many cells. */
  public static double significance(int cells) {
    return SHARE_OF_FASTEST * RUN_SIGNIFICANCE / Math.max(1, cells);
  }

  /** Pairs without which rounds can call no cell slower. */
  public int leastPairsOfRounds() {
    return PairedRatio.leastPairs(significanceOfRounds());
  }

  /** Of the bound by rounds. */
  double significanceOfRounds() {
    return significance * (1 - SHARE_OF_FASTEST) / SHARE_OF_FASTEST;
  }
}
