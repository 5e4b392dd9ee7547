package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Sessions;
import io.github.attn4j.bench.conform.ConformReport;
import io.github.attn4j.bench.conform.ConformRow;
import io.github.attn4j.bench.conform.Conformance;
import io.github.attn4j.core.kernel.KernelVariant;
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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn conform}: a standard's node tests, on the oracle and on kernels. */
@Command(
    name = "conform",
    description =
        "Runs ONNX's node tests of the operator Attention (opsets 23 to 25) on the float64 oracle and"
            + " on kernels.",
    mixinStandardHelpOptions = true)
final class ConformCommand implements Callable<Integer> {
  /** What PoCL takes to compile a kernel. */
  private static final double PROGRAM_SECONDS = 0.5;

  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private RunOptions run;
  @Mixin private TuningOptions tuning;
  @Mixin private CaseFileOptions files;
  @Mixin private WatchdogOption watchdogOption;
  @Mixin private DryRun dryRun;

  @Parameters(
      arity = "0..*",
      paramLabel = "DIR",
      description =
          "Case folders (model.onnx, test_data_set_*/input_*.pb, output_*.pb), or folders that hold"
              + " such ones.")
  private List<Path> folders = List.of();

  @Option(
      names = "--generate",
      description =
          "Runs generated cases of --seed, too, whose expected outputs come from the operator's"
              + " definition in float64.")
  private boolean generate;

  @Override
  public Integer call() {
    if (folders.isEmpty() && !generate) {
      throw new IllegalArgumentException(
          "no cases: name folders of ONNX node tests (docs/conformance.md says where there are"
              + " some), or take generated ones with --generate");
    }
    Backends backends = attn.backends();
    Voice voice = Voice.of(command);
    List<KernelVariant> kernels = run.kernels(backends);
    // All of them before any device is opened: a folder that is not there ends the command here.
    List<Path> cases =
        folders.stream()
            .flatMap(folder -> Conformance.folders(folder).stream())
            .distinct()
            .toList();
    if (cases.isEmpty() && !generate) {
      voice.out().printf("nothing to do: no model.onnx in or below %s%n", folders);
      return ExitCode.NOTHING_TO_DO;
    }
    if (dryRun.asked()) {
      return dryRun.print(plan(kernels, backends, cases.size()));
    }
    Environment environment =
        Environment.capture(backends.devices(), RepeatedCommand.of(command), run.seed());
    files.requireWritable();
    long start = System.nanoTime();
    try (Sessions sessions =
        new Sessions(
            backends,
            run.device(backends),
            tuning.chooser(backends, kernels, command.commandLine().getErr()))) {
      AtomicReference<@Nullable Conformance> running = new AtomicReference<>();
      try (PublishOnce kept =
              new PublishOnce(complete -> {
                Conformance found = running.get();
                if (found != null && (complete || !found.rows().isEmpty())) {
                  publish(voice, found, environment, start, sessions, backends, complete);
                }
              });
          Watchdog watchdog =
              watchdogOption.watch(
                  command.commandLine().getErr(),
                  overdue -> {
                    Conformance found = running.get();
                    if (found != null) {
                      found.neverEnded(overdue.seconds());
                    }
                    kept.cutShort();
                  })) {
        Conformance conformance = new Conformance(sessions, kernels, watchdog);
        running.set(conformance);
        try (Progress progress =
            Progress.of(command, "conform", cases.size() + (generate ? 1L : 0L))) {
          for (Path folder : cases) {
            progress.say(String.valueOf(folder.getFileName()));
            conformance.runFolder(folder);
            progress.step(String.valueOf(folder.getFileName()));
          }
          if (generate) {
            progress.say("generated cases");
            conformance.runGenerated(run.seed());
            progress.step("generated cases");
          }
        }
        kept.complete();
        return exitCode(ConformReport.of(environment, conformance.rows()));
      }
    }
  }

  private Plan plan(List<KernelVariant> kernels, Backends backends, int folders) {
    return new Plan()
        .kernels(kernels, backends, run.device(backends))
        .with(
            "cases",
            "%d folders%s, each on the float64 oracle and on every kernel"
                .formatted(
                    folders,
                    generate ? " and the generated ones of seed %d".formatted(run.seed()) : ""))
        .takes(
            "not known before: a folder may hold any size. ONNX's own and the generated ones are small, and what takes time is compiling: %.1f s for each program that is not in the cache"
                .formatted(PROGRAM_SECONDS));
  }

  private void publish(
      Voice voice,
      Conformance conformance,
      Environment environment,
      long start,
      Sessions sessions,
      Backends backends,
      boolean complete) {
    ConformReport report = ConformReport.of(environment, conformance.rows());
    ConformTable.print(voice, report);
    PrintWriter out = voice.out();
    out.printf(
        "%s%.1f s; %d programs given to the compiler, the others came from the cache%n",
        complete ? "" : voice.caution("cut short; what was found before is kept: "),
        (System.nanoTime() - start) / 1e9,
        conformance.lost() ? 0 : sessions.programsCompiled());
    backends
        .missing()
        .forEach(line -> voice.remarks().println(voice.caution("not found:") + " " + line));
    out.flush();
    ResultFiles written = new ResultFiles();
    written.write(files.json(), file -> JsonReport.write(file, report));
    written.write(files.junit(), report::writeJunit);
    written.requireAllWritten();
  }

  /** The gravest of what happened; a wrong result before all else. */
  static int exitCode(ConformReport report) {
    if (report.any(ConformRow.Status.INCORRECT) || report.any(ConformRow.Status.LAUNCH_FAILED)) {
      return ExitCode.CHECK_FAILED;
    }
    if (report.any(ConformRow.Status.DEVICE_LOST)) {
      return ExitCode.UNAVAILABLE;
    }
    if (report.any(ConformRow.Status.BUILD_FAILED)) {
      return ExitCode.BUILD_FAILED;
    }
    if (report.any(ConformRow.Status.OUT_OF_MEMORY)) {
      return ExitCode.OUT_OF_MEMORY;
    }
    if (report.any(ConformRow.Status.BROKEN_FILE)) {
      return ExitCode.FILE;
    }
    return report.any(ConformRow.Status.PASSED) ? ExitCode.OK : ExitCode.NOTHING_TO_DO;
  }
}
