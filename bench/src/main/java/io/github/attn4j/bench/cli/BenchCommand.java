package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.measure.BenchRun;
import io.github.attn4j.bench.measure.CellSpec;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
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
  private static final Pattern RANGE = Pattern.compile("(\\d{1,8})(?:\\.\\.(\\d{1,8}))?");
  private static final List<Integer> MODEL_LENGTHS = List.of(512, 2048);
  private static final List<String> SWEEP_OPTIONS = List.of("--n", "--heads", "--d", "--causal");

  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private RunOptions run;

  @Option(
      names = "--input",
      paramLabel = "NAME[,...]",
      split = ",",
      description =
          "What is measured: model (all-MiniLM-L6-v2's Q, K, V), and families to sweep over: normal,"
              + " uniform, large-logit, one-hot, constant, poison-nan, poison-inf."
              + " Default: ${DEFAULT-VALUE}.",
      defaultValue = "model,normal")
  private List<String> sourceNames = List.of("model", "normal");

  @Option(
      names = "--n",
      paramLabel = "N|FROM..TO[,...]",
      description = "Contexts of the sweep; a range doubles. Default: ${DEFAULT-VALUE}.",
      defaultValue = "128..4096")
  private String contexts = "128..4096";

  @Option(
      names = "--heads",
      description = "Heads of the sweep. Default: ${DEFAULT-VALUE}.",
      defaultValue = "8")
  private int heads;

  @Option(
      names = "--d",
      description = "Head dimension of the sweep. Default: ${DEFAULT-VALUE}.",
      defaultValue = "64")
  private int headDim;

  @Option(names = "--causal", description = "Sweep with a causal mask.")
  private boolean causal;

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
      defaultValue = "200")
  private double timeBudgetSeconds;

  @Option(
      names = "--output",
      paramLabel = "FOLDER",
      description = "Where report.json and report.html go. Default: ${DEFAULT-VALUE}.",
      defaultValue = "attn-report")
  private Path output = Path.of("attn-report");

  @Override
  public Integer call() {
    Backends backends = attn.backends();
    PrintWriter out = command.commandLine().getOut();
    List<KernelVariant> kernels = run.kernels(backends);
    DeviceInfo device = run.device(backends);
    List<CellSpec> cells = cells(backends, kernels, device);
    List<String> arguments = command.commandLine().getParent().getParseResult().originalArgs();
    Environment environment =
        Environment.capture(
            backends.devices(), "./attn " + String.join(" ", arguments), run.seed());
    try (BenchRun bench =
        new BenchRun(backends, kernels, device, environment, cellLimitSeconds, timeBudgetSeconds)) {
      AtomicBoolean finished = new AtomicBoolean();
      Thread onInterrupt =
          new Thread(() -> {
            if (!finished.get()) {
              publish(out, bench.report(false));
            }
          });
      Runtime.getRuntime().addShutdownHook(onInterrupt);
      try (Terminal progress = Terminal.progress("bench", cells.size())) {
        bench.run(cells, cell -> progress.step(cell.kernel() + " N=" + cell.length()));
      }
      finished.set(true);
      BenchReport report = bench.report(true);
      publish(out, report);
      backends.missing().forEach(line -> out.println("not found: " + line));
      out.flush();
      return exitCode(report);
    }
  }

  private List<CellSpec> cells(
      Backends backends, List<KernelVariant> kernels, @Nullable DeviceInfo chosen) {
    List<CellSpec> cells = new ArrayList<>();
    for (InputSource source : sources()) {
      if (source.equals(InputSource.MODEL)) {
        for (int length : MODEL_LENGTHS) {
          addCells(
              cells,
              backends,
              kernels,
              chosen,
              source,
              InputSource.MODEL_HEADS,
              length,
              InputSource.MODEL_HEAD_DIM,
              false);
        }
      } else {
        for (int length : lengths()) {
          addCells(cells, backends, kernels, chosen, source, heads, length, headDim, causal);
        }
      }
    }
    return cells;
  }

  private List<InputSource> sources() {
    List<InputSource> sources =
        sourceNames.stream().map(name -> InputSource.of(name.strip())).distinct().toList();
    if (sources.equals(List.of(InputSource.MODEL))) {
      for (String option : SWEEP_OPTIONS) {
        if (command.commandLine().getParseResult().hasMatchedOption(option)) {
          throw new IllegalArgumentException(
              option + " shapes the sweep, which '--input model' leaves out; add ',normal'");
        }
      }
    }
    return sources;
  }

  private void addCells(
      List<CellSpec> cells,
      Backends backends,
      List<KernelVariant> kernels,
      @Nullable DeviceInfo chosen,
      InputSource source,
      int cellHeads,
      int length,
      int dim,
      boolean cellCausal) {
    for (KernelVariant kernel : kernels) {
      DeviceInfo device = backends.deviceFor(kernel, chosen);
      CellSpec cell =
          new CellSpec(
              kernel.globalId(),
              device.backend() + ":" + device.index(),
              source,
              cellHeads,
              length,
              dim,
              cellCausal,
              run.seed());
      cell.spec(); // a shape that makes no sense ends the command here, not in a fork
      cells.add(cell);
    }
  }

  private List<Integer> lengths() {
    List<Integer> lengths = new ArrayList<>();
    for (String part : contexts.split(",", -1)) {
      Matcher range = RANGE.matcher(part.strip());
      if (!range.matches()) {
        throw new IllegalArgumentException(
            "--n '%s': '%s' is neither a number nor FROM..TO".formatted(contexts, part));
      }
      int from = Integer.parseInt(range.group(1));
      int to = range.group(2) == null ? from : Integer.parseInt(range.group(2));
      if (from < 1 || to < from) {
        throw new IllegalArgumentException(
            "--n '%s': '%s' needs 1 <= FROM <= TO".formatted(contexts, part));
      }
      for (int length = from; length <= to; length *= 2) {
        lengths.add(length);
      }
    }
    return lengths.stream().distinct().toList();
  }

  private void publish(PrintWriter out, BenchReport report) {
    out.println(BenchTable.of(report));
    for (BenchCell cell : report.cells()) {
      if (!cell.note().isEmpty()) {
        out.printf("%s, %s, %s: %s%n", cell.kernel(), cell.input(), cell.shape(), cell.note());
      }
    }
    out.println("ran on " + report.devicesUsed());
    out.printf(
        "FMA ceiling %.1f GFLOP/s (%s; a Vector API loop: %.1f), drift within the run %.1f %%%n",
        report.ceiling().gflopsPerSecond(),
        report.ceiling().shape(),
        report.ceiling().javaGflopsPerSecond(),
        report.ceiling().driftPercent());
    out.println("GFLOP/s counts " + report.flopConvention());
    JsonReport.write(output.resolve("report.json"), report);
    HtmlReport.write(output.resolve("report.html"), report);
    out.printf(
        "%s: %s and report.html%n",
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
