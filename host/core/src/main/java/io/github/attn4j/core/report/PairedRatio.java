package io.github.attn4j.core.report;

import java.util.Arrays;
import java.util.Comparator;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.apache.commons.math3.util.CombinatoricsUtils;
import org.apache.commons.statistics.descriptive.Median;

/**
 * The ratio of two versions' times, from pairs of trials taken one beside the other: its median and
 * the bounds between which the machine's noise leaves it.
 *
 * <p>Each bound is the more careful of two. The percentile bootstrap over pairs (Efron, "Bootstrap
 * methods: another look at the jackknife", Annals of Statistics 7, 1979) knows how close the middle
 * values lie; of a median its distribution is computed, not sampled (section 3 there, for odd
 * numbers). The order statistic of the sign test (Conover, "Practical nonparametric statistics")
 * holds for any noise: the order within each pair is drawn, so between equal versions either one is
 * as likely to look slower. For few pairs the bootstrap of a median alone promises too much: with 7
 * pairs and 1 %, 6 of 7 above 1 would do for it, which equal versions reach in 6 %.
 *
 * @param median of the pairs' ratios
 * @param lower the ratio is below it in at most the share of cases that was asked for; 0 where the
 *     pairs are too few to say
 * @param upper above it in at most the same share; infinite where the pairs are too few
 * @param pairs how many there were
 */
public record PairedRatio(double median, double lower, double upper, int pairs) {
  /** Nothing known: every ratio is possible. */
  public static final PairedRatio UNKNOWN =
      new PairedRatio(Double.NaN, 0, Double.POSITIVE_INFINITY, 0);

  /**
   * From pairs.
   *
   * @param ratios of each pair, the second version's time over the first's
   * @param significance the share of cases in which one bound may be wrong, above 0 and below 0.5
   * @throws IllegalArgumentException naming the first ratio that is not above 0 and finite, or the
   *     significance
   */
  public static PairedRatio of(double[] ratios, double significance) {
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
    double[] bounds = bootstrapped(logs, significance);
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
    BinomialDistribution heads = new BinomialDistribution(null, n, 0.5);
    int most = -1;
    while (heads.cumulativeProbability(most + 1) <= significance * (1 + 1e-9)) {
      most++;
    }
    return most;
  }

  /** A value that a resample's median may take, and how often it does. */
  private record Atom(double value, double probability) {}

  /**
   * Both quantiles of the median of n values that are drawn, with replacement, from these n.
   *
   * @param sorted ascending
   */
  static double[] bootstrapped(double[] sorted, double significance) {
    Atom[] atoms = atoms(sorted);
    Arrays.sort(atoms, Comparator.comparingDouble(Atom::value));
    double[] bounds = new double[2];
    double below = 0;
    int low = 0;
    while (low < atoms.length - 1 && below + atoms[low].probability() < significance) {
      below += atoms[low++].probability();
    }
    bounds[0] = atoms[low].value();
    double above = 0;
    int high = atoms.length - 1;
    while (high > 0 && above + atoms[high].probability() < significance) {
      above += atoms[high--].probability();
    }
    bounds[1] = atoms[high].value();
    return bounds;
  }

  /**
   * A resample's two middle draws are the i-th and the j-th value: for i < j, one half of the draws
   * is at most the i-th and reaches it, the other at least the j-th and reaches it. With an odd
   * number there is one middle, as if i = j.
   */
  private static Atom[] atoms(double[] sorted) {
    int n = sorted.length;
    int half = n / 2;
    boolean even = n % 2 == 0;
    double ways = even ? Math.exp(CombinatoricsUtils.binomialCoefficientLog(n, half)) : 0;
    Atom[] atoms = new Atom[even ? n * (n + 1) / 2 : n];
    int next = 0;
    double before = 0;
    for (int i = 1; i <= n; i++) {
      // At least this many draws are at most the i-th value: the lower middle is, too.
      int least = even ? half : half + 1;
      double until =
          i == n
              ? 1
              : 1
                  - new BinomialDistribution(null, n, (double) i / n)
                      .cumulativeProbability(least - 1);
      double left = until - before;
      before = until;
      for (int j = i + 1; even && j <= n; j++) {
        double probability = ways * reaching(i, n, half) * reaching(n - j + 1, n, half);
        atoms[next++] = new Atom((sorted[i - 1] + sorted[j - 1]) / 2, probability);
        left -= probability;
      }
      atoms[next++] = new Atom(sorted[i - 1], Math.max(0, left));
    }
    return atoms;
  }

  /** That many draws are all among k of n values, and not all among k - 1 of them. */
  private static double reaching(int k, int n, int draws) {
    return Math.pow((double) k / n, draws) - Math.pow((double) (k - 1) / n, draws);
  }
}
