package io.github.attn4j.bench.measure;

import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.Quantiles;
import io.github.attn4j.jvm.JavaBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
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

  /**
   * Code that the JVM compiles while it runs needs longer to settle: seen with iterations of 250 ms
   * and two of them, one launch in ten took ten times the median.
   */
  private static final int JAVA_WARMUP_ITERATIONS = 8;

  private static final int ITERATIONS = 5;
  private static final int ITERATION_MILLIS = 250;

  /** A fork's own start: JVM, driver, staging, oracle, model. Seen here between 1.5 and 2.5 s. */
  private static final double START_SECONDS = 2;

  /** Launches before the iterations: one for each input set. */
  private static final int SETUP_LAUNCHES = 2;

  private static final List<String> JVM_ARGUMENTS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--add-modules=jdk.incubator.vector",
          "--sun-misc-unsafe-memory-access=allow"); // JMH 1.37 and DJL use it; JDK 25 warns

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
  static double predictedSeconds(CellSpec cell, double launchSeconds) {
    int iterations = warmupIterations(cell) + ITERATIONS;
    return START_SECONDS
        + SETUP_LAUNCHES * launchSeconds
        + iterations * Math.max(ITERATION_MILLIS / 1e3, launchSeconds);
  }

  private static int warmupIterations(CellSpec cell) {
    return cell.kernel().startsWith(JavaBackend.ID + ":")
        ? JAVA_WARMUP_ITERATIONS
        : WARMUP_ITERATIONS;
  }

  /**
   * Runs a cell.
   *
   * @param probeLimitSeconds where nothing is known about the kernel: the fork finds out how long a
   *     launch takes and gives up, {@link BenchCell.Status#SKIPPED}, if the cell would take longer
   *     than this; empty if it is to run in any case
   * @throws Failed with the reason, if the fork has no measurement to give
   */
  static Outcome run(CellSpec cell, OptionalDouble probeLimitSeconds) throws Failed {
    Path failureFile = temporaryFile("attn-cell-");
    Path log = temporaryFile("attn-jmh-");
    List<String> jvmArguments = new ArrayList<>(JVM_ARGUMENTS);
    jvmArguments.add("-D" + CellFailure.FILE_PROPERTY + "=" + failureFile);
    probeLimitSeconds.ifPresent(
        limit -> jvmArguments.add("-D" + AttentionBenchmark.LIMIT_PROPERTY + "=" + limit));
    try {
      Options options =
          new OptionsBuilder()
              .include(AttentionBenchmark.class.getName().replace(".", "\\.") + "\\.attention$")
              .param("cell", cell.encode())
              .forks(1)
              .warmupIterations(warmupIterations(cell))
              .warmupTime(TimeValue.milliseconds(ITERATION_MILLIS))
              .measurementIterations(ITERATIONS)
              .measurementTime(TimeValue.milliseconds(ITERATION_MILLIS))
              .addProfiler(LaunchRecorder.class)
              .jvmArgsAppend(jvmArguments.toArray(String[]::new))
              .output(log.toString())
              .verbosity(VerboseMode.NORMAL)
              .shouldFailOnError(true)
              .build();
      Collection<RunResult> results = new Runner(options).run();
      if (results.size() != 1) {
        throw new IllegalStateException("JMH ran " + results.size() + " benchmarks instead of one");
      }
      return outcome(results.iterator().next());
    } catch (RunnerException e) {
      throw new Failed(
          CellFailure.read(
              failureFile, "the measuring JVM failed: " + e.getMessage() + "\n" + tail(log)));
    } finally {
      delete(failureFile);
      delete(log);
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

  /** The last lines of JMH's log, where a fork's crash stands. */
  private static String tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    } catch (IOException e) {
      return "and its log cannot be read: " + e.getMessage();
    }
  }

  private static Path temporaryFile(String prefix) {
    try {
      return Files.createTempFile(prefix, ".txt");
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
