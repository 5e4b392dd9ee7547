package io.github.attn4j.bench.measure;

import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.Quantiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/** Runs a cell: one call of JMH's Runner, one fork. */
final class CellRunner {
  private static final int WARMUP_ITERATIONS = 2;
  private static final int ITERATIONS = 5;
  private static final int ITERATION_MILLIS = 250;

  /** A fork's own start: JVM, driver, staging, oracle. Seen here between 1 and 2 s. */
  private static final double START_SECONDS = 1.5;

  /** Launches before the iterations: one for each input set. */
  private static final int SETUP_LAUNCHES = 2;

  private CellRunner() {}

  /**
   * What a cell that ran left behind; shares and ratios are computed once the whole run is known.
   *
   * @param kernelNanos device time of the launches
   * @param overheadNanos median of wall time less device time
   * @param scalars the recorder's figures by name
   */
  record Outcome(Quantiles kernelNanos, double overheadNanos, Map<String, Double> scalars) {
    double scalar(String name) {
      Double value = scalars.get(name);
      if (value == null) {
        throw new IllegalStateException(
            "the fork reported no " + name + ", only " + scalars.keySet());
      }
      return value;
    }
  }

  /** The fork gave a reason instead of a measurement. */
  static final class Failed extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient CellFailure failure;

    Failed(CellFailure failure) {
      super(failure.note());
      this.failure = failure;
    }

    BenchCell.Status status() {
      return failure.status();
    }

    String note() {
      return failure.note();
    }
  }

  /** Seconds a cell will take if one launch takes so long. */
  static double predictedSeconds(double launchSeconds) {
    int iterations = WARMUP_ITERATIONS + ITERATIONS;
    return START_SECONDS
        + SETUP_LAUNCHES * launchSeconds
        + iterations * Math.max(ITERATION_MILLIS / 1e3, launchSeconds);
  }

  static Outcome run(CellSpec cell) throws Failed {
    Path failureFile = temporaryFile();
    try {
      Options options =
          new OptionsBuilder()
              .include(AttentionBenchmark.class.getName().replace(".", "\\.") + "\\.attention$")
              .param("cell", cell.encode())
              .forks(1)
              .warmupIterations(WARMUP_ITERATIONS)
              .warmupTime(TimeValue.milliseconds(ITERATION_MILLIS))
              .measurementIterations(ITERATIONS)
              .measurementTime(TimeValue.milliseconds(ITERATION_MILLIS))
              .addProfiler(LaunchRecorder.class)
              .jvmArgsAppend(
                  "--enable-native-access=ALL-UNNAMED",
                  "--add-modules=jdk.incubator.vector",
                  "-D" + CellFailure.FILE_PROPERTY + "=" + failureFile)
              .verbosity(VerboseMode.SILENT)
              .shouldFailOnError(true)
              .build();
      Collection<RunResult> results = new Runner(options).run();
      if (results.size() != 1) {
        throw new IllegalStateException("JMH ran " + results.size() + " benchmarks instead of one");
      }
      return outcome(results.iterator().next());
    } catch (RunnerException e) {
      throw new Failed(
          CellFailure.read(failureFile, "the measuring JVM failed: " + e.getMessage()));
    } finally {
      delete(failureFile);
    }
  }

  @SuppressWarnings("rawtypes") // JMH's own signature
  private static Outcome outcome(RunResult run) {
    Map<String, Result> secondary = run.getSecondaryResults();
    Statistics kernel = statistics(secondary, LaunchRecorder.KERNEL);
    Quantiles quantiles =
        new Quantiles(
            kernel.getPercentile(10),
            kernel.getPercentile(50),
            kernel.getPercentile(90),
            (int) kernel.getN());
    Map<String, Double> scalars = new TreeMap<>();
    secondary.forEach((name, result) -> scalars.put(name, result.getScore()));
    return new Outcome(
        quantiles, statistics(secondary, LaunchRecorder.OVERHEAD).getPercentile(50), scalars);
  }

  @SuppressWarnings("rawtypes") // JMH's own signature
  private static Statistics statistics(Map<String, Result> secondary, String label) {
    Result<?> result = secondary.get(label);
    if (result == null) {
      throw new IllegalStateException(
          "the fork reported no " + label + ", only " + secondary.keySet());
    }
    return result.getStatistics();
  }

  private static Path temporaryFile() {
    try {
      return Files.createTempFile("attn-cell-", ".txt");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create a temporary file", e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + file, e);
    }
  }
}
