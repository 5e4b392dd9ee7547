package io.github.attn4j.core.reference;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ScoreModifier;

/**
 * The oracle's score matrix, which {@link ReferenceAttention} does not keep: float64, pair by pair
 * from the definition, and beside it what the same sums come to in float32 in order, which error
 * budgets start from.
 *
 * @param spec the problem; without a score modifier
 * @param scores [batch, queryHeads, queryLength, kvLength]; negative infinity where hidden
 * @param weights the softmax of each row of them; 0 where hidden
 * @param plainScores as {@code scores}, in float32
 * @param magnitudes |scale| |q| |k| + soft cap of each pair: what rounding a score is relative to,
 *     besides the score itself; 0 where hidden
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ReferenceScores(
    AttentionSpec spec,
    double[] scores,
    double[] weights,
    float[] plainScores,
    double[] magnitudes) {

  /**
   * Computes them: of small problems, since all of it is kept.
   *
   * @throws IllegalArgumentException for specs with a score modifier, and for ragged queries
   */
  public static ReferenceScores compute(AttentionInputs inputs) {
    AttentionSpec spec = inputs.spec();
    if (!(spec.scoreModifier() instanceof ScoreModifier.None)) {
      throw new IllegalArgumentException(
          "the oracle keeps no scores of specs with a score modifier: "
              + spec.scoreModifier().label());
    }
    if (spec.hasRaggedQueries()) {
      throw new IllegalArgumentException(
          "the oracle keeps no scores where sequences differ in queries: rows past their end say"
              + " nothing");
    }
    int pairs = Math.multiplyExact(spec.rows(), spec.kvLength());
    ReferenceScores result =
        new ReferenceScores(
            spec, new double[pairs], new double[pairs], new float[pairs], new double[pairs]);
    for (int b = 0; b < spec.batch(); b++) {
      for (int h = 0; h < spec.queryHeads(); h++) {
        for (int i = 0; i < spec.queryLengths().get(b); i++) {
          result.row(inputs, b, h, i);
        }
      }
    }
    return result;
  }

  private void row(AttentionInputs inputs, int b, int h, int i) {
    int first = spec.lseIndex(b, h, i) * spec.kvLength();
    double maximum = Double.NEGATIVE_INFINITY;
    for (int key = 0; key < spec.kvLength(); key++) {
      int at = first + key;
      if (!spec.visible(b, h, i, key)) {
        scores[at] = Double.NEGATIVE_INFINITY;
        plainScores[at] = Float.NEGATIVE_INFINITY;
        continue;
      }
      pair(inputs, b, h, i, key, at);
      maximum = Math.max(maximum, scores[at]); // NaN wins, as it must
    }
    if (maximum == Double.NEGATIVE_INFINITY) {
      return; // an empty row's weights are 0
    }
    double sum = 0;
    for (int key = 0; key < spec.kvLength(); key++) {
      sum += Math.exp(scores[first + key] - maximum);
    }
    for (int key = 0; key < spec.kvLength(); key++) {
      weights[first + key] = Math.exp(scores[first + key] - maximum) / sum;
    }
  }

  private void pair(AttentionInputs inputs, int b, int h, int i, int key, int at) {
    int queryRow = spec.queryRow(b, h, i);
    int keyRow = spec.keyRow(b, spec.kvHead(h), key);
    double product = 0;
    double querySquares = 0;
    double keySquares = 0;
    float plainProduct = 0;
    for (int d = 0; d < spec.headDim(); d++) {
      float q = inputs.q()[queryRow + d];
      float k = inputs.k()[keyRow + d];
      product += (double) q * k;
      querySquares += (double) q * q;
      keySquares += (double) k * k;
      plainProduct += q * k;
    }
    float cap = spec.softCap();
    double score = spec.scale() * product;
    float plain = spec.scale() * plainProduct;
    if (cap > 0) {
      score = cap * Math.tanh(score / cap);
      plain = cap * (float) Math.tanh(plain / cap);
    }
    scores[at] = score + spec.mask().bias(b, h, i, key);
    plainScores[at] = plain + spec.mask().bias(b, h, i, key);
    double norms = Math.abs(spec.scale()) * Math.sqrt(querySquares) * Math.sqrt(keySquares);
    magnitudes[at] = (Double.isFinite(norms) ? norms : 0) + cap;
  }
}
