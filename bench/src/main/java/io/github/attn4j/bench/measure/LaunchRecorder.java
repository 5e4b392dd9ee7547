package io.github.attn4j.bench.measure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ResultRole;
import org.openjdk.jmh.results.SampleTimeResult;
import org.openjdk.jmh.results.ScalarResult;
import org.openjdk.jmh.util.SampleBuffer;

/**
 * Carries what a launch reports besides its wall time (the device's own time, the overhead around
 * it, the checks' outcome) into JMH's secondary results, which cross from the fork to its parent.
 */
public final class LaunchRecorder implements InternalProfiler {
  /** Device time of each launch. */
  static final String KERNEL = "kernel";

  /** Wall time of each launch less its device time. */
  static final String OVERHEAD = "overhead";

  private static final SampleBuffer[] SAMPLES = {new SampleBuffer(), new SampleBuffer()};
  private static final Map<String, Double> SCALARS = new TreeMap<>();

  /** One launch. Called by the benchmark's only thread. */
  static void launch(long kernelNanos, long wallNanos) {
    SAMPLES[0].add(kernelNanos);
    SAMPLES[1].add(Math.max(0, wallNanos - kernelNanos));
  }

  /** A figure of the whole cell; the largest over the iterations counts. */
  static void scalar(String name, double value) {
    SCALARS.merge(name, value, Math::max);
  }

  @Override
  public String getDescription() {
    return "device time of attention launches";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    SAMPLES[0] = new SampleBuffer();
    SAMPLES[1] = new SampleBuffer();
  }

  @Override
  @SuppressWarnings("rawtypes") // JMH's own signature
  public Collection<? extends Result> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    List<Result<?>> results = new ArrayList<>();
    results.add(
        new SampleTimeResult(ResultRole.SECONDARY, KERNEL, SAMPLES[0], benchmark.getTimeUnit()));
    results.add(
        new SampleTimeResult(ResultRole.SECONDARY, OVERHEAD, SAMPLES[1], benchmark.getTimeUnit()));
    SCALARS.forEach(
        (name, value) -> results.add(new ScalarResult(name, value, "", AggregationPolicy.MAX)));
    return results;
  }
}
