package io.github.attn4j.bench.measure;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;
import org.openjdk.jmh.results.RunResult;

/**
 * What the forks of a cell left behind; shares and ratios are computed once the whole run is known.
 *
 * @param kernel device times of all launches
 * @param cold of launches on cold caches; empty where there were none
 * @param overhead wall time less device time of each launch
 * @param upload of each input set
 * @param download of each check
 * @param iterationMedians the median kernel time of each iteration
 * @param scalars the log's figures by name, the largest of all forks
 * @param forks how many there were
 * @param jmh JMH's own results
 */
record Outcome(
    Samples kernel,
    Samples cold,
    Samples overhead,
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

  /** Both samples as one. */
  Outcome and(Outcome other) {
    Map<String, Double> largest = new HashMap<>(scalars);
    other.scalars.forEach((name, value) -> largest.merge(name, value, Math::max));
    // A later fork may find built what the first one had to build: the first one counts.
    for (String name : List.of("buildNanos", "programsCompiled")) {
      largest.put(name, scalar(name));
    }
    List<RunResult> results = new ArrayList<>(jmh);
    results.addAll(other.jmh);
    return new Outcome(
        kernel.and(other.kernel),
        cold.and(other.cold),
        overhead.and(other.overhead),
        upload.and(other.upload),
        download.and(other.download),
        iterationMedians.and(other.iterationMedians),
        largest,
        forks + other.forks,
        results);
  }

  /**
   * Half of the median's 95 % confidence interval in percent of it, by Student's t over the
   * iterations' medians: launches of one iteration share its moment, and as a sample of their own
   * would claim more than they know.
   */
  double halfWidthPercent() {
    SummaryStatistics medians = new SummaryStatistics();
    for (double median : iterationMedians.values()) {
      medians.addValue(median);
    }
    long count = medians.getN();
    if (count < 2) {
      return Double.POSITIVE_INFINITY;
    }
    double quantile =
        new TDistribution(count - 1.0).inverseCumulativeProbability(1 - SIGNIFICANCE / 2);
    return 100
        * quantile
        * medians.getStandardDeviation()
        / Math.sqrt((double) count)
        / kernel.median();
  }

  boolean settled() {
    return halfWidthPercent() <= SETTLED_PERCENT;
  }
}
