package io.github.attn4j.bench.conform;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.ErrorBudget;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.check.ExpectedScores;
import io.github.attn4j.core.input.Tensors;
import io.github.attn4j.core.reference.ReferenceResult;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.model.onnx.OnnxTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the outputs of a case must be, computed once for all kernels: the oracle's answer with the
 * budget of a kernel, and how the standard's own expected values stand to it.
 *
 * <p>A case is passed when both are right: the kernel is within its derived budget of the oracle,
 * and so is the file. So the kernel is held to the tight budget, and what the case means is held to
 * the standard. The file's budget is the kernel's, and where its tensors or its softmax are of less
 * than float32 {@value ErrorBudget#C} of that type's unit roundoffs of the row's condition more,
 * since the standard rounds every intermediate result to it, and our kernels none.
 */
final class ExpectedCase {
  private static final double RELATIVE = 1e-3;
  private static final double ABSOLUTE = 1e-7;

  private final AttentionCase problem;
  private final Expected expected;
  private final Map<String, Comparison> files = new TreeMap<>();
  private final List<CaseOutput> oracle = new ArrayList<>();
  private final List<ExpectedScores> scores; // one, or none

  /** Asks the oracle. */
  ExpectedCase(AttentionCase problem) {
    this.problem = problem;
    this.expected = Expected.of(problem.inputs());
    AttentionSpec spec = problem.spec();
    ElementType type = spec.queryType();
    float[] y = new float[expected.reference().o().length];
    for (int at = 0; at < y.length; at++) {
      y[at] = type.round((float) expected.reference().o()[at]);
    }
    oracle.add(
        new CaseOutput(
            StandardCase.Y,
            "oracle",
            Tensors.scatter(
                y,
                spec.o(),
                spec.batch(),
                spec.queryHeads(),
                spec.queryLength(),
                spec.valueDim())));
    files.put(StandardCase.Y, ofFile().compareOutput(file(StandardCase.Y)));
    cache(StandardCase.PRESENT_KEY, true);
    cache(StandardCase.PRESENT_VALUE, false);
    if (!problem.wantsScores()) {
      scores = List.of();
      return;
    }
    var inputs = problem.scoredInputs();
    ExpectedScores ofKernel = ExpectedScores.of(inputs, problem.scoreStage(), type);
    scores = List.of(ofKernel);
    oracle.add(new CaseOutput(StandardCase.SCORES, "oracle", ofKernel.values()));
    files.put(
        StandardCase.SCORES,
        ExpectedScores.of(inputs, problem.scoreStage(), type, problem.coarseRoundoff())
            .compare(StandardCase.SCORES, file(StandardCase.SCORES)));
  }

  /** With the budget of the file's Y. */
  private Expected ofFile() {
    ReferenceResult reference = expected.reference();
    double[] budgets = expected.budget().output().clone();
    double unit = ErrorBudget.C * problem.coarseRoundoff();
    for (int row = 0; row < budgets.length; row++) {
      budgets[row] += unit * reference.outputCondition()[row];
    }
    return new Expected(
        problem.spec(),
        reference,
        new ErrorBudget(budgets, expected.budget().lse(), expected.budget().plainOutput()));
  }

  private void cache(String name, boolean keys) {
    if (problem.standard().outputs().containsKey(name)) {
      AttentionSpec spec = problem.spec();
      float[] joined =
          Tensors.gather(
              keys ? problem.inputs().k() : problem.inputs().v(),
              keys ? spec.k() : spec.v(),
              spec.batch(),
              spec.kvHeads(),
              spec.kvLength(),
              keys ? spec.headDim() : spec.valueDim());
      oracle.add(new CaseOutput(name, "oracle", joined));
      files.put(name, equal(name, joined, file(name)));
    }
  }

  /** What the oracle makes of the case. */
  CaseRun.Result oracle() {
    float[] lse = new float[problem.spec().rows()];
    for (int row = 0; row < lse.length; row++) {
      lse[row] = (float) expected.reference().lse()[row];
    }
    return new CaseRun.Result(new AttentionOutput(oracle.getFirst().values(), lse), oracle);
  }

  /** Holds what was computed against oracle and file. */
  List<OutputCheck> check(CaseRun.Result result) {
    List<OutputCheck> checks = new ArrayList<>();
    for (String name : problem.standard().outputs().keySet()) {
      CaseOutput output =
          result.outputs().stream()
              .filter(candidate -> candidate.name().equals(name))
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("nobody computed " + name));
      Comparison ours =
          switch (name) {
            case StandardCase.Y -> expected.compare(result.output());
            case StandardCase.SCORES -> scores.getFirst().compare(name, output.values());
            default -> equal(name, file(name), output.values());
          };
      checks.add(
          new OutputCheck(
              name,
              output.producer(),
              ours,
              files.getOrDefault(name, new Comparison(0, 0, 0, null)),
              shareOfStandard(file(name), output.values())));
    }
    return checks;
  }

  /** A cache is copied, so that it is equal in every element; NaN to NaN. */
  private Comparison equal(String name, float[] expectedValues, float[] actual) {
    long failed = 0;
    Comparison.WorstElement worst = null;
    AttentionSpec spec = problem.spec();
    int columns = name.equals(StandardCase.PRESENT_KEY) ? spec.headDim() : spec.valueDim();
    for (int at = 0; at < expectedValues.length; at++) {
      boolean same =
          expectedValues[at] == actual[at]
              || (Float.isNaN(expectedValues[at]) && Float.isNaN(actual[at]));
      if (!same) {
        failed++;
        if (worst == null) {
          worst =
              Comparison.WorstElement.of(
                  name,
                  at,
                  spec.kvHeads(),
                  spec.kvLength(),
                  columns,
                  expectedValues[at],
                  actual[at],
                  0);
        }
      }
    }
    return new Comparison(
        expectedValues.length, failed, failed == 0 ? 0 : Double.POSITIVE_INFINITY, worst);
  }

  private float[] file(String name) {
    OnnxTensor tensor = problem.standard().outputs().get(name);
    if (tensor == null) {
      throw new IllegalStateException("the case expects no " + name);
    }
    return tensor.floats();
  }

  /**
   * The largest difference as a share of what the standard's own runner allows: {@value #ABSOLUTE}
   * + {@value #RELATIVE} |expected|; NaN equal to NaN, infinities to themselves.
   */
  static double shareOfStandard(float[] expectedValues, float[] actual) {
    double largest = 0;
    for (int at = 0; at < expectedValues.length; at++) {
      double wanted = expectedValues[at];
      double given = actual[at];
      if (wanted == given || (Double.isNaN(wanted) && Double.isNaN(given))) {
        continue;
      }
      double share = Math.abs(given - wanted) / (ABSOLUTE + RELATIVE * Math.abs(wanted));
      // NaN, and inf / inf
      largest = Double.isNaN(share) ? Double.POSITIVE_INFINITY : Math.max(largest, share);
    }
    return largest;
  }
}
