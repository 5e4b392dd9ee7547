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
import java.util.ArrayList;
import java.util.List;

/** Runs kernels over cases; the oracle answers each case once for all of them. */
public final class Verification {
  private final Sessions sessions;
  private final List<KernelVariant> kernels;
  private final List<VerifyCase> results = new ArrayList<>();
  private final List<Evaluation> evaluations = new ArrayList<>();

  /** Kernels in the order in which tables show them. */
  public Verification(Sessions sessions, List<KernelVariant> kernels) {
    this.sessions = sessions;
    this.kernels = List.copyOf(kernels);
  }

  /** Runs every kernel on one case of a grid. */
  public void run(GridCase gridCase) {
    run(gridCase.name(), gridCase.family().label(), gridCase.inputs());
  }

  /** Runs every kernel on inputs of any origin. */
  public void run(String name, String input, AttentionInputs inputs) {
    Expected expected = Expected.of(inputs);
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
