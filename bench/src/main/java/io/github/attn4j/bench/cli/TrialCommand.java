package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.ab.TurnRequests;
import io.github.attn4j.bench.bundle.BuildIdentity;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.bench.measure.DrawnOrder;
import io.github.attn4j.bench.measure.TrialRun;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.report.AtomicFile;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.run.Watchdog;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code ./attn trial}: what {@code ./attn ab} asks of a version, dozens of times. Its options and
 * its report are a promise to later versions: docs/regressions.md.
 */
@Command(
    name = "trial",
    hidden = true,
    description =
        "One short trial of each cell in this process, for ./attn ab: checks and times them, and"
            + " writes a report without a run's ceilings.",
    mixinStandardHelpOptions = true)
final class TrialCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private RunOptions run;
  @Mixin private KernelFileOptions kernelFiles;
  @Mixin private SweepOptions sweep;
  @Mixin private TuningOptions tuning;
  @Mixin private WatchdogOption watchdogOption;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "Of launches that count, for each cell. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0.5")
  private double seconds;

  @Option(
      names = "--order-seed",
      paramLabel = "SEED",
      description = "Of the order in which cells run. Default: ${DEFAULT-VALUE}.",
      defaultValue = "1")
  private long orderSeed;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      required = true,
      description = "Where the report goes, anew after each cell.")
  private Path report = Path.of("report.json");

  @Option(
      names = "--turns",
      paramLabel = "SOCKET",
      description =
          "Where to ask, before each stretch of launches, for the machine: a Unix domain socket, as"
              + " docs/regressions.md has it. Default: not to ask.")
  private @Nullable Path turns;

  @Override
  public Integer call() {
    if (!(seconds > 0)) {
      throw new IllegalArgumentException(
          "--seconds %s is no time to measure in: give more than 0".formatted(seconds));
    }
    Backends backends = kernelFiles.addTo(attn.backends());
    PrintWriter err = command.commandLine().getErr();
    List<CellSpec> cells = Cells.of(backends, run, sweep, command.commandLine().getParseResult());
    List<KernelVariant> kernels =
        cells.stream().map(CellSpec::kernel).distinct().map(backends::kernel).toList();
    DrawnOrder order = new DrawnOrder(orderSeed);
    AtomicFile.requireWritable(report);
    PrintWriter out = command.commandLine().getOut();
    BuildIdentity.ofRunning().ifPresent(digest -> out.println("build " + digest));
    out.flush();
    Environment environment =
        Environment.capture(backends.devices(), RepeatedCommand.of(command), run.seed());
    AtomicReference<@Nullable TrialRun> running = new AtomicReference<>();
    try (TurnRequests requests = turns == null ? null : TurnRequests.to(turns);
        Watchdog watchdog =
            watchdogOption.watch(
                err,
                overdue -> {
                  TrialRun found = running.get();
                  if (found != null) {
                    found.neverEnded(overdue);
                    JsonReport.write(
                        report, found.report(true)); // cells after it are not asked again
                  }
                })) {
      TrialRun trial =
          new TrialRun(
              backends,
              tuning.chooser(backends, kernels, err),
              order.of(cells),
              environment,
              seconds,
              requests == null ? _ -> {} : cell -> requests.await(order.number(cell)),
              watchdog);
      running.set(trial);
      trial.run(found -> JsonReport.write(report, found));
      return ReportedRun.exitCode(trial.report(true));
    }
  }
}
