package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.BenchRun;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.bench.measure.JmhJson;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.report.AtomicFile;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.HtmlReport;
import io.github.attn4j.core.run.Watchdog;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/**
 * Runs cells and publishes what came of them, also where the user interrupts: the part that {@code
 * bench} and {@code sparsity} share, with its options.
 */
final class ReportedRun {
  private static final List<String> FILES = List.of("report.json", "report.html", "jmh.json");
  private static final String FORKS = "--forks";
  private static final String TIME_BUDGET = "--time-budget";

  @Option(
      names = "--cell-limit",
      paramLabel = "SECONDS",
      description = "Skip a cell predicted to take longer. Default: ${DEFAULT-VALUE}.",
      defaultValue = "20")
  private double cellLimitSeconds;

  @Option(
      names = TIME_BUDGET,
      paramLabel = "SECONDS",
      description =
          "Skip cells predicted to end later than this. Default: ${DEFAULT-VALUE}; of bench --mode:"
              + " 60.",
      defaultValue = "240")
  private double timeBudgetSeconds;

  @Option(
      names = FORKS,
      paramLabel = "COUNT",
      description =
          "JVMs that a cell is measured in at most: while time is left, cells that are known least"
              + " well get another. Default: ${DEFAULT-VALUE}.",
      defaultValue = "4")
  private int mostForks;

  @Option(
      names = "--quality",
      description =
          "Compute what masks do to the result (retained softmax mass, error of the output) for"
              + " every input, not for the model's alone: of random Q and K it says little.")
  private boolean quality;

  @Option(
      names = "--output",
      paramLabel = "FOLDER",
      description = "Where report.json, report.html and jmh.json go. Default: ${DEFAULT-VALUE}.",
      defaultValue = "attn-report")
  private Path output = Path.of("attn-report");

  @Mixin private ReportFiles files;
  @Mixin private WatchdogOption watchdogOption;
  @Mixin private TuningOptions tuning;
  @Mixin private DryRun dryRun;

  /** Another default of {@code --time-budget}, where the user gave none. */
  void expectTimeBudget(ParseResult given, double seconds) {
    if (!given.hasMatchedOption(TIME_BUDGET)) {
      timeBudgetSeconds = seconds;
    }
  }

  /** What {@code --time-budget} came to. */
  double timeBudgetSeconds() {
    return timeBudgetSeconds;
  }

  /** Runs the cells; the exit code. */
  int run(CommandSpec command, Backends backends, List<CellSpec> cells, long seed) {
    if (mostForks < 1) {
      throw new IllegalArgumentException(
          FORKS + " " + mostForks + ": a cell is measured in one JVM at least");
    }
    if (dryRun.asked()) {
      return dryRun.print(plan(backends, cells));
    }
    Voice voice = Voice.of(command);
    Environment environment =
        Environment.capture(backends.devices(), RepeatedCommand.of(command), seed);
    for (String name : FILES) {
      AtomicFile.requireWritable(output.resolve(name)); // not found out after minutes
    }
    files.requireWritable();
    AtomicReference<@Nullable BenchRun> running = new AtomicReference<>();
    try (PublishOnce kept =
            new PublishOnce(complete -> {
              BenchRun found = running.get();
              if (found != null && (complete || found.any())) {
                publish(voice, found, found.report(complete));
              }
            });
        Watchdog watchdog =
            watchdogOption.watch(
                command.commandLine().getErr(),
                overdue -> {
                  BenchRun found = running.get();
                  if (found != null) {
                    found.neverEnded(overdue);
                  }
                  kept.cutShort();
                });
        BenchRun bench =
            new BenchRun(
                backends,
                tuning.chooser(backends, kernels(backends, cells), command.commandLine().getErr()),
                cells,
                environment,
                cellLimitSeconds,
                timeBudgetSeconds,
                mostForks,
                quality,
                watchdog)) {
      running.set(bench);
      try (Progress progress =
          Progress.of(command, command.name(), cells.size(), timeBudgetSeconds)) {
        Set<CellSpec> met = new HashSet<>();
        bench.run(cell -> {
          kept.pauseIfInterrupted();
          progress.step(cell.kernel() + " " + cell.spec().label());
          met.add(cell);
          if (met.size() == cells.size()) {
            progress.say("cells that are known least well, again, while time is left");
          }
        });
      }
      kept.complete();
      backends
          .missing()
          .forEach(line -> voice.remarks().println(voice.caution("not found:") + " " + line));
      voice.out().flush();
      return exitCode(bench.report(true));
    }
  }

  /**
   * The same in turns with other projects' attention, of which peers.json is left; the exit code.
   */
  int runBeside(
      PeerOptions peers, CommandSpec command, Backends backends, List<CellSpec> cells, long seed) {
    if (files.cells()
        || quality
        || command.commandLine().getParseResult().hasMatchedOption(FORKS)) {
      throw new IllegalArgumentException(
          "--csv, --quality and --forks are of a sweep's cells, and --peer writes peers.json"
              + " instead; leave them out");
    }
    if (dryRun.asked()) {
      return dryRun.print(peers.plan(backends, cells, timeBudgetSeconds));
    }
    Environment environment =
        Environment.capture(backends.devices(), RepeatedCommand.of(command), seed);
    return peers.run(
        backends,
        tuning.chooser(backends, kernels(backends, cells), command.commandLine().getErr()),
        cells,
        environment,
        cellLimitSeconds,
        timeBudgetSeconds,
        output,
        files,
        watchdogOption,
        command);
  }

  private static List<KernelVariant> kernels(Backends backends, List<CellSpec> cells) {
    return cells.stream().map(CellSpec::kernel).distinct().map(backends::kernel).toList();
  }

  /** What is to be said of cells; of several of a kernel the same, as of a type, only once. */
  static List<String> notes(BenchReport report) {
    Map<List<String>, List<BenchCell>> alike =
        report.cells().stream()
            .filter(cell -> !cell.note().isEmpty())
            .collect(
                Collectors.groupingBy(
                    cell -> List.of(cell.kernel(), cell.note()),
                    LinkedHashMap::new,
                    Collectors.toList()));
    return alike.values().stream()
        .map(cells -> {
          BenchCell first = cells.getFirst();
          String which =
              cells.size() == 1 ? first.input() + ", " + first.shape() : cells.size() + " cells";
          return "%s, %s: %s".formatted(first.kernel(), which, first.note());
        })
        .toList();
  }

  private Plan plan(Backends backends, List<CellSpec> cells) {
    Path report = output.resolve("report.json");
    EarlierTimes earlier = EarlierTimes.of(report);
    Function<CellSpec, OptionalDouble> launches =
        cell -> earlier.launchSeconds(cell, backends.device(cell.device()).name());
    long known = cells.stream().filter(cell -> launches.apply(cell).isPresent()).count();
    double seconds = BenchRun.predictedSeconds(cells, launches);
    String least =
        known == 0
            ? "%s for starts and the shortest measurements; what launches take beyond that is not known before they run"
                .formatted(Progress.time(seconds))
            : "%s, if launches take as long as in %s, which knows %d of the %d cells"
                .formatted(Progress.time(seconds), report, known, cells.size());
    return new Plan()
        .with(
            "cells",
            "%d: %d problems on %d kernels, each cell in a JVM of its own"
                .formatted(
                    cells.size(),
                    cells.stream()
                        .map(cell -> List.of(cell.source(), cell.shape()))
                        .distinct()
                        .count(),
                    kernels(backends, cells).size()))
        .kernels(cells, backends)
        .with("report", report.toString())
        .takes(
            "at most %s (--time-budget), and the cell that is under way then. All cells need %s. Skipped is a cell predicted to take more than %s (--cell-limit) or to end too late; time that is left goes to the cells that are known least well (--forks)"
                .formatted(
                    Progress.time(timeBudgetSeconds), least, Progress.time(cellLimitSeconds)));
  }

  private void publish(Voice voice, BenchRun bench, BenchReport report) {
    PrintWriter out = voice.out();
    PrintWriter remarks = voice.remarks();
    remarks.println(BenchTable.of(report));
    SparsityTable.of(report).ifPresent(remarks::println);
    (anyFailed(report) ? out : remarks).print(joined(notes(report)));
    WayOut.lines(report).forEach(out::println);
    BenchSummary.lines(report).forEach(remarks::println);
    Path json = output.resolve("report.json");
    ResultFiles written = new ResultFiles();
    boolean there = written.write(json, file -> Rescue.write(file, report));
    written.write(output.resolve("report.html"), file -> HtmlReport.write(file, report));
    written.write(output.resolve("jmh.json"), file -> JmhJson.write(file, bench.jmhResults()));
    files.write(report, written);
    written.announce(voice, there ? json : null, report.complete(), ", report.html and jmh.json");
  }

  private static String joined(List<String> lines) {
    return lines.stream().map(line -> line + System.lineSeparator()).collect(Collectors.joining());
  }

  /** Whether notes tell more than what was skipped. */
  private static boolean anyFailed(BenchReport report) {
    return report.cells().stream()
        .anyMatch(cell ->
            cell.status() != BenchCell.Status.MEASURED
                && cell.status() != BenchCell.Status.SKIPPED
                && cell.status() != BenchCell.Status.UNSUPPORTED);
  }

  /**
   * The gravest of what happened, a kernel that never ended before all else; memory that does not
   * suffice counts only where all cells lack it.
   */
  static int exitCode(BenchReport report) {
    if (report.cells().stream().anyMatch(c -> c.status() == BenchCell.Status.NEVER_ENDED)) {
      return ExitCode.WATCHDOG;
    }
    if (report.cells().stream().anyMatch(cell -> cell.status() == BenchCell.Status.FAILED)) {
      return ExitCode.CHECK_FAILED;
    }
    if (report.cells().stream().anyMatch(c -> c.status() == BenchCell.Status.BUILD_FAILED)) {
      return ExitCode.BUILD_FAILED;
    }
    boolean measured =
        report.cells().stream().anyMatch(cell -> cell.status() == BenchCell.Status.MEASURED);
    if (measured) {
      return ExitCode.OK;
    }
    boolean outOfMemory =
        report.cells().stream().anyMatch(cell -> cell.status() == BenchCell.Status.OUT_OF_MEMORY);
    return outOfMemory ? ExitCode.OUT_OF_MEMORY : ExitCode.NOTHING_TO_DO;
  }
}
