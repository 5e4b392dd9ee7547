package io.github.attn4j.bench;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.KernelAccuracy;
import io.github.attn4j.core.report.KernelSummary;
import io.github.attn4j.core.report.VerifyCase;
import io.github.attn4j.core.report.VerifyReport;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs kernels over cases; the oracle answers each case once for all of them. A device that is lost
 * on the way ends the run; what was found before stays.
 */
public final class Verification {
  /** Stands where {@link Evaluation#label} would. */
  static final String DEVICE_LOST = "DEVICE LOST";

  /** The same of a check that the watchdog cut short. */
  static final String NEVER_ENDED = "NEVER ENDED";

  /** Enough to bridge a long case, few enough to hold in memory. */
  private static final int CASES_AHEAD = 4;

  private final Sessions sessions;
  private final List<KernelVariant> kernels;
  private final Watchdog watchdog;
  private final List<VerifyCase> results = new ArrayList<>();
  private final List<Evaluation> evaluations = new ArrayList<>();
  private int casesPlanned;
  private @Nullable VerifyCase lost;
  private @Nullable VerifyCase hanging;
  private @Nullable UnderWay underWay;

  /** Kernels in the order in which tables show them. */
  public Verification(Sessions sessions, List<KernelVariant> kernels) {
    this(sessions, kernels, Watchdog.OFF);
  }

  /**
   * The same under watch.
   *
   * @param watchdog told of each check; whoever hears its alarm calls {@link #neverEnded}
   */
  public Verification(Sessions sessions, List<KernelVariant> kernels, Watchdog watchdog) {
    this.sessions = sessions;
    this.kernels = List.copyOf(kernels);
    this.watchdog = watchdog;
  }

  /** The check that runs now. */
  private record UnderWay(
      Prepared problem, KernelVariant kernel, Session session, Tuning tuning, long start) {}

  /** A case with its data and the oracle's answer. */
  private record Prepared(String name, String input, AttentionInputs inputs, Expected expected) {
    static Prepared of(GridCase gridCase) {
      return of(gridCase.name(), gridCase.family().label(), gridCase.inputs());
    }

    static Prepared of(String name, String input, AttentionInputs inputs) {
      return new Prepared(name, input, inputs, Expected.of(inputs));
    }
  }

  /**
   * Runs every kernel on every case. While the device computes one, another thread asks the oracle
   * about the next few: small cases leave most of the processor idle.
   *
   * @param done told after each case
   */
  public void run(List<GridCase> cases, Consumer<GridCase> done) {
    casesPlanned += cases.size();
    ExecutorService ahead =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
    try {
      Deque<Future<Prepared>> prepared = new ArrayDeque<>();
      int next = 0;
      for (int i = 0; i < cases.size() && lost == null; i++) {
        for (; next < cases.size() && prepared.size() < CASES_AHEAD; next++) {
          GridCase gridCase = cases.get(next);
          prepared.add(ahead.submit(() -> Prepared.of(gridCase)));
        }
        run(result(prepared.remove()));
        done.accept(cases.get(i));
      }
    } finally {
      ahead.shutdownNow();
    }
  }

  private static <T> T result(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the oracle computed", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the oracle failed", e.getCause());
    }
  }

  /** Runs every kernel on inputs of any origin. */
  public void run(String name, String input, AttentionInputs inputs) {
    casesPlanned++;
    if (lost == null) {
      run(Prepared.of(name, input, inputs));
    }
  }

  private void run(Prepared problem) {
    for (KernelVariant kernel : kernels) {
      Session session = sessions.of(kernel);
      long start = System.nanoTime();
      Tuning tuning = Tuning.NONE;
      try {
        // May hold a stored tuning to its gate, on the device.
        begin(new UnderWay(problem, kernel, session, tuning, start), "the check of its tuning for");
        tuning = tuning(session, kernel, problem.inputs().spec());
        begin(new UnderWay(problem, kernel, session, tuning, start), "");
        Evaluation evaluation =
            Evaluator.evaluate(session, kernel, tuning, problem.inputs(), problem.expected());
        watchdog.rest(); // before the result counts: too late is too late
        add(
            evaluation,
            row(
                problem,
                kernel,
                session,
                tuning,
                evaluation.label(),
                comparison(evaluation),
                detail(evaluation),
                start));
      } catch (BackendException.Unavailable e) {
        closeLost(session, e);
        String detail =
            "the device was lost after %d of %d cases: %s"
                .formatted(evaluations.size() / kernels.size(), casesPlanned, e.description());
        synchronized (this) {
          lost = row(problem, kernel, session, tuning, DEVICE_LOST, null, detail, start);
        }
        return;
      } finally {
        watchdog.rest();
        synchronized (this) {
          underWay = null; // what hangs from now on is no case
        }
      }
    }
  }

  private void begin(UnderWay check, String part) {
    synchronized (this) {
      underWay = check;
    }
    watchdog.step(
        "%s on %s, %s%s (%s, %s)"
            .formatted(
                check.kernel().globalId(),
                check.session().device().name(),
                part.isEmpty() ? "" : part + " ",
                check.problem().name(),
                check.problem().inputs().spec().wholeLabel(),
                check.problem().input()));
  }

  private synchronized void add(Evaluation evaluation, VerifyCase row) {
    evaluations.add(evaluation);
    results.add(row);
  }

  /**
   * Counts the check under way as one that never ended. The thread that runs it does not come back.
   *
   * @param limitSeconds that it was given
   */
  public synchronized void neverEnded(double limitSeconds) {
    UnderWay check = underWay;
    if (check != null) {
      hanging =
          row(
              check.problem(),
              check.kernel(),
              check.session(),
              check.tuning(),
              NEVER_ENDED,
              null,
              "it took longer than %s s (--watchdog) after %d of %d cases"
                  .formatted(
                      seconds(limitSeconds), evaluations.size() / kernels.size(), casesPlanned),
              check.start());
    }
  }

  static String seconds(double seconds) {
    return seconds == Math.rint(seconds) ? "%.0f".formatted(seconds) : String.valueOf(seconds);
  }

  /** What the session chooses; nothing where the kernel cannot compute this however tuned. */
  private static Tuning tuning(Session session, KernelVariant kernel, AttentionSpec spec) {
    return kernel.supports(spec, session.device()) instanceof Support.Yes
        ? session.tunings().of(kernel, spec, session.device())
        : Tuning.NONE;
  }

  private static VerifyCase row(
      Prepared problem,
      KernelVariant kernel,
      Session session,
      Tuning tuning,
      String status,
      @Nullable Comparison comparison,
      String detail,
      long start) {
    return new VerifyCase(
        kernel.globalId(),
        session.device().name(),
        problem.name(),
        problem.inputs().spec().wholeLabel(),
        problem.inputs().spec().queryType().label(),
        problem.inputs().spec().keyValueType().label(),
        tuning.label(),
        problem.input(),
        status,
        comparison == null ? Double.NaN : comparison.maxErrorOverBudget(),
        comparison == null ? Double.NaN : comparison.accuracy().errorOverPlain(),
        comparison == null || comparison.accuracy().output().measured() == 0
            ? Double.NaN
            : comparison.accuracy().output().largest(),
        detail,
        (System.nanoTime() - start) / 1e9);
  }

  /** A driver may refuse to free what went with its device; that must not hide why it went. */
  private static void closeLost(Session session, BackendException.Unavailable cause) {
    try {
      session.close();
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  /** Whether there is anything to report. */
  public synchronized boolean any() {
    return !evaluations.isEmpty() || lost != null || hanging != null;
  }

  /** How many kernels run each case. */
  public int kernels() {
    return kernels.size();
  }

  /** The check that the loss of a device cut short, the last one run; null while all is well. */
  public @Nullable VerifyCase lost() {
    return lost;
  }

  /**
   * Every evaluation so far, in the order of {@link VerifyReport#cases}; a lost device yields none.
   */
  public synchronized List<Evaluation> evaluations() {
    return List.copyOf(evaluations);
  }

  /** Whether a kernel was asked something and none of its programs built. */
  public synchronized boolean neverBuilt(KernelVariant kernel) {
    boolean built = false;
    boolean failed = false;
    for (int i = 0; i < results.size(); i++) {
      if (results.get(i).kernel().equals(kernel.globalId())) {
        failed |= evaluations.get(i) instanceof Evaluation.BuildFailed;
        built |=
            !(evaluations.get(i) instanceof Evaluation.BuildFailed
                || evaluations.get(i) instanceof Evaluation.Unsupported);
      }
    }
    return failed && !built;
  }

  /** Everything so far, what was cut short at the end. Called from other threads too. */
  public synchronized VerifyReport report(Environment environment) {
    List<VerifyCase> cases = new ArrayList<>(results);
    if (lost != null) {
      cases.add(lost);
    }
    if (hanging != null) {
      cases.add(hanging);
    }
    return new VerifyReport(
        VerifyReport.SCHEMA_VERSION,
        environment,
        kernels.stream().map(this::summary).toList(),
        cases,
        accuracy(),
        List.of());
  }

  /** Kernel by kernel, and type by type in the order of the cases. */
  private List<KernelAccuracy> accuracy() {
    List<KernelAccuracy> rows = new ArrayList<>();
    for (KernelVariant kernel : kernels) {
      Map<String, List<Comparison>> byType = new LinkedHashMap<>();
      for (int i = 0; i < results.size(); i++) {
        Comparison comparison = comparison(evaluations.get(i));
        if (comparison != null && results.get(i).kernel().equals(kernel.globalId())) {
          byType
              .computeIfAbsent(results.get(i).dtype(), dtype -> new ArrayList<>())
              .add(comparison);
        }
      }
      byType.forEach((dtype, all) -> rows.add(KernelAccuracy.of(kernel.globalId(), dtype, all)));
    }
    return rows;
  }

  private KernelSummary summary(KernelVariant kernel) {
    int passed = 0;
    int incorrect = 0;
    int unsupported = 0;
    int failed = 0;
    for (VerifyCase cut : Arrays.asList(lost, hanging)) {
      failed += cut != null && cut.kernel().equals(kernel.globalId()) ? 1 : 0;
    }
    double worst = 0;
    for (int i = 0; i < results.size(); i++) {
      if (results.get(i).kernel().equals(kernel.globalId())) {
        switch (evaluations.get(i)) {
          case Evaluation.Passed e -> passed++;
          case Evaluation.Incorrect e -> incorrect++;
          case Evaluation.Unsupported e -> unsupported++;
          case Evaluation.BuildFailed e -> failed++;
          case Evaluation.LaunchFailed e -> failed++;
          case Evaluation.OutOfMemory e -> failed++;
        }
        double ratio = results.get(i).maxErrorOverBudget();
        worst = Double.isNaN(ratio) ? worst : Math.max(worst, ratio);
      }
    }
    return new KernelSummary(
        kernel.globalId(),
        passed + incorrect + unsupported + failed,
        passed,
        incorrect,
        unsupported,
        failed,
        worst);
  }

  private static @Nullable Comparison comparison(Evaluation evaluation) {
    return switch (evaluation) {
      case Evaluation.Passed passed -> passed.comparison();
      case Evaluation.Incorrect incorrect -> incorrect.comparison();
      default -> null;
    };
  }

  /** What a person needs to know about an evaluation; empty when it passed. */
  public static String detail(Evaluation evaluation) {
    return switch (evaluation) {
      case Evaluation.Passed passed -> "";
      case Evaluation.Incorrect incorrect ->
          "%d of %d elements wrong; worst: %s"
              .formatted(
                  incorrect.comparison().failedElements(),
                  incorrect.comparison().checkedElements(),
                  incorrect.comparison().worst() == null
                      ? "nothing was compared"
                      : incorrect.comparison().worst().describe());
      case Evaluation.Unsupported unsupported -> unsupported.reason();
      case Evaluation.BuildFailed failed -> failed.log();
      case Evaluation.LaunchFailed failed -> failed.status();
      case Evaluation.OutOfMemory outOfMemory -> outOfMemory.what();
    };
  }
}
