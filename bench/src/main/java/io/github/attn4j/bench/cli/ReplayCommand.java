package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Sessions;
import io.github.attn4j.core.fuzz.CaseCheck;
import io.github.attn4j.core.fuzz.CaseFile;
import io.github.attn4j.core.fuzz.FuzzCase;
import io.github.attn4j.core.fuzz.PreparedCase;
import io.github.attn4j.core.fuzz.Verdict;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.run.Watchdog;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn replay}: a case of {@code ./attn fuzz} once more. */
@Command(
    name = "replay",
    description = "Runs cases that 'attn fuzz' wrote on the kernels that they name.",
    mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private WatchdogOption watchdogOption;
  @Mixin private KernelFileOptions kernelFiles;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "Cases as 'attn fuzz' writes them.")
  private List<Path> files = List.of();

  @Option(
      names = "--kernel",
      paramLabel = "IDS",
      completionCandidates = Candidates.Kernels.class,
      description =
          "Kernels instead of the one that failed, by global id, comma-separated, * for anything.")
  private @Nullable String kernels;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description = "Index, backend:index or part of a name from 'attn devices'.")
  private @Nullable String device;

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    Voice voice = Voice.of(command);
    Backends backends = kernelFiles.addTo(attn.backends(), voice.remarks());
    List<FuzzCase> cases = files.stream().map(CaseFile::read).toList();
    List<Verdict> verdicts = new ArrayList<>();
    // Every verdict is printed as soon as it is there: nothing else is to be saved.
    try (Watchdog watchdog =
            watchdogOption.watch(
                command.commandLine().getErr(),
                overdue -> {
                  out.printf("NEVER_ENDED: %s%n", overdue.what());
                  out.flush();
                });
        Sessions sessions =
            new Sessions(
                backends,
                device == null ? null : backends.device(device),
                backend -> Tunings.OF_THE_KERNELS);
        Progress progress = Progress.of(command, "replay", cases.size())) {
      for (int n = 0; n < cases.size(); n++) {
        FuzzCase drawn = cases.get(n);
        for (KernelVariant kernel : backends.kernels(named(drawn))) {
          var session = sessions.of(kernel);
          PreparedCase problem = PreparedCase.of(drawn);
          String what =
              "%s, %s on %s, %s"
                  .formatted(
                      files.get(n), kernel.globalId(), session.device().name(), drawn.label());
          watchdog.step(what);
          Verdict verdict;
          try {
            verdict = CaseCheck.check(session, kernel, problem);
          } finally {
            watchdog.rest(); // before the verdict counts: too late is too late
          }
          verdicts.add(verdict);
          PrintWriter heard = verdict instanceof Verdict.Wrong ? out : voice.remarks();
          progress.clear();
          heard.printf("%s: %s%n", what, described(verdict));
          out.flush();
        }
        progress.step(files.get(n).toString());
      }
    }
    return exitCode(verdicts);
  }

  private @Nullable String named(FuzzCase drawn) {
    return kernels == null && !drawn.kernel().isEmpty() ? drawn.kernel() : kernels;
  }

  static String described(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Right right ->
          "right, error / budget %.3f, %d rows undecided"
              .formatted(right.maxErrorOverBudget(), right.undecidedRows());
      case Verdict.Undecided undecided ->
          "undecided, nothing can be demanded of its %d rows".formatted(undecided.rows());
      case Verdict.Unsupported unsupported -> "unsupported, " + unsupported.reason();
      case Verdict.Wrong wrong -> "%s, %s".formatted(wrong.kind(), wrong.detail());
    };
  }

  /** The gravest of what happened. */
  static int exitCode(List<Verdict> verdicts) {
    List<Verdict.Kind> kinds =
        verdicts.stream()
            .filter(Verdict.Wrong.class::isInstance)
            .map(verdict -> ((Verdict.Wrong) verdict).kind())
            .toList();
    if (kinds.stream()
        .anyMatch(
            kind -> kind != Verdict.Kind.BUILD_FAILED && kind != Verdict.Kind.OUT_OF_MEMORY)) {
      return ExitCode.CHECK_FAILED;
    }
    if (kinds.contains(Verdict.Kind.BUILD_FAILED)) {
      return ExitCode.BUILD_FAILED;
    }
    if (!kinds.isEmpty()) {
      return ExitCode.OUT_OF_MEMORY;
    }
    return verdicts.stream().anyMatch(Verdict.Right.class::isInstance)
        ? ExitCode.OK
        : ExitCode.NOTHING_TO_DO;
  }
}
