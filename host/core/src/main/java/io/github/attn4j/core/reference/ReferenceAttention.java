package io.github.attn4j.core.reference;

import io.github.attn4j.core.expression.PreciseScore;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ScoreModifier;
import org.jspecify.annotations.Nullable;

/**
 * The oracle: attention in float64, in three passes over each row, straight from the definition
 * (Vaswani et al. 2017, equation 1; docs/semantics.md). Visibility is asked pair by pair of the
 * mask as it was given, not of the canonical mask that kernels receive, and expressions are walked,
 * not compiled, so that a mistake in either is found.
 */
public final class ReferenceAttention {
  private final AttentionInputs inputs;
  private final AttentionSpec spec;
  private final WalkedMask mask;
  private final @Nullable PreciseScore modifier;
  private final ReferenceResult result;

  private ReferenceAttention(AttentionInputs inputs, RowSample sample) {
    this.inputs = inputs;
    this.spec = inputs.spec();
    this.mask = WalkedMask.of(spec);
    this.modifier =
        spec.scoreModifier() instanceof ScoreModifier.Expression score ? score.precisely() : null;
    int rows = sample.rows().length;
    result =
        new ReferenceResult(
            sample,
            new double[rows * spec.valueDim()],
            new double[rows],
            new double[rows],
            new double[rows],
            new double[rows],
            new int[rows],
            new double[rows],
            new double[rows]);
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
      int row = spec.keyRow(b, kvHead, key);
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
    long position = spec.position(b, i);
    for (int key = 0; key < keys; key++) {
      visible[key] = mask.visible(b, h, i, position, key);
    }
    int queryRow = spec.queryRow(b, h, i);
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

    // How far float32 may be from each score, besides rounding the score itself. Norms that are not
    // finite are left out: where the cap makes such a score finite it is exact.
    double queryNorm = Math.abs(spec.scale()) * Math.sqrt(querySquares);
    double[] scoreErrors = new double[keys];
    for (int key = 0; key < keys; key++) {
      double norms = queryNorm * keyNorms[key];
      scoreErrors[key] = (Double.isFinite(norms) ? norms : 0) + spec.softCap();
      scores[key] = cap(spec.scale() * scores[key]);
    }
    DoubtfulPairs doubtful = new DoubtfulPairs();
    if (modifier != null) {
      modify(
          modifier.row(b, h, i, (int) spec.position(b, i)), scores, scoreErrors, visible, doubtful);
    }
    double maximum = Double.NEGATIVE_INFINITY;
    for (int key = 0; key < keys; key++) {
      if (visible[key]) {
        scores[key] += spec.mask().bias(b, h, i, key);
        maximum = Math.max(maximum, scores[key]); // NaN wins, as it must
      }
    }
    if (maximum == Double.NEGATIVE_INFINITY) {
      result.lse()[slot] = Double.NEGATIVE_INFINITY; // the output stays 0
      if (!doubtful.isEmpty()) {
        result.outputDoubt()[slot] = Double.POSITIVE_INFINITY;
        result.lseDoubt()[slot] = Double.POSITIVE_INFINITY;
      }
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

    double[] output = new double[spec.valueDim()];
    double[] condition = new double[spec.valueDim()];
    double[] absolute = new double[spec.valueDim()];
    int terms = 0;
    double scoreCondition = 0;
    for (int key = 0; key < keys; key++) {
      if (visible[key]) {
        double weight = Math.exp(scores[key] - maximum) / sum;
        // A weight of 0 adds nothing to the condition, even where the score behind it is infinite.
        double magnitude = weight == 0 ? 0 : scoreErrors[key] + Math.abs(scores[key]);
        scoreCondition += weight * magnitude;
        terms++;
        int valueRow = spec.valueRow(b, kvHead, key);
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
    if (!doubtful.isEmpty()) {
      DoubtfulPairs.Doubt doubt =
          doubtful.doubt(
              lse,
              output,
              key -> spec.mask().bias(b, h, i, key),
              (key, d) -> inputs.v()[spec.valueRow(b, kvHead, key) + d]);
      result.outputDoubt()[slot] = doubt.output();
      result.lseDoubt()[slot] = doubt.lse();
    }
  }

  /** A column with a non-finite value has no budget of its own to give; the others keep theirs. */
  private static double largestFinite(double[] columns) {
    double largest = 0;
    for (double column : columns) {
      largest = Double.isFinite(column) ? Math.max(largest, column) : largest;
    }
    return largest;
  }

  /**
   * Replaces the scores of visible pairs and their errors by what the modifier makes of them. A
   * score of -inf hides its pair from then on.
   */
  private static void modify(
      PreciseScore.Row row,
      double[] scores,
      double[] errors,
      boolean[] visible,
      DoubtfulPairs doubtful) {
    for (int key = 0; key < scores.length; key++) {
      if (visible[key]) {
        scores[key] = row.score(key, scores[key], errors[key] + Math.abs(scores[key]));
        errors[key] = row.error();
        visible[key] = scores[key] != Double.NEGATIVE_INFINITY;
        doubtful.add(key, scores[key], row.otherScore());
      }
    }
  }

  private double cap(double score) {
    return spec.softCap() > 0 ? spec.softCap() * Math.tanh(score / spec.softCap()) : score;
  }
}
