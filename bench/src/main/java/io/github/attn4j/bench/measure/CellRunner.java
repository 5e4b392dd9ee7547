package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.TemporaryFolder;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.tornado.TornadoBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs a cell: one call of JMH's Runner, one fork. */
final class CellRunner {
  /** A fork's own start: JVM, driver, staging, oracle, model. Seen here between 1.5 and 2.5 s. */
  private static final double START_SECONDS = 2;

  /** For launches on cold caches, in a cell's first fork; at least one there is. */
  private static final double COLD_SECONDS = 0.4;

  /** For launches without the mask beside a masked cell; at least one there is. */
  private static final double DENSE_SECONDS = 2.5;

  /** Launches before the iterations: one for each input set. */
  private static final int SETUP_LAUNCHES = 2;

  private static final List<String> JVM_ARGUMENTS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--add-modules=jdk.incubator.vector",
          "--sun-misc-unsafe-memory-access=allow"); // JMH 1.37 and DJL use it; JDK 25 warns

  /** The launcher's file of arguments for a JVM with TornadoVM. */
  private static final String TORNADO_ARGUMENTS = "attn.tornado.arguments";

  private CellRunner() {}

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

  /**
   * Seconds a cell will take if one launch takes so long.
   *
   * @param denseLaunchSeconds of a launch without the mask; empty where none is to be made
   */
  static double predictedSeconds(
      CellSpec cell, double launchSeconds, OptionalDouble denseLaunchSeconds) {
    Iterations iterations = Iterations.of(cell, OptionalDouble.of(launchSeconds));
    return predictedSeconds(iterations, launchSeconds)
        + denseSeconds(iterations, denseLaunchSeconds);
  }

  /**
   * The same for a fork that was started when nothing was known about the kernel; a launch without
   * the mask is taken to be as much longer as it has more operations.
   */
  static double predictedSecondsOfFirstFork(CellSpec cell, double launchSeconds, boolean dense) {
    Iterations iterations = Iterations.of(cell, OptionalDouble.empty());
    double flops = ShapeCounts.of(cell.shape()).flops();
    double denseFlops = ShapeCounts.of(cell.shape().withMask("full")).flops();
    return predictedSeconds(iterations, launchSeconds)
        + denseSeconds(
            iterations,
            dense && flops > 0
                ? OptionalDouble.of(launchSeconds * denseFlops / flops)
                : OptionalDouble.empty());
  }

  private static double denseSeconds(Iterations iterations, OptionalDouble launchSeconds) {
    return launchSeconds.isEmpty()
        ? 0
        : DenseBeside.predictedSeconds(
            launchSeconds.getAsDouble(),
            iterations.warmup() + iterations.measured(),
            DENSE_SECONDS);
  }

  private static double predictedSeconds(Iterations iterations, double launchSeconds) {
    return START_SECONDS
        + SETUP_LAUNCHES * launchSeconds
        + (iterations.warmup() + iterations.measured())
            * Math.max(Iterations.MILLIS / 1e3, launchSeconds)
        + Math.max(COLD_SECONDS, launchSeconds);
  }

  /**
   * How a cell's time is cut. Many iterations, since the scatter of their medians says how well the
   * median is known; fewer where one launch fills more than two of them.
   */
  private record Iterations(int warmup, int measured) {
    static final int MILLIS = 125;
    private static final Iterations SHORT = new Iterations(4, 10);
    private static final Iterations LONG = new Iterations(2, 5);

    /**
     * Code that the JVM compiles while it runs needs longer to settle: seen with half a second of
     * warm-up, one launch in ten took ten times the median.
     */
    private static final int JAVA_FACTOR = 4;

    /** The cell that teaches how long launches take is a short one, or is given up by its fork. */
    static Iterations of(CellSpec cell, OptionalDouble launchSeconds) {
      Iterations common = launchSeconds.orElse(0) > 2 * MILLIS / 1e3 ? LONG : SHORT;
      return cell.kernel().startsWith(JavaBackend.ID + ":")
          ? new Iterations(JAVA_FACTOR * common.warmup, common.measured)
          : common;
    }
  }

  /**
   * Runs a cell.
   *
   * @param tunings what its kernel runs with
   * @param cold whether launches on cold caches are to be measured too
   * @param dense whether launches without the mask are to be measured beside
   * @param launchSeconds what a launch will take; empty where nothing is known about the kernel
   * @param limitSeconds where nothing is known, the fork finds out how long a launch takes and
   *     gives up, {@link BenchCell.Status#SKIPPED}, if the cell would take longer than this
   * @param watchdogSeconds that a launch may take; 0 for any time
   * @throws Failed with the reason, if the fork has no measurement to give
   */
  static Outcome run(
      CellSpec cell,
      CellTunings tunings,
      boolean cold,
      boolean dense,
      OptionalDouble launchSeconds,
      double limitSeconds,
      double watchdogSeconds)
      throws Failed {
    Iterations iterations = Iterations.of(cell, launchSeconds);
    List<String> jvmArguments = new ArrayList<>();
    // A fork inherits no argument file by itself; only cells of TornadoVM need it.
    String tornadoArguments = System.getProperty(TORNADO_ARGUMENTS);
    if (tornadoArguments != null && cell.kernel().startsWith(TornadoBackend.ID + ":")) {
      jvmArguments.addFirst("@" + tornadoArguments);
    }
    jvmArguments.add(ForkWatch.jvmArgument(watchdogSeconds));
    jvmArguments.addAll(tunings.jvmArguments());
    if (cold) {
      jvmArguments.add("-D" + AttentionBenchmark.COLD_PROPERTY + "=" + COLD_SECONDS);
    }
    if (dense) {
      jvmArguments.add("-D" + AttentionBenchmark.DENSE_PROPERTY + "=" + DENSE_SECONDS);
    }
    if (launchSeconds.isEmpty()) {
      jvmArguments.add("-D" + AttentionBenchmark.LIMIT_PROPERTY + "=" + limitSeconds);
    }
    try (TemporaryFolder folder = TemporaryFolder.create("attn-cell-")) {
      return outcome(
          measured(
              new OptionsBuilder()
                  .include(AttentionBenchmark.class.getName().replace(".", "\\.") + "\\.attention$")
                  .param("cell", cell.encode())
                  .warmupIterations(iterations.warmup())
                  .warmupTime(TimeValue.milliseconds(Iterations.MILLIS))
                  .measurementIterations(iterations.measured())
                  .measurementTime(TimeValue.milliseconds(Iterations.MILLIS)),
              jvmArguments,
              folder));
    }
  }

  /**
   * Runs the one benchmark of these options in a fork.
   *
   * @param jvmArguments of the fork, beside those of every one
   * @param folder of the fork's own temporary files
   * @throws Failed with the reason that the fork left, or with the end of JMH's log
   */
  static RunResult measured(
      ChainedOptionsBuilder benchmark, List<String> jvmArguments, TemporaryFolder folder)
      throws Failed {
    Path failure = folder.file("failure.txt");
    Path log = folder.file("jmh.txt");
    List<String> all = new ArrayList<>(jvmArguments);
    all.addAll(JVM_ARGUMENTS);
    all.add("-Djava.io.tmpdir=" + folder.path());
    all.add("-D" + CellFailure.FILE_PROPERTY + "=" + failure);
    Options options =
        benchmark
            .forks(1)
            .addProfiler(LaunchRecorder.class)
            .jvmArgsAppend(all.toArray(String[]::new))
            .output(log.toString())
            .verbosity(VerboseMode.NORMAL)
            .shouldFailOnError(true)
            .build();
    try {
      Collection<RunResult> results = new Runner(options).run();
      if (results.size() != 1) {
        throw new IllegalStateException("JMH ran " + results.size() + " benchmarks instead of one");
      }
      return results.iterator().next();
    } catch (RunnerException e) {
      throw new Failed(
          CellFailure.read(
              failure, "the measuring JVM failed: " + e.getMessage() + "\n" + tail(log)));
    }
  }

  private static Outcome outcome(RunResult run) {
    Map<String, Double> scalars = new TreeMap<>();
    run.getSecondaryResults().forEach((name, result) -> scalars.put(name, result.getScore()));
    List<Double> uploads = new ArrayList<>();
    for (int set = 0; scalars.containsKey(CellTrial.UPLOAD + set); set++) {
      uploads.add(scalars.get(CellTrial.UPLOAD + set));
    }
    List<Double> medians = new ArrayList<>();
    List<Double> speedups = new ArrayList<>();
    for (BenchmarkResult fork : run.getBenchmarkResults()) {
      for (IterationResult iteration : fork.getIterationResults()) {
        double median = samples(iteration.getSecondaryResults(), CellLog.Series.KERNEL).median();
        Samples dense = samples(iteration.getSecondaryResults(), CellLog.Series.DENSE);
        medians.add(median);
        if (!dense.isEmpty()) {
          speedups.add(dense.median() / median);
        }
      }
    }
    Samples kernel = samples(run.getSecondaryResults(), CellLog.Series.KERNEL);
    if (kernel.isEmpty()) {
      throw new IllegalStateException("the fork reported no launch, only " + scalars.keySet());
    }
    return new Outcome(
        kernel,
        samples(run.getSecondaryResults(), CellLog.Series.ROUND),
        samples(run.getSecondaryResults(), CellLog.Series.COLD),
        samples(run.getSecondaryResults(), CellLog.Series.OVERHEAD),
        samples(run.getSecondaryResults(), CellLog.Series.DENSE),
        samples(run.getSecondaryResults(), CellLog.Series.PLAIN_FMA),
        samples(run.getSecondaryResults(), CellLog.Series.PLAIN_READ),
        values(speedups),
        values(uploads),
        samples(run.getSecondaryResults(), CellLog.Series.DOWNLOAD),
        values(medians),
        scalars,
        1,
        List.of(run));
  }

  private static Samples values(List<Double> values) {
    return new Samples(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** The events of a series; none where the fork recorded none. */
  @SuppressWarnings("rawtypes") // JMH's own signature
  static Samples samples(Map<String, Result> results, CellLog.Series series) {
    Result<?> result = results.get(series.label());
    if (result == null) {
      return Samples.NONE;
    }
    DoubleStream.Builder values = DoubleStream.builder();
    result
        .getStatistics()
        .getRawData()
        .forEachRemaining(entry -> {
          for (long i = 0; i < entry.getValue(); i++) {
            values.add(entry.getKey());
          }
        });
    return new Samples(values.build().toArray());
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
}
