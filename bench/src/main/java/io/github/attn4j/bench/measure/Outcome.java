package io.github.attn4j.bench.measure;

import io.github.attn4j.core.kernel.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.apache.commons.math3.distribution.BinomialDistribution;
import org.openjdk.jmh.results.RunResult;

/**
 * What the forks of a cell left behind; shares and ratios are computed once the whole run is known.
 *
 * @param kernel device times of all launches
 * @param rounds of all rounds, a launch's mean time in each: {@link RoundTimes}
 * @param cold of launches on cold caches; empty where there were none
 * @param overhead wall time less device time of each launch
 * @param dense device times of launches without the mask, beside the others; empty where there were
 *     none
 * @param plainFmas device times of as many multiply-adds, beside the others; empty where there were
 *     none
 * @param plainReads device times in which the compulsory bytes were read, beside the others; empty
 *     where there were none
 * @param speedups of each iteration, the median without the mask over the median with it
 * @param upload of each input set
 * @param download of each check
 * @param iterationMedians the median kernel time of each iteration
 * @param scalars the log's figures by name, the largest of all forks
 * @param forks how many there were
 * @param jmh JMH's own results
 */
record Outcome(
    Samples kernel,
    Samples rounds,
    Samples cold,
    Samples overhead,
    Samples dense,
    Samples plainFmas,
    Samples plainReads,
    Samples speedups,
    Samples upload,
    Samples download,
    Samples iterationMedians,
    Map<String, Double> scalars,
    int forks,
    List<RunResult> jmh) {
  /** A median this well known needs no other fork, in percent. */
  static final double SETTLED_PERCENT = 2;

  private static final double SIGNIFICANCE = 0.05;

  double scalar(String name) {
    Double value = scalars.get(name);
    if (value == null) {
      throw new IllegalStateException(
          "the fork reported no " + name + ", only " + scalars.keySet());
    }
    return value;
  }

  /** A figure that not every cell has. */
  OptionalDouble scalarIfAny(String name) {
    Double value = scalars.get(name);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /** What the kernel says it ran with. */
  Tuning tuning() {
    return CellTrial.tuning(scalars);
  }

  /** Both samples as one. */
  Outcome and(Outcome other) {
    Map<String, Double> largest = new HashMap<>(scalars);
    other.scalars.forEach((name, value) -> largest.merge(name, value, Math::max));
    // A later fork may find built what the first one had to build: the first one counts.
    for (String name : List.of("buildNanos", "programsCompiled", CellTrial.MAP_NANOS)) {
      if (scalars.containsKey(name)) {
        largest.put(name, scalar(name));
      }
    }
    List<RunResult> results = new ArrayList<>(jmh);
    results.addAll(other.jmh);
    return new Outcome(
        kernel.and(other.kernel),
        rounds.and(other.rounds),
        cold.and(other.cold),
        overhead.and(other.overhead),
        dense.and(other.dense),
        plainFmas.and(other.plainFmas),
        plainReads.and(other.plainReads),
        speedups.and(other.speedups),
        upload.and(other.upload),
        download.and(other.download),
        iterationMedians.and(other.iterationMedians),
        largest,
        forks + other.forks,
        results);
  }

  /**
   * Half of the median's 95 % confidence interval in percent of it, from the iterations' medians:
   * launches of one iteration share its moment, and as a sample of their own would claim more than
   * they know. Between two order statistics (binomial, whatever the distribution), so that
   * neighbours which spoil a few iterations do not widen it; with fewer than six iterations between
   * the extremes, which is 94 % for five.
   */
  double halfWidthPercent() {
    return halfWidthPercent(iterationMedians, kernel.median());
  }

  /** The same for any figure. */
  static double halfWidthPercent(Samples iterationMedians, double median) {
    double[] medians = iterationMedians.values().clone();
    if (medians.length < 2) {
      return Double.POSITIVE_INFINITY;
    }
    Arrays.sort(medians);
    // The median lies below the k-th smallest of n when fewer than k fall below it.
    BinomialDistribution below = new BinomialDistribution(medians.length, 0.5);
    int k = 1;
    while (below.cumulativeProbability(k) <= SIGNIFICANCE / 2) {
      k++;
    }
    double width = medians[medians.length - k] - medians[k - 1];
    return 100 * width / 2 / median;
  }

  boolean settled() {
    return halfWidthPercent() <= SETTLED_PERCENT;
  }
}
