package io.github.attn4j.core.report;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.apache.commons.statistics.descriptive.Median;
import org.apache.commons.statistics.descriptive.Quantile;

/**
 * The ratio of two versions' times, from pairs of trials taken one beside the other: its median and
 * the bounds between which the machine's noise leaves it.
 *
 * <p>Each bound is the more careful of two. The percentile bootstrap over pairs (Efron, "Bootstrap
 * methods: another look at the jackknife", Annals of Statistics 7, 1979) knows how close the middle
 * values lie. The order statistic of the sign test (Conover, "Practical nonparametric statistics",
 * section 3.2) holds for any noise: each pair's order is drawn, so between equal versions either
 * one is as likely to look slower. For few pairs the bootstrap of a median alone promises too much:
 * with 7 pairs and 1 %, 6 of 7 above 1 would do for it, which equal versions reach in 6 %.
 *
 * @param median of the pairs' ratios
 * @param lower the ratio is below it in at most the share of cases that was asked for; 0 where the
 *     pairs are too few to say
 * @param upper above it in at most the same share; infinite where the pairs are too few
 * @param pairs how many there were
 */
public record PairedRatio(double median, double lower, double upper, int pairs) {
  /** Resamples for each expected one beyond a bound. */
  private static final int RESAMPLES_BEYOND = 100;

  private static final int LEAST_RESAMPLES = 10_000;

  /** Nothing known: every ratio is possible. */
  public static final PairedRatio UNKNOWN =
      new PairedRatio(Double.NaN, 0, Double.POSITIVE_INFINITY, 0);

  /**
   * From pairs.
   *
   * @param ratios of each pair, the second version's time over the first's
   * @param significance the share of cases in which one bound may be wrong, above 0 and below 0.5
   * @param seed of the resamples: the same one gives the same bounds
   * @throws IllegalArgumentException naming the first ratio that is not above 0 and finite, or the
   *     significance
   */
  public static PairedRatio of(double[] ratios, double significance, long seed) {
    requireSignificance(significance);
    if (ratios.length == 0) {
      return UNKNOWN;
    }
    double[] logs = new double[ratios.length];
    for (int i = 0; i < ratios.length; i++) {
      if (!(ratios[i] > 0) || ratios[i] == Double.POSITIVE_INFINITY) {
        throw new IllegalArgumentException(
            "pair %d has the ratio %s, and times are above 0 and finite"
                .formatted(i + 1, ratios[i]));
      }
      logs[i] = Math.log(ratios[i]);
    }
    double median = Math.exp(Median.withDefaults().evaluate(logs));
    int n = logs.length;
    int beyond = pairsBeyond(n, significance);
    if (beyond < 0) {
      return new PairedRatio(median, 0, Double.POSITIVE_INFINITY, n);
    }
    Arrays.sort(logs);
    double[] medians = resampled(logs, significance, seed);
    double[] bounds =
        Quantile.withDefaults().evaluate(medians, significance, 1 - significance);
    return new PairedRatio(
        median,
        Math.exp(Math.min(bounds[0], logs[beyond])),
        Math.exp(Math.max(bounds[1], logs[n - 1 - beyond])),
        n);
  }

  /**
   * Pairs without which no bound can be drawn: with fewer, equal versions would by chance alone all
   * point one way in more cases than {@code significance} allows.
   */
  public static int leastPairs(double significance) {
    requireSignificance(significance);
    return (int) Math.ceil(Math.log(1 / significance) / Math.log(2) - 1e-9);
  }

  private static void requireSignificance(double significance) {
    if (!(significance > 0 && significance < 0.5)) {
      throw new IllegalArgumentException(
          "a significance of %s: choose a share above 0 and below 0.5".formatted(significance));
    }
  }

  /**
   * How many of n pairs may lie beyond the bound: the most of which chance leaves no more in at
   * most that share of cases; -1 where not even none are so rare.
   */
  private static int pairsBeyond(int n, double significance) {
    BinomialDistribution heads = new BinomialDistribution(n, 0.5);
    int most = -1;
    while (heads.cumulativeProbability(most + 1) <= significance * (1 + 1e-9)) {
      most++;
    }
    return most;
  }

  private static double[] resampled(double[] logs, double significance, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int resamples = (int) Math.max(LEAST_RESAMPLES, Math.ceil(RESAMPLES_BEYOND / significance));
    double[] medians = new double[resamples];
    int[] drawn = new int[logs.length];
    for (int resample = 0; resample < resamples; resample++) {
      for (int i = 0; i < drawn.length; i++) {
        drawn[i] = random.nextInt(logs.length);
      }
      Arrays.sort(drawn); // places in sorted values: their middle is the values'
      medians[resample] =
          (logs[drawn[(drawn.length - 1) / 2]] + logs[drawn[drawn.length / 2]]) / 2;
    }
    return medians;
  }
}
