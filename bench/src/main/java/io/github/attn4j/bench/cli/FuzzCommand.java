package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Sessions;
import io.github.attn4j.core.fuzz.CaseDraw;
import io.github.attn4j.core.fuzz.CaseFile;
import io.github.attn4j.core.fuzz.FuzzFailure;
import io.github.attn4j.core.fuzz.FuzzReport;
import io.github.attn4j.core.fuzz.FuzzRun;
import io.github.attn4j.core.fuzz.KernelTally;
import io.github.attn4j.core.fuzz.Verdict;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.run.Watchdog;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
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

/** {@code ./attn fuzz}: kernels on random problems, with poison around the tensors. */
@Command(
    name = "fuzz",
    description =
        "Checks kernels on random specs and adversarial data in poisoned buffers, until the time is"
            + " over. What fails is made small and written as a file for 'attn replay'.",
    mixinStandardHelpOptions = true)
final class FuzzCommand implements Callable<Integer> {
  /** Stands for no limit: the default below. */
  private static final long MOST_CASES = 9_007_199_254_740_991L;

  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private RunOptions run;
  @Mixin private KernelFileOptions kernelFiles;
  @Mixin private WatchdogOption watchdogOption;
  @Mixin private DryRun dryRun;

  @Option(
      names = "--seconds",
      paramLabel = "SECONDS",
      description = "No case begins after this. Default: ${DEFAULT-VALUE}.",
      defaultValue = "60")
  private double seconds = 60;

  @Option(
      names = "--cases",
      paramLabel = "COUNT",
      description = "Ends after so many cases, too. Default: no limit.",
      defaultValue = "9007199254740991")
  private long cases = MOST_CASES;

  @Option(
      names = "--from",
      paramLabel = "NUMBER",
      description =
          "Number of the first case: with --cases 1, a case that a report names. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  private long from;

  @Option(
      names = "--output",
      paramLabel = "FOLDER",
      description = "Where report.json and failing cases go. Default: ${DEFAULT-VALUE}.",
      defaultValue = "attn-fuzz")
  private Path output = Path.of("attn-fuzz");

  @Override
  public Integer call() {
    if (!(seconds > 0)
        || seconds > 1e6
        || cases < 1
        || from < 0
        || from > Long.MAX_VALUE - Math.max(cases, 0)) {
      throw new IllegalArgumentException(
          "--seconds %s, --cases %d, --from %d: seconds are above 0 and 1000000 at most, cases at least 1, numbers count from 0"
              .formatted(seconds, cases, from));
    }
    Voice voice = Voice.of(command);
    Backends backends = kernelFiles.addTo(attn.backends(), voice.remarks());
    List<KernelVariant> kernels = run.kernels(backends);
    if (dryRun.asked()) {
      return dryRun.print(plan(kernels, backends));
    }
    Environment environment =
        Environment.capture(backends.devices(), RepeatedCommand.of(command), run.seed());
    ResultFiles written = new ResultFiles();
    // A tuning for each class of shapes would be a program for each.
    try (Sessions sessions =
            new Sessions(backends, run.device(backends), backend -> Tunings.OF_THE_KERNELS);
        Progress progress = Progress.timed(command, "fuzz", seconds)) {
      AtomicReference<@Nullable FuzzRun> running = new AtomicReference<>();
      try (PublishOnce kept =
              new PublishOnce(complete -> {
                FuzzRun found = running.get();
                if (found != null) {
                  progress.end();
                  publish(voice, found.report(environment, complete), written);
                  if (!complete) {
                    written.requireAllWritten();
                  }
                }
              });
          Watchdog watchdog =
              watchdogOption.watch(
                  command.commandLine().getErr(),
                  overdue -> {
                    FuzzRun found = running.get();
                    if (found != null) {
                      found.neverEnded(overdue.seconds());
                    }
                    kept.cutShort();
                  })) {
        FuzzRun fuzzing =
            new FuzzRun(
                new CaseDraw(run.seed()),
                from,
                kernels,
                sessions::of,
                sessions::programsCompiled,
                failure -> keep(voice, progress, failure, written),
                watchdog);
        // Before anything runs: an hour whose report cannot be written would be lost.
        JsonReport.write(output.resolve("report.json"), fuzzing.report(environment, false));
        running.set(fuzzing);
        fuzzing.run((long) (seconds * 1e9), cases, number -> progress.say("case " + number));
        kept.complete();
        backends
            .missing()
            .forEach(line -> voice.remarks().println(voice.caution("not found:") + " " + line));
        voice.out().flush();
        FuzzReport report = fuzzing.report(environment, true);
        if (!report.lost().isEmpty()) {
          PrintWriter err = command.commandLine().getErr();
          err.println("attn: the device was lost in " + report.lost());
          err.flush();
        }
        written.requireAllWritten();
        return exitCode(report);
      }
    }
  }

  private Plan plan(List<KernelVariant> kernels, Backends backends) {
    return new Plan()
        .kernels(kernels, backends, run.device(backends))
        .with(
            "cases",
            "%s from number %d, drawn from seed %d, each on every kernel"
                .formatted(
                    cases == MOST_CASES ? "as many as the time allows" : "%,d".formatted(cases),
                    from,
                    run.seed()))
        .with("report", output.resolve("report.json").toString())
        .takes(
            "%s%s (--seconds), the case that is under way then, and up to a minute for each failure, which is made smaller"
                .formatted(cases == MOST_CASES ? "" : "at most ", Progress.time(seconds)));
  }

  /** Says what was found before it is written: a disk that is full by now must not hide it. */
  private void keep(Voice voice, Progress progress, FuzzFailure failure, ResultFiles written) {
    PrintWriter out = voice.out();
    progress.clear();
    Path file =
        output.resolve(
            "failure-%d-%d-%s%s.json"
                .formatted(
                    run.seed(),
                    failure.number(),
                    failure.kernel().replace(':', '-'),
                    // Beside the failure that hung while it was made smaller.
                    failure.kind() == Verdict.Kind.NEVER_ENDED ? "-never-ended" : ""));
    out.printf(
        "%s: %s on %s, case %d (%s): %s%n",
        voice.bad(failure.kind().toString()),
        failure.kernel(),
        failure.device(),
        failure.number(),
        failure.shrunk().label(),
        failure.detail());
    String replay =
        RepeatedCommand.of(kernelFiles.with(failure.kernel(), "replay", file.toString()));
    written.write(
        file,
        path -> {
          try {
            CaseFile.write(path, failure.shrunk());
            out.println("  " + replay);
          } catch (UncheckedIOException e) {
            out.printf(
                "  %s%n  put this line into that file, and run %s:%n%s%n",
                e.getMessage(), replay, CaseFile.line(failure.shrunk()));
            throw e;
          }
        });
    out.flush();
  }

  private void publish(Voice voice, FuzzReport report, ResultFiles written) {
    PrintWriter out = voice.out();
    voice.remarks().println(FuzzTable.of(report));
    List<String> notes = FuzzTable.notes(report);
    notes.subList(0, notes.size() - 1).forEach(voice.remarks()::println);
    out.println(notes.getLast()); // what it came to
    written.write(
        output.resolve("report.json"),
        json -> {
          Rescue.write(json, file -> JsonReport.write(file, report));
          out.printf(
              "%s: %s%n",
              report.complete() ? "report" : "interrupted; what was found is kept", json);
        });
    out.flush();
  }

  /** The gravest of what happened; a wrong result before all else. */
  static int exitCode(FuzzReport report) {
    List<FuzzFailure> failures = report.failures();
    if (failures.stream()
        .anyMatch(failure ->
            failure.kind() != Verdict.Kind.BUILD_FAILED
                && failure.kind() != Verdict.Kind.OUT_OF_MEMORY)) {
      return ExitCode.CHECK_FAILED;
    }
    if (!report.lost().isEmpty()) {
      return ExitCode.UNAVAILABLE;
    }
    if (failures.stream().anyMatch(failure -> failure.kind() == Verdict.Kind.BUILD_FAILED)) {
      return ExitCode.BUILD_FAILED;
    }
    if (!failures.isEmpty()) {
      return ExitCode.OUT_OF_MEMORY;
    }
    return report.kernels().stream().mapToLong(KernelTally::right).sum() > 0
        ? ExitCode.OK
        : ExitCode.NOTHING_TO_DO;
  }
}
