package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.MicroKernels.WIDTH;
import static io.github.attn4j.jvm.VectorMath.LANES;
import static io.github.attn4j.jvm.VectorMath.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The online softmax (Milakov and Gimelshein 2018), a vector of queries at a time. */
final class Softmax {
  private Softmax() {}

  /** Replaces scores by cap * tanh(score / cap). */
  static void cap(float[] scores, int keys, float cap) {
    for (int at = 0; at < keys * WIDTH; at += LANES) {
      FloatVector score = FloatVector.fromArray(SPECIES, scores, at);
      VectorMath.tanh(score.div(cap)).mul(cap).intoArray(scores, at);
    }
  }

  /**
   * Turns scores into weights e^(score - maximum), and brings maximum and sum up to date.
   *
   * @param scores [keys, WIDTH], replaced by weights
   * @param decay receives what is left of earlier sums: e^(old maximum - new maximum)
   */
  static void update(float[] scores, int keys, float[] maximum, float[] sum, float[] decay) {
    for (int lane = 0; lane < WIDTH; lane += LANES) {
      FloatVector old = FloatVector.fromArray(SPECIES, maximum, lane);
      FloatVector top = maximumOf(scores, keys, lane, old);
      top.intoArray(maximum, lane);
      // While a row has seen nothing its maximum is -inf, and -inf - -inf would be NaN.
      FloatVector base = top.blend(0f, top.eq(Float.NEGATIVE_INFINITY));
      FloatVector left = VectorMath.exp(old.sub(base));
      left.intoArray(decay, lane);
      FloatVector before = FloatVector.fromArray(SPECIES, sum, lane).mul(left);
      before.add(exponentiate(scores, keys, lane, base)).intoArray(sum, lane);
    }
  }

  // Several running maxima and sums: one would wait for itself.
  private static FloatVector maximumOf(float[] scores, int keys, int lane, FloatVector start) {
    FloatVector top0 = start;
    FloatVector top1 = start;
    int j = 0;
    for (; j + 1 < keys; j += 2) {
      top0 = VectorMath.larger(top0, FloatVector.fromArray(SPECIES, scores, j * WIDTH + lane));
      top1 =
          VectorMath.larger(top1, FloatVector.fromArray(SPECIES, scores, (j + 1) * WIDTH + lane));
    }
    if (j < keys) {
      top0 = VectorMath.larger(top0, FloatVector.fromArray(SPECIES, scores, j * WIDTH + lane));
    }
    return VectorMath.larger(top0, top1);
  }

  private static FloatVector exponentiate(float[] scores, int keys, int lane, FloatVector base) {
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = FloatVector.zero(SPECIES);
    int j = 0;
    for (; j + 1 < keys; j += 2) {
      int at = j * WIDTH + lane;
      FloatVector weight0 = VectorMath.exp(FloatVector.fromArray(SPECIES, scores, at).sub(base));
      FloatVector weight1 =
          VectorMath.exp(FloatVector.fromArray(SPECIES, scores, at + WIDTH).sub(base));
      weight0.intoArray(scores, at);
      weight1.intoArray(scores, at + WIDTH);
      sum0 = sum0.add(weight0);
      sum1 = sum1.add(weight1);
    }
    if (j < keys) {
      int at = j * WIDTH + lane;
      FloatVector weight = VectorMath.exp(FloatVector.fromArray(SPECIES, scores, at).sub(base));
      weight.intoArray(scores, at);
      sum0 = sum0.add(weight);
    }
    return sum0.lanewise(VectorOperators.ADD, sum1);
  }
}
