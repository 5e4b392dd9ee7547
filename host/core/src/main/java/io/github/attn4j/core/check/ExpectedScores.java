package io.github.attn4j.core.check;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.ScoreStage;
import io.github.attn4j.core.reference.ReferenceScores;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;

/**
 * What {@link io.github.attn4j.core.kernel.Session#scores} must return, and how far off each pair
 * may be: {@link Expected} for the score matrix. Budgets are those of {@link ErrorBudget}, pair by
 * pair.
 *
 * <p>A score s of a pair with magnitude a (|scale| |q| |k|, and the soft cap) may be off by {@code
 * e = 2 plain + 4 u (|s| + a)}: twice what float32 in order misses by in the worst pair of its row,
 * and the unit roundoffs that any order of summation may cost. A weight p moves by p times what its
 * own score and, by the normalization, the others' are off: {@code p (e + sum of p e + 4 u (1 + |ln
 * p|) + u sqrt(keys))}; below the smallest normal number it may be anything smaller, since
 * processors flush there. Storing in less than float32 costs one rounding more. For small problems:
 * the root does not cover thousands of equal weights (docs/numerics.md), whose sum errs to one
 * side.
 */
public final class ExpectedScores {
  private final AttentionSpec spec;
  private final double[] expected;
  private final double[] budgets;
  private final ElementType stored;

  private ExpectedScores(
      AttentionSpec spec, double[] expected, double[] budgets, ElementType stored) {
    this.spec = spec;
    this.expected = expected;
    this.budgets = budgets;
    this.stored = stored;
  }

  /**
   * Of what was computed in float32.
   *
   * @param stored what values were rounded to in the end
   */
  public static ExpectedScores of(AttentionInputs inputs, ScoreStage stage, ElementType stored) {
    return of(inputs, stage, stored, 0);
  }

  /**
   * Of what somebody computed in another precision.
   *
   * @param stored what values were rounded to in the end
   * @param coarseRoundoff unit roundoff of what intermediate results were rounded to, if that is
   *     coarser than float32; 0 otherwise
   */
  public static ExpectedScores of(
      AttentionInputs inputs, ScoreStage stage, ElementType stored, double coarseRoundoff) {
    ReferenceScores reference = ReferenceScores.compute(inputs);
    AttentionSpec spec = inputs.spec();
    double unit = ErrorBudget.C * (spec.accumulation().unitRoundoff() + coarseRoundoff);
    double[] budgets = new double[reference.scores().length];
    double[] expected = stage == ScoreStage.SCORES ? reference.scores() : reference.weights();
    int keys = spec.kvLength();
    for (int first = 0; first < budgets.length; first += keys) {
      scoreBudgets(reference, first, keys, unit, budgets);
      if (stage == ScoreStage.WEIGHTS) {
        double summation = spec.accumulation().unitRoundoff() * Math.sqrt(keys);
        weightBudgets(reference, first, keys, unit, summation, budgets);
      }
      for (int at = first; at < first + keys; at++) {
        budgets[at] += store(stored, expected[at]);
      }
    }
    return new ExpectedScores(spec, expected, budgets, stored);
  }

  private static void scoreBudgets(
      ReferenceScores reference, int first, int keys, double unit, double[] budgets) {
    double plain = 0;
    for (int at = first; at < first + keys; at++) {
      double miss = Math.abs(reference.plainScores()[at] - reference.scores()[at]);
      plain = Double.isFinite(miss) ? Math.max(plain, miss) : plain;
    }
    for (int at = first; at < first + keys; at++) {
      double score = Math.abs(reference.scores()[at]);
      budgets[at] =
          Double.isFinite(score) ? 2 * plain + unit * (score + reference.magnitudes()[at]) : 0;
    }
  }

  /** From the budgets of the row's scores. */
  private static void weightBudgets(
      ReferenceScores reference,
      int first,
      int keys,
      double unit,
      double summation,
      double[] budgets) {
    double others = 0;
    for (int at = first; at < first + keys; at++) {
      others += reference.weights()[at] * budgets[at];
    }
    for (int at = first; at < first + keys; at++) {
      double weight = reference.weights()[at];
      double relative =
          weight == 0 ? 0 : budgets[at] + others + unit * (1 - Math.log(weight)) + summation;
      boolean visible = reference.scores()[at] != Double.NEGATIVE_INFINITY;
      budgets[at] = weight * relative + (visible ? Float.MIN_NORMAL : 0);
    }
  }

  private static double store(ElementType type, double value) {
    double magnitude = Math.abs(value);
    return type == ElementType.F32 || !Double.isFinite(magnitude) || magnitude == 0
        ? 0
        : type.unitRoundoff() * Math.max(magnitude, type.smallestNormal());
  }

  /** The oracle's own, as stored: [batch, queryHeads, queryLength, kvLength]. */
  public float[] values() {
    float[] values = new float[expected.length];
    for (int at = 0; at < values.length; at++) {
      values[at] = stored.round((float) expected[at]);
    }
    return values;
  }

  /**
   * Holds a matrix against this. Where the oracle has an infinity the same one is demanded, where
   * it has NaN anything that is not finite.
   *
   * @param name of the tensor, for messages
   * @param actual [batch, queryHeads, queryLength, kvLength]
   */
  public Comparison compare(String name, float[] actual) {
    if (actual.length != expected.length) {
      throw new IllegalArgumentException(
          "%s of %s has %d elements, not %d"
              .formatted(name, spec.label(), expected.length, actual.length));
    }
    long failed = 0;
    double worstRatio = -1;
    Comparison.WorstElement worst = null;
    for (int at = 0; at < actual.length; at++) {
      double ratio = ratio(expected[at], actual[at], budgets[at]);
      if (!(ratio <= 1)) { // also true of NaN
        failed++;
      }
      if (!(ratio <= worstRatio)) {
        worstRatio = ratio;
        worst =
            Comparison.WorstElement.of(
                name,
                at,
                spec.queryHeads(),
                spec.queryLength(),
                spec.kvLength(),
                expected[at],
                actual[at],
                budgets[at]);
      }
    }
    return new Comparison(actual.length, failed, Math.max(worstRatio, 0), worst);
  }

  private double ratio(double expected, double actual, double budget) {
    if (Double.isInfinite(expected)) {
      return actual == expected ? 0 : Double.POSITIVE_INFINITY;
    }
    if (Double.isNaN(expected)) {
      return Double.isFinite(actual) ? Double.POSITIVE_INFINITY : 0;
    }
    if (Double.isInfinite(actual) && expected * actual > 0) {
      // What rounds to an infinity has become it: right if such a number is within budget.
      double beyond = Math.max(0, stored.overflowsFrom() - Math.abs(expected));
      return beyond <= budget ? 0 : Double.POSITIVE_INFINITY;
    }
    double error = Math.abs(actual - expected);
    return error == 0 ? 0 : error / budget;
  }
}
