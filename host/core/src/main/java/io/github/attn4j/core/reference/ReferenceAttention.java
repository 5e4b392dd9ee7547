package io.github.attn4j.core.reference;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ScoreModifier;

/**
 * The oracle: attention in float64, in three passes over each row, straight from the definition
 * (Vaswani et al. 2017, equation 1; docs/semantics.md). Visibility is asked pair by pair of {@link
 * AttentionSpec#visible}, not of the canonical mask that kernels receive, so that a mistake in the
 * latter is found.
 */
public final class ReferenceAttention {
  private final AttentionInputs inputs;
  private final AttentionSpec spec;
  private final ReferenceResult result;

  private ReferenceAttention(AttentionInputs inputs, RowSample sample) {
    this.inputs = inputs;
    this.spec = inputs.spec();
    int rows = sample.rows().length;
    result =
        new ReferenceResult(
            sample,
            new double[rows * spec.valueDim()],
            new double[rows],
            new double[rows],
            new double[rows],
            new double[rows],
            new int[rows]);
  }

  /** Computes the rows of a sample. */
  public static ReferenceResult compute(AttentionInputs inputs, RowSample sample) {
    ReferenceAttention attention = new ReferenceAttention(inputs, sample);
    RowWalk.forEach(inputs.spec(), sample, attention::open);
    return attention.result;
  }

  private RowWalk.RowComputation open(int b, int kvHead) {
    int keys = spec.keyLengths().get(b);
    // Transposed, so that the inner loop runs over keys and needs no horizontal sum, which the JIT
    // cannot vectorise.
    double[][] keysByDimension = new double[spec.headDim()][keys];
    double[] keyNorms = new double[keys];
    for (int key = 0; key < keys; key++) {
      int row = AttentionInputs.rowIndex(spec.k(), b, kvHead, key);
      double squares = 0;
      for (int d = 0; d < spec.headDim(); d++) {
        double element = inputs.k()[row + d];
        keysByDimension[d][key] = element;
        squares += element * element;
      }
      keyNorms[key] = Math.sqrt(squares);
    }
    return (slot, h, i) -> computeRow(slot, b, h, i, kvHead, keysByDimension, keyNorms);
  }

  private void computeRow(
      int slot, int b, int h, int i, int kvHead, double[][] keysByDimension, double[] keyNorms) {
    int keys = keyNorms.length;
    boolean[] visible = new boolean[keys];
    for (int key = 0; key < keys; key++) {
      visible[key] = spec.visible(b, h, i, key);
    }
    int queryRow = AttentionInputs.rowIndex(spec.q(), b, h, i);
    double[] scores = new double[keys];
    double querySquares = 0;
    for (int d = 0; d < spec.headDim(); d++) {
      double element = inputs.q()[queryRow + d];
      querySquares += element * element;
      double[] column = keysByDimension[d];
      for (int key = 0; key < keys; key++) {
        scores[key] += element * column[key];
      }
    }

    double maximum = Double.NEGATIVE_INFINITY;
    for (int key = 0; key < keys; key++) {
      if (visible[key]) {
        double score = modified(cap(spec.scale() * scores[key]), b, h, i, key);
        // What a modifier makes -inf is hidden, as by an additive mask, whatever the value holds.
        visible[key] =
            score != Double.NEGATIVE_INFINITY || spec.scoreModifier() instanceof ScoreModifier.None;
        scores[key] = score + spec.mask().bias(b, h, i, key);
        maximum = Math.max(maximum, scores[key]); // NaN wins, as it must
      }
    }
    if (maximum == Double.NEGATIVE_INFINITY) {
      result.lse()[slot] = Double.NEGATIVE_INFINITY; // the output stays 0
      return;
    }

    double sum = 0;
    for (int key = 0; key < keys; key++) {
      if (visible[key]) {
        sum += Math.exp(scores[key] - maximum);
      }
    }
    double lse = maximum + Math.log(sum);
    result.lse()[slot] = lse;

    double queryNorm = Math.abs(spec.scale()) * Math.sqrt(querySquares);
    double[] output = new double[spec.valueDim()];
    double[] condition = new double[spec.valueDim()];
    double[] absolute = new double[spec.valueDim()];
    int terms = 0;
    double scoreCondition = 0;
    for (int key = 0; key < keys; key++) {
      if (visible[key]) {
        double weight = Math.exp(scores[key] - maximum) / sum;
        double norms = queryNorm * keyNorms[key];
        // An infinite element whose score the cap made finite: the cap is exact there, and infinite
        // norms would give the row an infinite budget.
        double product = Double.isFinite(norms) ? norms : 0;
        // A weight of 0 adds nothing to the condition, even where the score behind it is infinite.
        double magnitude = weight == 0 ? 0 : product + Math.abs(scores[key]) + spec.softCap();
        scoreCondition += weight * magnitude;
        terms++;
        int valueRow = AttentionInputs.rowIndex(spec.v(), b, kvHead, key);
        for (int d = 0; d < output.length; d++) {
          double element = inputs.v()[valueRow + d];
          output[d] += weight * element;
          condition[d] += weight * (1 + magnitude) * Math.abs(element);
          absolute[d] += weight * Math.abs(element);
        }
      }
    }
    System.arraycopy(output, 0, result.o(), slot * output.length, output.length);
    result.outputCondition()[slot] = largestFinite(condition);
    result.outputMagnitude()[slot] = largestFinite(absolute);
    result.visibleKeys()[slot] = terms;
    result.lseCondition()[slot] = 1 + Math.abs(lse) + scoreCondition;
  }

  /** A column with a non-finite value has no budget of its own to give; the others keep theirs. */
  private static double largestFinite(double[] columns) {
    double largest = 0;
    for (double column : columns) {
      largest = Double.isFinite(column) ? Math.max(largest, column) : largest;
    }
    return largest;
  }

  private double modified(double score, int b, int h, int i, int key) {
    return spec.scoreModifier() instanceof ScoreModifier.None
        ? score
        : spec.scoreModifier().apply((float) score, b, h, i, spec.position(b, i), key);
  }

  private double cap(double score) {
    return spec.softCap() > 0 ? spec.softCap() * Math.tanh(score / spec.softCap()) : score;
  }
}
