package io.github.attn4j.bench;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.KernelSummary;
import io.github.attn4j.core.report.VerifyCase;
import io.github.attn4j.core.report.VerifyReport;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Runs kernels over cases; the oracle answers each case once for all of them. */
public final class Verification {
  /** Enough to bridge a long case, few enough to hold in memory. */
  private static final int CASES_AHEAD = 4;

  private final Sessions sessions;
  private final List<KernelVariant> kernels;
  private final List<VerifyCase> results = new ArrayList<>();
  private final List<Evaluation> evaluations = new ArrayList<>();

  /** Kernels in the order in which tables show them. */
  public Verification(Sessions sessions, List<KernelVariant> kernels) {
    this.sessions = sessions;
    this.kernels = List.copyOf(kernels);
  }

  /** A case with its data and the oracle's answer. */
  private record Prepared(GridCase gridCase, AttentionInputs inputs, Expected expected) {
    static Prepared of(GridCase gridCase) {
      AttentionInputs inputs = gridCase.inputs();
      return new Prepared(gridCase, inputs, Expected.of(inputs));
    }
  }

  /**
   * Runs every kernel on every case. While the device computes one, another thread asks the oracle
   * about the next few: small cases leave most of the processor idle.
   *
   * @param done told after each case
   */
  public void run(List<GridCase> cases, Consumer<GridCase> done) {
    ExecutorService ahead =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());
    try {
      Deque<Future<Prepared>> prepared = new ArrayDeque<>();
      int next = 0;
      for (int i = 0; i < cases.size(); i++) {
        for (; next < cases.size() && prepared.size() < CASES_AHEAD; next++) {
          GridCase gridCase = cases.get(next);
          prepared.add(ahead.submit(() -> Prepared.of(gridCase)));
        }
        Prepared current = result(prepared.remove());
        run(
            current.gridCase().name(),
            current.gridCase().family().label(),
            current.inputs(),
            current.expected());
        done.accept(current.gridCase());
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
    run(name, input, inputs, Expected.of(inputs));
  }

  private void run(String name, String input, AttentionInputs inputs, Expected expected) {
    for (KernelVariant kernel : kernels) {
      Session session = sessions.of(kernel);
      long start = System.nanoTime();
      Evaluation evaluation = Evaluator.evaluate(session, kernel, inputs, expected);
      evaluations.add(evaluation);
      results.add(
          new VerifyCase(
              kernel.globalId(),
              session.device().name(),
              name,
              inputs.spec().label(),
              input,
              evaluation.label(),
              ratio(evaluation),
              detail(evaluation),
              (System.nanoTime() - start) / 1e9));
    }
  }

  /** Every evaluation so far, in the order of {@link VerifyReport#cases}. */
  public List<Evaluation> evaluations() {
    return List.copyOf(evaluations);
  }

  /** Everything so far. */
  public VerifyReport report(Environment environment) {
    return new VerifyReport(
        1, environment, kernels.stream().map(this::summary).toList(), List.copyOf(results));
  }

  private KernelSummary summary(KernelVariant kernel) {
    int passed = 0;
    int incorrect = 0;
    int unsupported = 0;
    int failed = 0;
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

  private static double ratio(Evaluation evaluation) {
    return switch (evaluation) {
      case Evaluation.Passed passed -> passed.comparison().maxErrorOverBudget();
      case Evaluation.Incorrect incorrect -> incorrect.comparison().maxErrorOverBudget();
      default -> Double.NaN;
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
