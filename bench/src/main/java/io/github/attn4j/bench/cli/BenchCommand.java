package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.BenchRun;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.bench.measure.JmhJson;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.HtmlReport;
import io.github.attn4j.core.report.JsonReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn bench}: checks and times attention as the context grows. */
@Command(
    name = "bench",
    description =
        "Checks and times kernels on a model's Q, K, V, then on generated ones as the context grows.",
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private RunOptions run;
  @Mixin private SweepOptions sweep;
  @Mixin private ReportFiles files;

  @Option(
      names = "--cell-limit",
      paramLabel = "SECONDS",
      description = "Skip a cell predicted to take longer. Default: ${DEFAULT-VALUE}.",
      defaultValue = "20")
  private double cellLimitSeconds;

  @Option(
      names = "--time-budget",
      paramLabel = "SECONDS",
      description = "Skip cells predicted to end later than this. Default: ${DEFAULT-VALUE}.",
      defaultValue = "240")
  private double timeBudgetSeconds;

  @Option(
      names = "--output",
      paramLabel = "FOLDER",
      description = "Where report.json, report.html and jmh.json go. Default: ${DEFAULT-VALUE}.",
      defaultValue = "attn-report")
  private Path output = Path.of("attn-report");

  @Override
  public Integer call() {
    Backends backends = attn.backends();
    PrintWriter out = command.commandLine().getOut();
    List<KernelVariant> kernels = run.kernels(backends);
    DeviceInfo device = run.device(backends);
    List<CellSpec> cells = new ArrayList<>();
    for (SweepOptions.Problem problem : sweep.problems(command.commandLine().getParseResult())) {
      for (KernelVariant kernel : kernels) {
        DeviceInfo on = backends.deviceFor(kernel, device);
        cells.add(
            new CellSpec(
                kernel.globalId(),
                on.backend() + ":" + on.index(),
                problem.source(),
                problem.shape(),
                run.seed()));
      }
    }
    Environment environment =
        Environment.capture(backends.devices(), RepeatedCommand.of(command), run.seed());
    try (BenchRun bench =
        new BenchRun(backends, cells, environment, cellLimitSeconds, timeBudgetSeconds)) {
      AtomicBoolean finished = new AtomicBoolean();
      Thread onInterrupt =
          new Thread(() -> {
            if (!finished.get()) {
              publish(out, bench, bench.report(false));
            }
          });
      Runtime.getRuntime().addShutdownHook(onInterrupt);
      try (Terminal progress = Terminal.progress("bench", cells.size())) {
        bench.run(cell -> progress.step(cell.kernel() + " " + cell.spec().label()));
      }
      finished.set(true);
      BenchReport report = bench.report(true);
      publish(out, bench, report);
      backends.missing().forEach(line -> out.println("not found: " + line));
      out.flush();
      return exitCode(report);
    }
  }

  private void publish(PrintWriter out, BenchRun bench, BenchReport report) {
    out.println(BenchTable.of(report));
    for (BenchCell cell : report.cells()) {
      if (!cell.note().isEmpty()) {
        out.printf("%s, %s, %s: %s%n", cell.kernel(), cell.input(), cell.shape(), cell.note());
      }
    }
    BenchSummary.lines(report).forEach(out::println);
    JsonReport.write(output.resolve("report.json"), report);
    HtmlReport.write(output.resolve("report.html"), report);
    JmhJson.write(output.resolve("jmh.json"), bench.jmhResults());
    files.write(report);
    out.printf(
        "%s: %s, report.html and jmh.json%n",
        report.complete() ? "report" : "interrupted; what was measured is kept",
        output.resolve("report.json"));
    out.flush();
  }

  /**
   * The gravest of what happened; memory that does not suffice counts only where all cells lack it.
   */
  static int exitCode(BenchReport report) {
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
