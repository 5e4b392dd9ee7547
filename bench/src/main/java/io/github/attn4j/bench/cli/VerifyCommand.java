package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Repeatability;
import io.github.attn4j.bench.Sessions;
import io.github.attn4j.bench.Verification;
import io.github.attn4j.bench.shape.Storage;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.TensorFiles;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.HtmlReport;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.JunitXml;
import io.github.attn4j.core.report.KernelRepeats;
import io.github.attn4j.core.report.KernelSummary;
import io.github.attn4j.core.report.VerifyCase;
import io.github.attn4j.core.report.VerifyMarkdown;
import io.github.attn4j.core.report.VerifyReport;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.FullGrid;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import io.github.attn4j.core.run.TypeGrid;
import io.github.attn4j.core.run.Watchdog;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn verify}: kernels x spec grid x inputs against the float64 oracle. */
@Command(
    name = "verify",
    description =
        "Checks kernels against the float64 reference, over a grid of specs or on your own"
            + " tensors.",
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
  /**
   * What a check takes, with its share of the reference and of the compiler's time: 2216 checks of
   * the quick grid and 180 programs took 82 and 101 s on PoCL, on two cores that others used too.
   */
  private static final double CHECK_SECONDS = 0.04;

  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private RunOptions run;
  @Mixin private KernelFileOptions kernelFiles;
  @Mixin private DataOptions data;
  @Mixin private TuningOptions tuning;
  @Mixin private TypeOptions types;
  @Mixin private RepeatOptions repeat;
  @Mixin private WatchdogOption watchdogOption;
  @Mixin private CaseFileOptions files;
  @Mixin private DryRun dryRun;

  @Option(
      names = "--grid",
      description = "Which grid: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.",
      defaultValue = "QUICK")
  private Grid grid = Grid.QUICK;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Writes kernels' errors and failed cases as a page that needs nothing else.")
  private @Nullable Path html;

  @Option(names = "--markdown", paramLabel = "FILE", description = "Writes the same as Markdown.")
  private @Nullable Path markdown;

  /** A grid by name. */
  enum Grid {
    /** Every feature alone and in combinations that break kernels, in seconds. */
    QUICK {
      @Override
      List<GridCase> cases(long seed) {
        return QuickGrid.cases(seed);
      }
    },

    /**
     * Every dimension with every length, every pair of features: thousands of cases, in minutes.
     */
    FULL {
      @Override
      List<GridCase> cases(long seed) {
        return FullGrid.cases(seed);
      }
    },

    /**
     * Packed sequences, pages of every size, shared prefixes and ragged queries, in every pair of
     * types: hundreds of cases, in minutes.
     */
    CACHE {
      @Override
      List<GridCase> cases(long seed) {
        return CacheGrid.full(seed);
      }

      /** Its packed rows start where the types let them, so that it has cases of each. */
      @Override
      List<GridCase> cases(long seed, Storage pair) {
        return cases(seed).stream()
            .filter(one ->
                one.spec().queryType() == pair.queryType()
                    && one.spec().keyValueType() == pair.keyValueType())
            .toList();
      }
    };

    /** The grid in its own types: float32, but for the cache's. */
    abstract List<GridCase> cases(long seed);

    /** The grid in a pair of types. */
    List<GridCase> cases(long seed, Storage pair) {
      return TypeGrid.of(cases(seed), pair.queryType(), pair.keyValueType());
    }
  }

  @Override
  public Integer call() {
    Voice voice = Voice.of(command);
    PrintWriter remarks = voice.remarks();
    Backends backends = kernelFiles.addTo(attn.backends(), remarks);
    List<KernelVariant> kernels = run.kernels(backends);
    List<AttentionInputs> own = own();
    int repeatRuns = repeat.runs(own.isEmpty() && !data.ownMask());
    // Before any device is opened: a mask that makes no sense ends the command here.
    List<GridCase> cases = own.isEmpty() ? cases() : List.of();
    if (data.output() != null && kernels.size() != 1) {
      throw new IllegalArgumentException(
          "--save-output needs one kernel, but %d are chosen: name one with --kernel"
              .formatted(kernels.size()));
    }
    if (data.output() != null && own.size() != 1) {
      throw new IllegalArgumentException(
          "--save-output needs one pair of types, but --dtype and --kv-dtype make %d: name one"
              .formatted(own.size()));
    }
    if (dryRun.asked()) {
      return dryRun.print(plan(kernels, backends, cases.size() + own.size(), repeatRuns));
    }
    if (data.ownMask()) {
      VisiblePairs.lines(data.maskCases(run.seed())).forEach(remarks::println);
      remarks.flush();
    }
    own.stream().limit(1).flatMap(one -> NonFinite.lines(one).stream()).forEach(remarks::println);
    // Asked before the run: a device that is lost on the way can no longer be asked.
    Environment environment =
        Environment.capture(backends.devices(), RepeatedCommand.of(command), run.seed());
    files.requireWritable();
    Arrays.asList(html, markdown, data.output()).forEach(CaseFileOptions::requireWritable);
    ResultFiles written = new ResultFiles();
    long start = System.nanoTime();
    try (Sessions sessions =
        new Sessions(
            backends,
            run.device(backends),
            tuning.chooser(backends, kernels, command.commandLine().getErr()))) {
      AtomicReference<@Nullable Verification> running = new AtomicReference<>();
      AtomicReference<@Nullable Repeatability> repeating = new AtomicReference<>();
      try (PublishOnce kept =
              new PublishOnce(complete -> {
                Verification found = running.get();
                if (found != null && (complete || found.any())) {
                  write(
                      print(
                          voice,
                          found,
                          repeating.get(),
                          environment,
                          start,
                          sessions,
                          backends,
                          complete),
                      written);
                  if (!complete) {
                    written.requireAllWritten();
                  }
                }
              });
          Watchdog watchdog =
              watchdogOption.watch(
                  command.commandLine().getErr(),
                  overdue -> {
                    Verification found = running.get();
                    if (found != null) {
                      found.neverEnded(overdue.seconds());
                    }
                    Repeatability again = repeating.get();
                    if (again != null) {
                      again.neverEnded(overdue.seconds());
                    }
                    kept.cutShort();
                  })) {
        Verification verification = new Verification(sessions, kernels, watchdog);
        running.set(verification);
        runGrid(verification, cases);
        runOwn(verification, own);
        Repeatability repeats = null;
        if (repeatRuns > 0 && verification.lost() == null) {
          repeats = new Repeatability(sessions, repeatRuns, watchdog);
          repeating.set(repeats);
          repeat(repeats, kernels.stream().filter(k -> !verification.neverBuilt(k)).toList());
        }
        kept.complete();
        VerifyCase lost = verification.lost();
        if (lost == null && data.output() != null) {
          watchdog.step(kernels.getFirst().globalId() + ", launched once more to be saved");
          Evaluation only = verification.evaluations().getFirst();
          try {
            written.write(
                data.output(),
                file -> save(file, sessions, kernels.getFirst(), own.getFirst(), only));
          } catch (RuntimeException e) {
            written.tell(command.commandLine().getErr());
            throw e;
          }
        }
        int code =
            lost == null
                ? exitCode(verification.evaluations(), repeats)
                : lost(lost, verification.evaluations());
        written.requireAllWritten();
        return code;
      }
    }
  }

  private VerifyReport print(
      Voice voice,
      Verification verification,
      @Nullable Repeatability repeats,
      Environment environment,
      long start,
      Sessions sessions,
      Backends backends,
      boolean complete) {
    VerifyReport report =
        verification.report(environment).withRepeats(repeats == null ? List.of() : repeats.rows());
    List<Evaluation> evaluations = verification.evaluations();
    PrintWriter out = voice.out();
    print(voice, report);
    AccuracyTable.print(voice, report);
    WayOut.lines(report).forEach(out::println);
    out.printf(
        "%s%d cases, %d checks in %.1f s, %s; %d programs given to the compiler, the others came"
            + " from the cache%n",
        complete ? "" : voice.caution("cut short; what was found before is kept: "),
        evaluations.size() / verification.kernels(),
        evaluations.size(),
        (System.nanoTime() - start) / 1e9,
        failed(voice, report),
        sessions.programsCompiled());
    backends
        .missing()
        .forEach(line -> voice.remarks().println(voice.caution("not found:") + " " + line));
    out.flush();
    return report;
  }

  private void write(VerifyReport report, ResultFiles written) {
    written.write(files.json(), file -> JsonReport.write(file, report));
    written.write(files.junit(), file -> JunitXml.write(file, report));
    written.write(html, file -> HtmlReport.write(file, report));
    written.write(markdown, file -> VerifyMarkdown.write(file, report));
  }

  /** Bits that differ where equal ones were promised count as a wrong result. */
  private int exitCode(List<Evaluation> evaluations, @Nullable Repeatability repeats) {
    if (repeats == null) {
      return exitCode(evaluations);
    }
    int code = exitCode(Stream.concat(evaluations.stream(), repeats.failures().stream()).toList());
    if (code == ExitCode.CHECK_FAILED
        || repeats.rows().stream().anyMatch(KernelRepeats::brokeItsWord)) {
      return ExitCode.CHECK_FAILED;
    }
    if (repeats.lost() != null) {
      command
          .commandLine()
          .getErr()
          .printf(
              "attn: the device was lost while kernels were launched again: %s%n", repeats.lost());
      return ExitCode.UNAVAILABLE;
    }
    return code;
  }

  /** A wrong result found before the loss counts for more than the loss. */
  private int lost(VerifyCase lost, List<Evaluation> before) {
    PrintWriter err = command.commandLine().getErr();
    err.printf("attn: %s, %s%n", lost.device(), lost.detail());
    err.flush();
    int code = exitCode(before);
    return code == ExitCode.CHECK_FAILED ? code : ExitCode.UNAVAILABLE;
  }

  /** The user's tensors or the model's, in each pair of types; none where a grid is to run. */
  private List<AttentionInputs> own() {
    AttentionInputs given = data.inputs();
    return given == null
        ? List.of()
        : types.storages().stream()
            .map(pair ->
                new AttentionInputs(
                    given.spec().toBuilder()
                        .queryType(pair.queryType())
                        .keyValueType(pair.keyValueType())
                        .build(),
                    given.description(),
                    given.q(),
                    given.k(),
                    given.v()))
            .toList();
  }

  private List<GridCase> cases() {
    if (!data.ownMask()) {
      data.refuseMaskShapes();
      return types.given()
          ? types.storages().stream()
              .flatMap(pair -> grid.cases(run.seed(), pair).stream())
              .toList()
          : grid.cases(run.seed());
    }
    if (command.commandLine().getParseResult().hasMatchedOption("--grid")) {
      throw new IllegalArgumentException(
          "--grid brings its own masks, which --mask and --score replace; leave one of them out");
    }
    List<GridCase> cases = data.maskCases(run.seed());
    return types.storages().stream()
        .flatMap(pair -> TypeGrid.of(cases, pair.queryType(), pair.keyValueType()).stream())
        .toList();
  }

  private void runGrid(Verification verification, List<GridCase> cases) {
    if (cases.isEmpty()) {
      return;
    }
    try (Progress progress = Progress.of(command, "verify", cases.size())) {
      verification.run(cases, gridCase -> progress.step(gridCase.name()));
    }
  }

  private void runOwn(Verification verification, List<AttentionInputs> own) {
    if (own.isEmpty()) {
      return;
    }
    try (Progress progress = Progress.of(command, "verify", own.size())) {
      for (AttentionInputs inputs : own) {
        progress.say(inputs.spec().label());
        verification.run(data.caseName(), inputs.description(), inputs);
        progress.step(inputs.spec().label());
      }
    }
  }

  private void repeat(Repeatability repeats, List<KernelVariant> kernels) {
    try (Progress progress = Progress.of(command, "verify, launched again", kernels.size())) {
      for (KernelVariant kernel : kernels) {
        progress.say(kernel.globalId());
        repeats.run(kernel);
        progress.step(kernel.globalId());
      }
    }
  }

  private Plan plan(List<KernelVariant> kernels, Backends backends, int cases, int repeatRuns) {
    long checks = (long) cases * kernels.size();
    return new Plan()
        .kernels(kernels, backends, run.device(backends))
        .with(
            "cases",
            "%,d, each on every kernel: %,d checks against the float64 reference%s"
                .formatted(
                    cases,
                    checks,
                    repeatRuns == 0
                        ? ""
                        : "; then each kernel %d times on the same inputs".formatted(repeatRuns)))
        .takes(
            "about %s: %.2f s a check, the compiler's time included, as seen in the quick grid on two busy cores of a CPU%s. Other devices and larger problems differ by far"
                .formatted(
                    Progress.time(checks * CHECK_SECONDS),
                    CHECK_SECONDS,
                    repeatRuns == 0 ? "" : "; launching again comes on top"));
  }

  /** In the summary, how many. */
  private static String failed(Voice voice, VerifyReport report) {
    long failed =
        report.kernels().stream().mapToLong(kernel -> kernel.incorrect() + kernel.failed()).sum()
            + report.repeats().stream().filter(KernelRepeats::failed).count();
    return failed == 0 ? voice.good("none failed") : voice.bad(failed + " failed");
  }

  /** Saves what the kernel computes, if it was right; a second launch is checked like the first. */
  private void save(
      Path file,
      Sessions sessions,
      KernelVariant kernel,
      AttentionInputs inputs,
      Evaluation evaluation) {
    if (!(evaluation instanceof Evaluation.Passed)) {
      command
          .commandLine()
          .getErr()
          .printf("attn: %s is not written: %s%n", file, evaluation.label());
      return;
    }
    Session session = sessions.of(kernel);
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      prepared.run();
      AttentionOutput output = prepared.read();
      if (!Expected.of(inputs).compare(output).passed()) {
        throw new BackendException.LaunchFailed(
            "%s was right and then wrong on the same inputs; %s is not written"
                .formatted(kernel.globalId(), file));
      }
      TensorFiles.saveOutput(file, inputs.spec(), output.o());
    }
  }

  private static void print(Voice voice, VerifyReport report) {
    voice.remarks().println(table(report.kernels()));
    Map<String, Long> unsupported =
        report.cases().stream()
            .filter(c -> c.status().equals("unsupported"))
            .collect(
                Collectors.groupingBy(
                    c -> c.kernel() + ": " + c.detail(), TreeMap::new, Collectors.counting()));
    unsupported.forEach(
        (reason, cases) -> voice.remarks().printf("unsupported, %d cases, %s%n", cases, reason));
    FailedCases.print(voice, report);
  }

  /** A row a kernel. */
  static String table(List<KernelSummary> kernels) {
    return Table.of(kernels)
        .name("kernel", KernelSummary::kernel)
        .figure("cases", kernel -> String.valueOf(kernel.cases()))
        .figure("passed", kernel -> String.valueOf(kernel.passed()))
        .figure("incorrect", kernel -> String.valueOf(kernel.incorrect()))
        .figure("unsupported", kernel -> String.valueOf(kernel.unsupported()))
        .figure("failed", kernel -> String.valueOf(kernel.failed()))
        .figure("max error / budget", kernel -> "%.3f".formatted(kernel.maxErrorOverBudget()))
        .text();
  }

  /** The gravest of what happened; a wrong result before all else. */
  static int exitCode(List<Evaluation> evaluations) {
    if (evaluations.stream()
        .anyMatch(e -> e instanceof Evaluation.Incorrect || e instanceof Evaluation.LaunchFailed)) {
      return ExitCode.CHECK_FAILED;
    }
    if (evaluations.stream().anyMatch(e -> e instanceof Evaluation.BuildFailed)) {
      return ExitCode.BUILD_FAILED;
    }
    if (evaluations.stream().anyMatch(e -> e instanceof Evaluation.OutOfMemory)) {
      return ExitCode.OUT_OF_MEMORY;
    }
    boolean anyPassed = evaluations.stream().anyMatch(e -> e instanceof Evaluation.Passed);
    return anyPassed ? ExitCode.OK : ExitCode.NOTHING_TO_DO;
  }
}
