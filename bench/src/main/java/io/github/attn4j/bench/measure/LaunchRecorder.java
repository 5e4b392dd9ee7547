package io.github.attn4j.bench.measure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ResultRole;
import org.openjdk.jmh.results.SampleTimeResult;
import org.openjdk.jmh.results.ScalarResult;
import org.openjdk.jmh.runner.IterationType;

/**
 * Carries a fork's {@link CellLog} into JMH's secondary results, which cross from the fork to its
 * parent.
 */
public final class LaunchRecorder implements InternalProfiler {
  private static final CellLog LOG = new CellLog();

  /** Counts down; the fork that runs a cell has this class to itself. */
  private static int measuredIterations;

  private static boolean lastIteration;

  /** The fork's only log, for the benchmark's only thread. */
  static CellLog log() {
    return LOG;
  }

  /** Whether the iteration under way is a measured one. */
  static boolean measuring() {
    return measuredIterations > 0;
  }

  /** Whether the iteration under way is the last measured one. */
  static boolean lastIteration() {
    return lastIteration;
  }

  @Override
  public String getDescription() {
    return "device time of attention launches";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    LOG.clearSeries();
    if (iteration.getType() == IterationType.MEASUREMENT) {
      measuredIterations++;
      lastIteration = measuredIterations == iteration.getCount();
    }
  }

  @Override
  @SuppressWarnings("rawtypes") // JMH's own signature
  public Collection<? extends Result> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    List<Result<?>> results = new ArrayList<>();
    LOG.series()
        .forEach((series, samples) ->
            results.add(
                new SampleTimeResult(
                    ResultRole.SECONDARY, series.label(), samples, benchmark.getTimeUnit())));
    LOG.scalars()
        .forEach(
            (name, value) -> results.add(new ScalarResult(name, value, "", AggregationPolicy.MAX)));
    return results;
  }
}
