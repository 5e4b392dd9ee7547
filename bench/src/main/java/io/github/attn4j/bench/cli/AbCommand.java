package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.ab.AbRun;
import io.github.attn4j.bench.ab.Protocol;
import io.github.attn4j.bench.ab.Version;
import io.github.attn4j.bench.ab.VersionSource;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.bench.measure.TrialRun;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.PairedRatio;
import io.github.attn4j.core.report.RegressionReport;
import io.github.attn4j.core.report.RegressionRule;
import io.github.attn4j.opencl.GivenKernel;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code ./attn ab}: two versions in trials that take turns. */
@Command(
    name = "ab",
    description = {
      "Measures two versions in pairs of trials, two fresh processes that take turns, and says of each cell whether NEW is slower than BASE: by the lower confidence bound of the ratio of both times, and by its median. A cell that BASE measured and NEW lacks fails, too.",
      "BASE and NEW are folders with ./attn in them, tarballs of ./attn bundle, or git revisions, which are built in worktrees of their own. For example: attn ab main . --kernel opencl:flash_query_lanes --input normal --n 1024 --fail-if-slower 5%%. See docs/regressions.md."
    },
    mixinStandardHelpOptions = true)
final class AbCommand implements Callable<Integer> {
  /** What a trial takes besides its launches: launcher, JVM, driver, staging. Seen here. */
  private static final double START_SECONDS = 2.5;

  /** What a cell takes besides them: oracle, checks, plain multiply-adds, warm-up. Seen here. */
  private static final double CELL_SECONDS = 0.6;

  /** Mixins whose options say what is measured, and go to both versions. */
  private static final List<String> PASSED_ON = List.of("run", "sweep", "tuning", "watchdog");

  /** The one whose options go to BASE only where it has no files of its own. */
  private static final String KERNEL_FILES = "kernelFiles";

  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;

  @Parameters(index = "0", paramLabel = "BASE", description = "The version to hold NEW against.")
  private String base = "";

  @Parameters(index = "1", paramLabel = "NEW", description = "The version in question.")
  private String now = "";

  @Mixin private RunOptions run;
  @Mixin private KernelFileOptions kernelFiles;
  @Mixin private BaseKernelOptions baseKernels;
  @Mixin private SweepOptions sweep;

  @Mixin
  @SuppressWarnings("UnusedVariable") // what it holds goes to both versions
  private TuningOptions tuning;

  @Mixin
  @SuppressWarnings("UnusedVariable") // likewise
  private WatchdogOption watchdog;

  @Mixin private RegressionOptions options;

  @Option(
      names = "--pairs",
      paramLabel = "COUNT",
      description = "Pairs of trials, one of each version. Default: ${DEFAULT-VALUE}.",
      defaultValue = "20")
  private int pairs;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description =
          "Of launches that count, for each cell of each trial. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0.5")
  private double seconds;

  @Option(
      names = "--trial-limit",
      paramLabel = "SECONDS",
      description =
          "A trial that takes longer is ended, and its version has failed. Default: ${DEFAULT-VALUE}.",
      defaultValue = "900")
  private double trialLimitSeconds;

  @Option(
      names = "--protocol",
      paramLabel = "turns|trial|bench",
      description =
          "How trials are asked of both versions: two at once that take turns many times within each cell;"
              + " one after the other (where two do not fit into the device's memory); or as runs of"
              + " ./attn bench, which older versions know, too. Default: the first that both know.")
  private @Nullable Protocol protocol;

  @Option(
      names = "--cache",
      paramLabel = "FOLDER",
      description =
          "Where worktrees of revisions and unpacked bundles stay. Default: .attn/versions of this checkout.")
  private @Nullable Path cache;

  @Mixin private DryRun dryRun;

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    PrintWriter err = command.commandLine().getErr();
    double threshold = options.threshold();
    requireSensible();
    if (baseKernels.asked()) {
      baseKernels.requireSameKernels(kernelFiles.addTo(attn.backends()));
    }
    try (VersionSource source = source()) {
      VersionSource.Found foundBase = source.find(base);
      VersionSource.Found foundNew = source.find(now);
      if (dryRun.asked()) {
        out.printf("base  %s: %s%n", base, foundBase.plan());
        out.printf("new   %s: %s%n", now, foundNew.plan());
        plan().forEach(out::println);
        out.flush();
        return ExitCode.OK;
      }
      options.requireWritable();
      Voice voice = Voice.of(command);
      voice.note("base %s: %s".formatted(base, foundBase.plan()));
      voice.note("new  %s: %s".formatted(now, foundNew.plan()));
      return measured(source.lay(foundBase), source.lay(foundNew), threshold, out, err);
    }
  }

  private int measured(
      Version one, Version two, double threshold, PrintWriter out, PrintWriter err) {
    List<String> newCells = words(Stream.of(KERNEL_FILES));
    List<String> baseCells =
        baseKernels.asked() ? concat(baseKernels.words(), words(Stream.empty())) : newCells;
    AbRun.Settings settings =
        new AbRun.Settings(
            baseCells,
            newCells,
            seconds,
            pairs,
            run.seed(),
            threshold,
            options.gate(),
            options.allowMissing(),
            trialLimitSeconds);
    List<GivenKernel> given =
        Stream.of(kernelFiles.read(), baseKernels.read()).flatMap(List::stream).toList();
    AtomicBoolean warm = new AtomicBoolean(); // before that there is nothing to tell
    AtomicReference<@Nullable AbRun> running = new AtomicReference<>();
    AtomicReference<@Nullable RegressionReport> published = new AtomicReference<>();
    boolean inconclusive;
    try (PublishOnce kept =
        new PublishOnce(complete -> {
          AbRun found = running.get();
          if (found != null && (complete || warm.get())) {
            RegressionReport report = found.report(complete);
            published.set(report);
            options.publish(report, out);
          }
        })) {
      AbRun trials =
          new AbRun(
              one,
              two,
              settings,
              Environment.capture(List.of(), RepeatedCommand.of(command), run.seed()),
              kept::pauseIfInterrupted,
              () -> edited(given));
      running.set(trials);
      try (Progress progress = Progress.of(command, "ab, building and warming up", 2)) {
        trials.prepare(Optional.ofNullable(protocol), runningFolder());
        progress.step("built");
        trials.warmUp();
      }
      warm.set(true);
      Voice.of(command)
          .note(
              "%d pairs of trials, about %s".formatted(pairs, minutes(trials.predictedSeconds())));
      try (Progress progress = Progress.of(command, "ab", pairs)) {
        trials.run(progress::step);
      }
      kept.complete();
      inconclusive = trials.inconclusive();
    } catch (AbRun.NotComparable e) {
      err.println("attn: not comparable: " + e.getMessage());
      err.flush();
      return ExitCode.NOTHING_TO_DO;
    }
    RegressionReport report = published.get();
    if (report == null || (inconclusive && !report.failed())) {
      return ExitCode.NOTHING_TO_DO;
    }
    return RegressionOptions.exitCode(report);
  }

  /** What has happened to kernels' files since they were read; they are read by each trial. */
  private static Optional<String> edited(List<GivenKernel> given) {
    for (GivenKernel one : given) {
      try {
        var _ = GivenKernel.readAgain(one.file(), one.descriptorFile(), one.sourceDigest());
      } catch (BackendException.LaunchFailed e) {
        return Optional.of(String.valueOf(e.getMessage()));
      }
    }
    return Optional.empty();
  }

  private static @Nullable Path runningFolder() {
    String folder = System.getProperty(Environment.ROOT_PROPERTY);
    return folder == null ? null : Path.of(folder);
  }

  private void requireSensible() {
    if (!(seconds > 0)) {
      throw new IllegalArgumentException(
          "--seconds %s is no time to measure in: give more than 0".formatted(seconds));
    }
    if (!(trialLimitSeconds > 0)) {
      throw new IllegalArgumentException(
          "--trial-limit %s: give a number of seconds above 0".formatted(trialLimitSeconds));
    }
    int least = PairedRatio.leastPairs(RegressionRule.significance(1));
    if (pairs < least) {
      throw new IllegalArgumentException(
          "--pairs %d: fewer than %d pairs cannot tell a slowdown from chance"
              .formatted(pairs, least));
    }
  }

  private VersionSource source() {
    Path folder = runningFolder();
    Path root = folder != null && Files.exists(folder.resolve(".git")) ? folder : null;
    Path place =
        cache != null
            ? cache
            : Path.of(folder == null ? "." : folder.toString(), ".attn", "versions");
    return new VersionSource(root, place);
  }

  /**
   * What the user said of kernels and problems, word by word.
   *
   * @param more mixins whose options are among them
   */
  private List<String> words(Stream<String> more) {
    ParseResult given = command.commandLine().getParseResult();
    List<String> words = new ArrayList<>();
    for (String name : Stream.concat(PASSED_ON.stream(), more).toList()) {
      CommandSpec mixin = command.mixins().get(name);
      for (OptionSpec option : mixin == null ? List.<OptionSpec>of() : allOptions(mixin)) {
        OptionSpec matched = given.matchedOption(option.longestName());
        if (matched != null) {
          words.addAll(words(matched));
        }
      }
    }
    return words;
  }

  private static List<String> concat(List<String> some, List<String> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }

  private static List<OptionSpec> allOptions(CommandSpec mixin) {
    return mixin.options().stream().distinct().toList(); // nested mixins' are among them
  }

  private static List<String> words(OptionSpec option) {
    if (option.arity().max() == 0) {
      return List.of(option.longestName());
    }
    return option.originalStringValues().stream()
        .map(value -> option.longestName() + "=" + value)
        .toList();
  }

  private List<String> plan() {
    ParseResult given = command.commandLine().getParseResult();
    Backends backends = kernelFiles.addTo(attn.backends());
    List<CellSpec> measured = Cells.of(backends, run, sweep, given);
    int cells = measured.size();
    double significance = RegressionRule.significance(cells);
    int least = PairedRatio.leastPairs(significance);
    if (pairs < least) {
      throw new IllegalArgumentException(
          "--pairs %d: with %d cells no slowdown can be told from chance by fewer than %d pairs; give more, or fewer cells"
              .formatted(pairs, cells, least));
    }
    int leastOfRounds =
        new RegressionRule(
                options.threshold(),
                options.gate(),
                options.allowMissing(),
                significance,
                pairs,
                run.seed())
            .leastPairsOfRounds();
    double trial =
        START_SECONDS
            + measured.stream()
                .map(cell -> backends.kernel(cell.kernel()).backend())
                .mapToDouble(on -> CELL_SECONDS + TrialRun.launchSeconds(on, seconds))
                .sum();
    return List.of(
        "cells %d, as this build counts them: %s"
            .formatted(cells, String.join(" ", words(Stream.of(KERNEL_FILES)))),
        "plan  both are built where they are not, which takes minutes; one trial of each that does not count;",
        "      then %d pairs, who is first by a draw for each, %.1f s of launches a cell and trial"
            .formatted(pairs, seconds),
        "claim slower where the median ratio of the fastest tenths is above %s and its %s lower bound above 1%s"
            .formatted(
                String.format(Locale.ROOT, "%.4g", 1 + options.threshold()),
                RegressionReport.confidence(significance),
                pairs < leastOfRounds
                    ? "; rounds would need %d pairs".formatted(leastOfRounds)
                    : ", or that of rounds"),
        "time  about %s without building (--protocol bench: several times that)"
            .formatted(minutes(2 * (pairs + 1) * trial)));
  }

  private static String minutes(double seconds) {
    long whole = Math.round(seconds);
    return whole < 100 ? whole + " s" : "%d min %02d s".formatted(whole / 60, whole % 60);
  }
}
