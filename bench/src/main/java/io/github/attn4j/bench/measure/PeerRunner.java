package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.TemporaryFolder;
import io.github.attn4j.bench.peer.PeerModule;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.report.PeerRatio;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs a kernel against a rival: one call of JMH's Runner, one fork. */
final class PeerRunner {
  /** System property with the file in which the fork describes its rival. */
  private static final String DESCRIPTION_PROPERTY = "attn.peer.description";

  private static final int ITERATION_MILLIS = 125;
  private static final int WARMUP_ITERATIONS = 4;
  private static final int ITERATIONS = 10;

  /** Where one round fills many iterations, the device and the libraries are warm sooner. */
  private static final int WARMUP_ITERATIONS_OF_LONG_ROUNDS = 2;

  private static final double LONG_ROUND_SECONDS = 0.25;

  /** The fork's JVM, device, libraries and oracle. */
  private static final double START_SECONDS = 4;

  /** Two input sets, each computed once to be checked, after a rival has looked for its path. */
  private static final int SETUP_ROUNDS = 4;

  private PeerRunner() {}

  /** Seconds a cell will take if one round takes so long, an iteration being a round at least. */
  static double predictedSeconds(double roundSeconds) {
    return predictedSeconds(warmupIterations(OptionalDouble.of(roundSeconds)), roundSeconds);
  }

  /** The same for a fork that was started when nothing was known about the two. */
  static double predictedSecondsOfFirstFork(double roundSeconds) {
    return predictedSeconds(warmupIterations(OptionalDouble.empty()), roundSeconds);
  }

  private static double predictedSeconds(int warmupIterations, double roundSeconds) {
    return START_SECONDS + (SETUP_ROUNDS + warmupIterations + ITERATIONS) * roundSeconds;
  }

  private static int warmupIterations(OptionalDouble roundSeconds) {
    return roundSeconds.orElse(0) > LONG_ROUND_SECONDS
        ? WARMUP_ITERATIONS_OF_LONG_ROUNDS
        : WARMUP_ITERATIONS;
  }

  /**
   * What a fork measured.
   *
   * @param peerVersion the library
   * @param peerMethod what a call of it does
   * @param times of both
   */
  record Result(String peerVersion, String peerMethod, PeerRatio.Times times) {}

  /** In the fork: leaves word of what the rival is. */
  static void describe(String version, String method) {
    Path file = Path.of(System.getProperty(DESCRIPTION_PROPERTY));
    try {
      Files.writeString(file, version.replace('\n', ' ') + "\n" + method.replace('\n', ' '));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /**
   * Runs a cell.
   *
   * @param tunings what our kernel runs with
   * @param roundSeconds what a round is thought to take; empty where nothing is known
   * @param limitSeconds where nothing is known, the fork finds out how long a round takes and gives
   *     up, {@link io.github.attn4j.core.report.BenchCell.Status#SKIPPED}, if the cell would take
   *     longer than this
   * @param watchdogSeconds that a round may take; 0 for any time
   * @throws CellRunner.Failed with the reason, if the fork has no measurement to give
   */
  static Result run(
      PeerCell cell,
      CellTunings tunings,
      OptionalDouble roundSeconds,
      double limitSeconds,
      double watchdogSeconds)
      throws CellRunner.Failed {
    List<String> jvmArguments = new ArrayList<>();
    jvmArguments.add(ForkWatch.jvmArgument(watchdogSeconds));
    jvmArguments.addAll(tunings.jvmArguments());
    jvmArguments.add(
        "-D"
            + PeerModule.FOLDER_PROPERTY
            + "="
            + Objects.requireNonNull(System.getProperty(PeerModule.FOLDER_PROPERTY)));
    if (roundSeconds.isEmpty()) {
      jvmArguments.add("-D" + AttentionBenchmark.LIMIT_PROPERTY + "=" + limitSeconds);
    }
    try (TemporaryFolder folder = TemporaryFolder.create("attn-peer-")) {
      Path description = folder.file("peer.txt");
      jvmArguments.add("-D" + DESCRIPTION_PROPERTY + "=" + description);
      RunResult run =
          CellRunner.measured(
              new OptionsBuilder()
                  .include(PeerBenchmark.class.getName().replace(".", "\\.") + "\\.round$")
                  .param("cell", cell.encode())
                  .warmupIterations(warmupIterations(roundSeconds))
                  .warmupTime(TimeValue.milliseconds(ITERATION_MILLIS))
                  .measurementIterations(ITERATIONS)
                  .measurementTime(TimeValue.milliseconds(ITERATION_MILLIS)),
              jvmArguments,
              folder);
      List<String> lines = Files.readAllLines(description);
      return new Result(lines.getFirst(), lines.getLast(), times(cell, run));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read what the fork says of its library", e);
    }
  }

  private static PeerRatio.Times times(PeerCell cell, RunResult run) {
    Samples ratios = samples(run, CellLog.Series.RATIO_MILLIONTHS).scaledBy(1e-6);
    List<Double> medians = new ArrayList<>();
    for (BenchmarkResult fork : run.getBenchmarkResults()) {
      for (IterationResult iteration : fork.getIterationResults()) {
        medians.add(
            CellRunner.samples(iteration.getSecondaryResults(), CellLog.Series.RATIO_MILLIONTHS)
                .median());
      }
    }
    Samples ofIterations =
        new Samples(medians.stream().mapToDouble(Double::doubleValue).toArray()).scaledBy(1e-6);
    return PeerRatio.Times.of(
        cell.ours().spec().flops(),
        samples(run, CellLog.Series.OURS_KERNEL).quantiles(),
        samples(run, CellLog.Series.OURS).quantiles(),
        samples(run, CellLog.Series.PEER).quantiles(),
        ratios.quantiles(),
        samples(run, CellLog.Series.KERNEL_RATIO_MILLIONTHS).scaledBy(1e-6).quantiles(),
        Outcome.halfWidthPercent(ofIterations, ratios.median()),
        scalar(run, "maxErrorOverBudget"),
        scalar(run, "peerMaxErrorOverBudget"),
        (long) scalar(run, "checkedRows"),
        cell.ours().spec().rows(),
        tuning(run).label());
  }

  private static Tuning tuning(RunResult run) {
    Map<String, Double> scalars = new HashMap<>();
    run.getSecondaryResults().forEach((name, result) -> scalars.put(name, result.getScore()));
    return CellTrial.tuning(scalars);
  }

  private static Samples samples(RunResult run, CellLog.Series series) {
    Samples samples = CellRunner.samples(run.getSecondaryResults(), series);
    if (samples.isEmpty()) {
      throw new IllegalStateException("the fork reported no " + series.label());
    }
    return samples;
  }

  private static double scalar(RunResult run, String name) {
    var result = run.getSecondaryResults().get(name);
    if (result == null) {
      throw new IllegalStateException("the fork reported no " + name);
    }
    return result.getScore();
  }
}
