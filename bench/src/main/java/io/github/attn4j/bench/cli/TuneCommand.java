package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Sessions;
import io.github.attn4j.bench.measure.TuningDuel;
import io.github.attn4j.bench.tune.SessionRecheck;
import io.github.attn4j.bench.tune.TuningRun;
import io.github.attn4j.bench.tune.TuningSearch;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.tuning.ShapeClass;
import io.github.attn4j.core.tuning.TuningFile;
import io.github.attn4j.core.tuning.TuningRecord;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn tune}: finds what kernels run fastest with, on this device. */
@Command(
    name = "tune",
    description =
        "Searches kernels' tuning parameters on this device, class of shapes by class of shapes,"
            + " and keeps what beats the default by more than noise; whatever computes something"
            + " wrong is refused by name (docs/tuning.md).",
    mixinStandardHelpOptions = true)
final class TuneCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private RunOptions run;
  @Mixin private KernelFileOptions kernelFiles;
  @Mixin private SweepOptions sweep;
  @Mixin private WatchdogOption watchdogOption;
  @Mixin private DryRun dryRun;

  @Option(
      names = "--time-budget",
      paramLabel = "SECONDS",
      description =
          "Begins no other candidate after this; the next run goes on. Default: ${DEFAULT-VALUE}.",
      defaultValue = "300")
  private double timeBudgetSeconds;

  @Option(
      names = "--again",
      description = "Searches classes again that have a record of this driver and program.")
  private boolean again;

  @Option(names = "--list", description = "Prints the records there are, and searches nothing.")
  private boolean list;

  @Option(
      names = "--forget",
      description =
          "Removes the records of the kernels and the device (of all, unless named), and searches"
              + " nothing.")
  private boolean forget;

  @Option(
      names = "--tuning-file",
      paramLabel = "FILE",
      description =
          "The database, if not ATTN_TUNING_FILE or attn4j/tuning.json of the configuration folder"
              + " (XDG_CONFIG_HOME, ~/.config).")
  private @Nullable Path file;

  /** What goes with --list and --forget: the database, and which of its records. */
  private static final Set<String> OF_RECORDS =
      Set.of(
          "--list",
          "--forget",
          "--quiet",
          "--verbose",
          "--tuning-file",
          "--kernel",
          KernelFileOptions.FILE,
          KernelFileOptions.DESCRIPTOR,
          "--device");

  /** Thirty years; with more the clock's nanoseconds would overflow. */
  private static final double LONGEST_SECONDS = 1e9;

  @Override
  public Integer call() {
    if (list && forget) {
      throw new IllegalArgumentException("--list and --forget: leave one of them out");
    }
    if (list || forget) {
      refuseOptionsOfASearch(list ? "--list" : "--forget");
    }
    if (!(timeBudgetSeconds > 0 && timeBudgetSeconds <= LONGEST_SECONDS)) {
      throw new IllegalArgumentException(
          "--time-budget %s: choose a number of seconds above 0 and up to %.0f"
              .formatted(timeBudgetSeconds, LONGEST_SECONDS));
    }
    Backends backends = kernelFiles.addTo(attn.backends(), Voice.of(command).remarks());
    TuningFile database = file == null ? TuningFile.ofUser() : new TuningFile(file);
    if (list || forget) {
      return list ? list(backends, database) : forget(backends, database);
    }
    DeviceInfo device = run.device(backends);
    if (dryRun.asked()) {
      return dryRun.print(plan(backends, device, database));
    }
    SessionRecheck recheck = new SessionRecheck(backends);
    try (Sessions sessions =
        new Sessions(
            backends, device, backend -> TuningOptions.shipped(backend, recheck, this::complain))) {
      return search(backends, sessions, recheck, database);
    }
  }

  /** An option that chooses nothing here would forget more than was asked for. */
  private void refuseOptionsOfASearch(String instead) {
    for (OptionSpec option : command.commandLine().getParseResult().matchedOptions()) {
      if (!OF_RECORDS.contains(option.longestName())) {
        throw new IllegalArgumentException(
            "%s says what is searched, and %s searches nothing: leave one of them out; records are chosen by --kernel and --device"
                .formatted(option.longestName(), instead));
      }
    }
  }

  private int search(
      Backends backends, Sessions sessions, SessionRecheck recheck, TuningFile database) {
    Voice voice = Voice.of(command);
    PrintWriter remarks = voice.remarks();
    long deadlineNanos = System.nanoTime() + (long) (timeBudgetSeconds * 1e9);
    TuningRun tuning =
        new TuningRun(
            database,
            run.seed(),
            again,
            TuningSearch.Pace.USUAL,
            recheck,
            TuningDuel.Stopwatch.WALL,
            this::complain);
    Set<String> left = new LinkedHashSet<>();
    for (KernelVariant kernel : run.kernels(backends)) {
      for (SweepOptions.Problem problem : problems()) {
        tuning
            .plan(sessions.of(kernel), kernel, problem.source(), problem.shape())
            .ifPresent(left::add);
      }
    }
    if (run.namesKernels() || !backends.given().isEmpty() || tuning.tasks().isEmpty()) {
      left.forEach(remarks::println);
    }
    if (tuning.tasks().isEmpty()) {
      voice.out().println("nothing to tune");
      voice.out().flush();
      return ExitCode.NOTHING_TO_DO;
    }
    database.requireWritable();
    // What is stored is shown, even if the device was lost or the user interrupted.
    try (PublishOnce kept =
            new PublishOnce(complete -> {
              if (!complete) {
                voice
                    .out()
                    .println(
                        voice.caution("cut short")
                            + "; what is in the table is kept, and the next run goes on");
              }
              publish(voice, database, tuning.rows());
            });
        Watchdog watchdog =
            watchdogOption.watch(command.commandLine().getErr(), overdue -> kept.cutShort())) {
      try (Progress progress =
          Progress.of(command, "tune", tuning.tasks().size(), timeBudgetSeconds)) {
        tuning.run(
            deadlineNanos,
            watchdog,
            line -> {
              progress.say(line);
              if (voice.verbose()) {
                progress.clear();
                remarks.println(line);
                remarks.flush();
              }
            },
            row ->
                progress.step(row.task().kernel().globalId() + " " + row.task().shapes().label()));
      }
      kept.complete();
    }
    return exitCode(tuning.rows());
  }

  private List<SweepOptions.Problem> problems() {
    List<SweepOptions.Problem> problems =
        sweep.problems(command.commandLine().getParseResult(), run.seed());
    if (problems.stream().anyMatch(problem -> problem.shape().storage().deterministic())) {
      throw new IllegalArgumentException(
          "--deterministic runs kernels' own defaults, whatever was tuned, since another tuning"
              + " adds in another order; leave it out");
    }
    return problems;
  }

  /** As a search plans it, without a session: classes are counted once for each kernel. */
  private Plan plan(Backends backends, @Nullable DeviceInfo device, TuningFile database) {
    Set<List<Object>> classes = new LinkedHashSet<>();
    Set<KernelVariant> kernels = new LinkedHashSet<>();
    for (KernelVariant kernel : run.kernels(backends)) {
      DeviceInfo on = backends.deviceFor(kernel, device);
      for (SweepOptions.Problem problem : problems()) {
        AttentionSpec spec = problem.shape().spec();
        if (!kernel.tuningParameters().isEmpty()
            && kernel.supports(spec, on) instanceof Support.Yes) {
          classes.add(List.of(kernel.globalId(), ShapeClass.of(spec, on).label()));
          kernels.add(kernel);
        }
      }
    }
    return new Plan()
        .kernels(List.copyOf(kernels), backends, device)
        .with(
            "classes",
            "%d of kernels and shapes, one after the other%s"
                .formatted(
                    classes.size(),
                    again
                        ? ""
                        : "; those that have a record of this driver and program are left as they are (--again searches them too)"))
        .with("kept in", database.path().toString())
        .takes(
            "at most %s (--time-budget), and the candidate that is under way then; a class takes as long as its candidates are many, which only the search tells. The next run goes on"
                .formatted(Progress.time(timeBudgetSeconds)));
  }

  private void complain(String line) {
    command.commandLine().getErr().println("attn: " + line);
    command.commandLine().getErr().flush();
  }

  /**
   * A wrong candidate is a mistake in the kernel, whoever won; a default that does not build or fit
   * is none, and has codes of its own.
   */
  static int exitCode(List<TuningRun.Row> rows) {
    if (rows.stream().anyMatch(row -> !row.refused().isEmpty())) {
      return ExitCode.CHECK_FAILED;
    }
    List<Evaluation> failures = rows.stream().flatMap(row -> row.failure().stream()).toList();
    if (failures.stream().anyMatch(failure -> failure instanceof Evaluation.BuildFailed)) {
      return ExitCode.BUILD_FAILED;
    }
    if (failures.stream().anyMatch(failure -> failure instanceof Evaluation.OutOfMemory)) {
      return ExitCode.OUT_OF_MEMORY;
    }
    boolean any = rows.stream().anyMatch(row -> row.record().isPresent());
    return any ? ExitCode.OK : ExitCode.NOTHING_TO_DO;
  }

  private static void publish(Voice voice, TuningFile database, List<TuningRun.Row> rows) {
    PrintWriter out = voice.out();
    voice
        .remarks()
        .println(
            Table.of(rows)
                .name("kernel", row -> row.task().kernel().globalId())
                .name("shapes", row -> row.task().shapes().label())
                .name("measured on", row -> row.task().spec().label())
                .text("tuning", row -> row.record().map(TuneCommand::winner).orElse("none"))
                .text("tuned / default", row -> row.record().map(TuneCommand::gain).orElse(""))
                .text(
                    "tried",
                    row ->
                        row.stored()
                            ? "before"
                            : "%d of %d".formatted(row.tried(), row.candidates()))
                .text());
    for (TuningRun.Row row : rows) {
      row.refused().forEach(line -> out.println(voice.badHead(line)));
      if (!row.note().isEmpty()) {
        PrintWriter heard = row.failure().isPresent() ? out : voice.remarks();
        heard.printf(
            "%s, %s: %s%n",
            row.task().kernel().globalId(), row.task().shapes().label(), row.note());
      }
    }
    out.printf(
        "kept in %s; ./attn verify, bench and sparsity use it unless --untuned is given%n",
        database.path());
    out.flush();
  }

  private int list(Backends backends, TuningFile database) {
    PrintWriter out = command.commandLine().getOut();
    List<TuningRecord> records =
        database.records(this::complain).stream().filter(chosen(backends)::apply).toList();
    if (records.isEmpty()) {
      out.printf("no records in %s: ./attn tune makes some%n", database.path());
      out.flush();
      return ExitCode.NOTHING_TO_DO;
    }
    out.println(table(records));
    out.println(database.path());
    out.flush();
    return ExitCode.OK;
  }

  /** A row a record. */
  static String table(List<TuningRecord> records) {
    return Table.of(records)
        .name("kernel", TuningRecord::kernel)
        .name("device", TuningRecord::device)
        .name("driver", TuningRecord::driver)
        .name("shapes", record -> record.shapes().label())
        .text("tuning", TuneCommand::winner)
        .text("tuned / default", TuneCommand::gain)
        .text("measured", TuningRecord::measuredAt)
        .text();
  }

  private int forget(Backends backends, TuningFile database) {
    Function<TuningRecord, Boolean> chosen = chosen(backends);
    int removed = database.forget(chosen::apply, this::complain);
    PrintWriter out = command.commandLine().getOut();
    out.printf("%d record%s of %s removed%n", removed, removed == 1 ? "" : "s", database.path());
    out.flush();
    return removed == 0 ? ExitCode.NOTHING_TO_DO : ExitCode.OK;
  }

  /** Records of the named kernels and device; of all where none is named. */
  private Function<TuningRecord, Boolean> chosen(Backends backends) {
    List<String> kernels =
        run.namesKernels() || !backends.given().isEmpty()
            ? run.kernels(backends).stream().map(KernelVariant::globalId).toList()
            : List.of();
    DeviceInfo device = run.device(backends);
    return record ->
        (kernels.isEmpty() || kernels.contains(record.kernel()))
            && (device == null
                || (record.backend().equals(device.backend())
                    && record.device().equals(device.name())));
  }

  private static String winner(TuningRecord record) {
    return record.beatsDefault() ? record.tuning() : "the default, " + record.tuning();
  }

  private static String gain(TuningRecord record) {
    return record.beatsDefault()
        ? String.format(
            Locale.ROOT,
            "%.3f of the time, at most %.3f (%.3f ms, default %.3f ms)",
            1 / record.speedup(),
            1 / record.speedupLow(),
            record.nanos() / 1e6,
            record.defaultNanos() / 1e6)
        : String.format(Locale.ROOT, "1 (%.3f ms)", record.defaultNanos() / 1e6);
  }
}
