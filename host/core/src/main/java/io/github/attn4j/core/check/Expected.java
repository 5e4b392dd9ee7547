package io.github.attn4j.core.check;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.reference.PlainAttention;
import io.github.attn4j.core.reference.ReferenceAttention;
import io.github.attn4j.core.reference.ReferenceResult;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import org.jspecify.annotations.Nullable;

/**
 * What a kernel must produce for one set of inputs, and how far off it may be. Computed once,
 * compared with many kernels.
 *
 * @param spec the problem
 * @param reference the oracle's rows
 * @param budget what each may miss by
 */
public record Expected(AttentionSpec spec, ReferenceResult reference, ErrorBudget budget) {

  /** Runs the oracle and the plain version over a sample of rows. */
  public static Expected of(AttentionInputs inputs, RowSample sample) {
    ReferenceResult reference = ReferenceAttention.compute(inputs, sample);
    PlainAttention.Result plain = PlainAttention.compute(inputs, sample);
    return new Expected(
        inputs.spec(), reference, ErrorBudget.derive(inputs.spec(), reference, plain));
  }

  /** Over all rows. */
  public static Expected of(AttentionInputs inputs) {
    return of(inputs, RowSample.all(inputs.spec()));
  }

  /** Holds an output against this. */
  public Comparison compare(AttentionOutput output) {
    return compare(output.o(), output.lse());
  }

  /** Holds O alone against this: other projects' attention keeps its LSE to itself. */
  public Comparison compareOutput(float[] o) {
    return compare(o, null);
  }

  private Comparison compare(float[] o, float @Nullable [] lse) {
    Tally tally = new Tally(spec.queryType());
    int[] rows = reference.sample().rows();
    for (int slot = 0; slot < rows.length; slot++) {
      if (!budget.demands(slot)) {
        tally.skip(spec.valueDim(), lse != null);
        continue;
      }
      int i = rows[slot] % spec.queryLength();
      int head = rows[slot] / spec.queryLength();
      int b = head / spec.queryHeads();
      int h = head % spec.queryHeads();
      int outputRow = spec.outputRow(b, h, i);
      tally.plainMaxError = Math.max(tally.plainMaxError, budget.plainOutput()[slot]);
      for (int d = 0; d < spec.valueDim(); d++) {
        tally.add(
            "O",
            b,
            h,
            i,
            d,
            reference.o()[slot * spec.valueDim() + d],
            o[outputRow + d],
            budget.output()[slot],
            reference.outputMagnitude()[slot]);
      }
      if (lse != null) {
        tally.add(
            "LSE",
            b,
            h,
            i,
            -1,
            reference.lse()[slot],
            lse[rows[slot]],
            budget.lse()[slot],
            reference.lseCondition()[slot]);
      }
    }
    return tally.result();
  }

  /** Counts, and remembers the worst. */
  private static final class Tally {
    private long checked;
    private long failed;
    private long undecided;
    private double worstRatio = -1;
    private Comparison.@Nullable WorstElement worst;
    private double maxError;
    private double plainMaxError;
    private final ElementType outputType;
    private final UlpHistogram.Counter outputUlps;
    private final UlpHistogram.Counter lseUlps = new UlpHistogram.Counter(ElementType.F32);

    Tally(ElementType outputType) {
      this.outputType = outputType;
      this.outputUlps = new UlpHistogram.Counter(outputType);
    }

    void skip(int columns, boolean withLse) {
      undecided++;
      outputUlps.addUndecided(columns);
      lseUlps.addUndecided(withLse ? 1 : 0);
    }

    void add(
        String tensor,
        int b,
        int h,
        int q,
        int d,
        double expected,
        double actual,
        double budget,
        double magnitude) {
      if (d < 0) {
        lseUlps.add(expected, actual, magnitude);
      } else {
        outputUlps.add(expected, actual, magnitude);
        double error = Math.abs(actual - expected);
        maxError = Double.isFinite(error) ? Math.max(maxError, error) : maxError;
      }
      double ratio = ratio(expected, actual, budget, d < 0);
      checked++;
      if (!(ratio <= 1)) { // also true of NaN
        failed++;
      }
      if (!(ratio <= worstRatio)) {
        worstRatio = ratio;
        worst = new Comparison.WorstElement(tensor, b, h, q, d, expected, actual, budget);
      }
    }

    private double ratio(double expected, double actual, double budget, boolean isLse) {
      if (!Double.isFinite(expected)) {
        // An empty row's LSE is -inf and nothing else; elsewhere NaN and infinity may stand for
        // each other, since inf - inf and 0 * inf depend on the order of summation.
        boolean emptyRow = isLse && expected == Double.NEGATIVE_INFINITY;
        boolean right = emptyRow ? actual == expected : !Double.isFinite(actual);
        return right ? 0 : Double.POSITIVE_INFINITY;
      }
      if (!Double.isFinite(actual)) {
        // Whatever rounds to an infinity has become it: right if such a number is within budget.
        double nearest = Math.copySign(outputType.overflowsFrom(), actual);
        double beyond = Math.abs(expected) >= Math.abs(nearest) ? 0 : Math.abs(nearest - expected);
        boolean overflows =
            !isLse && Double.isInfinite(actual) && expected * actual > 0 && beyond <= budget;
        return overflows ? beyond / budget : Double.POSITIVE_INFINITY;
      }
      double error = Math.abs(actual - expected);
      return error == 0 ? 0 : error / budget;
    }

    Comparison result() {
      Accuracy accuracy =
          new Accuracy(maxError, plainMaxError, outputUlps.result(), lseUlps.result());
      return new Comparison(checked, failed, Math.max(worstRatio, 0), worst, undecided, accuracy);
    }
  }
}
