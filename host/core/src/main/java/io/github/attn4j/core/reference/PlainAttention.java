package io.github.attn4j.core.reference;

import io.github.attn4j.core.expression.PairPredicate;
import io.github.attn4j.core.expression.PairScore;
import io.github.attn4j.core.expression.TreeWalk;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.ScoreModifier;
import org.jspecify.annotations.Nullable;

/**
 * The same computation done plainly in the type that Q and O are stored in: products summed in
 * order in float32, three passes, nothing clever; scores, weights and outputs rounded to the type,
 * as a sequence of ordinary operations on such tensors would. Its distance from the oracle is what
 * this precision costs anybody, and so what error budgets start from (FlashAttention's test rule:
 * at most twice the error of the plain version). LSE comes from the unrounded scores: nobody stores
 * it in less than float32. Walks expressions as the oracle does: had it a mistake in common with a
 * kernel, the budget would grow by it.
 */
public final class PlainAttention {
  private final AttentionInputs inputs;
  private final AttentionSpec spec;
  private final CanonicalMask mask;
  private final @Nullable PairPredicate condition;
  private final @Nullable PairScore modifier;
  private final float[] o;
  private final float[] lse;
  private final double[] outputDrift;
  private final double[] lseDrift;

  private PlainAttention(AttentionInputs inputs, RowSample sample) {
    this.inputs = inputs;
    this.spec = inputs.spec();
    this.mask = spec.canonicalMask();
    this.condition =
        mask.expression() == null ? null : TreeWalk.visible(mask.expression(), spec.domain());
    this.modifier =
        spec.scoreModifier() instanceof ScoreModifier.Expression score
            ? TreeWalk.score(score.expression(), spec.domain())
            : null;
    this.o = new float[sample.rows().length * spec.valueDim()];
    this.lse = new float[sample.rows().length];
    this.outputDrift = new double[sample.rows().length];
    this.lseDrift = new double[sample.rows().length];
  }

  /**
   * What it computed for the rows of a sample.
   *
   * @param o [rows, valueDim]
   * @param lse [rows]
   * @param outputDrift [rows], what rounding the additions of un-normalised sums moves an element
   *     of the output by where it does not average out: {@link OneSidedRounding}. The sums above do
   *     not show it, since weights that are divided first are other terms.
   * @param lseDrift [rows], the same for LSE
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Result(float[] o, float[] lse, double[] outputDrift, double[] lseDrift) {}

  /** Computes the rows of a sample. */
  public static Result compute(AttentionInputs inputs, RowSample sample) {
    PlainAttention attention = new PlainAttention(inputs, sample);
    RowWalk.forEach(inputs.spec(), sample, attention::open);
    return new Result(attention.o, attention.lse, attention.outputDrift, attention.lseDrift);
  }

  private RowWalk.RowComputation open(int b, int kvHead) {
    int keys = spec.keyLengths().get(b);
    float[][] keysByDimension = new float[spec.headDim()][keys];
    for (int key = 0; key < keys; key++) {
      int row = spec.keyRow(b, kvHead, key);
      for (int d = 0; d < spec.headDim(); d++) {
        keysByDimension[d][key] = inputs.k()[row + d];
      }
    }
    return (slot, h, i) -> computeRow(slot, b, h, i, kvHead, keysByDimension);
  }

  private void computeRow(int slot, int b, int h, int i, int kvHead, float[][] keysByDimension) {
    // Not asked of the spec, which would combine its dense masks anew for every row.
    int first = mask.firstKey(spec.position(b, i), spec.keyLengths().get(b));
    int end = mask.endKey(spec.position(b, i), spec.keyLengths().get(b));
    int queryRow = spec.queryRow(b, h, i);
    float[] scores = new float[end - first];
    for (int d = 0; d < spec.headDim(); d++) {
      float element = inputs.q()[queryRow + d];
      float[] column = keysByDimension[d];
      for (int j = 0; j < scores.length; j++) {
        scores[j] += element * column[first + j];
      }
    }

    float maximum = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < scores.length; j++) {
      scores[j] = masked(cap(spec.scale() * scores[j]), b, h, i, first + j);
      maximum = Math.max(maximum, scores[j]);
    }
    if (maximum == Float.NEGATIVE_INFINITY) {
      lse[slot] = Float.NEGATIVE_INFINITY;
      return;
    }
    float[] exponentials = new float[scores.length];
    float sum = exponentiate(scores, maximum, exponentials);
    lse[slot] = maximum + (float) Math.log(sum);
    OneSidedRounding rounding = new OneSidedRounding(spec.valueDim());
    for (int j = 0; j < scores.length; j++) {
      if (scores[j] != Float.NEGATIVE_INFINITY) {
        rounding.add(exponentials[j], inputs.v(), spec.valueRow(b, kvHead, first + j));
      }
    }
    lseDrift[slot] = rounding.ofWeights();
    outputDrift[slot] = rounding.ofOutput(lseDrift[slot]);

    ElementType type = spec.queryType();
    if (type != ElementType.F32) {
      maximum = Float.NEGATIVE_INFINITY;
      for (int j = 0; j < scores.length; j++) {
        scores[j] = roundedScore(type, scores[j]);
        maximum = Math.max(maximum, scores[j]);
      }
      sum = exponentiate(scores, maximum, exponentials);
    }
    float[] output = new float[spec.valueDim()];
    for (int j = 0; j < scores.length; j++) {
      if (scores[j] != Float.NEGATIVE_INFINITY) {
        float weight = type.round(exponentials[j] / sum);
        int valueRow = spec.valueRow(b, kvHead, first + j);
        for (int d = 0; d < output.length; d++) {
          output[d] += weight * inputs.v()[valueRow + d];
        }
      }
    }
    type.round(output);
    System.arraycopy(output, 0, o, slot * output.length, output.length);
  }

  /** Fills in the exponentials and returns their sum. */
  private static float exponentiate(float[] scores, float maximum, float[] exponentials) {
    float sum = 0;
    for (int j = 0; j < scores.length; j++) {
      exponentials[j] = exp(scores[j] - maximum);
      sum += exponentials[j];
    }
    return sum;
  }

  /** A score that overflows the type stays as it is: an overflow must not buy anyone a budget. */
  private static float roundedScore(ElementType type, float score) {
    float rounded = type.round(score);
    return Float.isFinite(score) && Float.isInfinite(rounded) ? score : rounded;
  }

  private float masked(float capped, int b, int h, int i, int key) {
    int position = (int) spec.position(b, i); // fits where there is an expression
    if (condition != null && !condition.visible(b, h, i, position, key)) {
      return Float.NEGATIVE_INFINITY;
    }
    float score = modifier == null ? capped : modifier.score(capped, b, h, i, position, key);
    DenseMask dense = mask.dense();
    if (dense == null) {
      return score;
    }
    return dense.isVisible(b, h, i, key)
        ? score + dense.bias(b, h, i, key)
        : Float.NEGATIVE_INFINITY;
  }

  private float cap(float score) {
    return spec.softCap() > 0 ? spec.softCap() * (float) Math.tanh(score / spec.softCap()) : score;
  }

  private static float exp(float x) {
    return (float) Math.exp(x);
  }
}
