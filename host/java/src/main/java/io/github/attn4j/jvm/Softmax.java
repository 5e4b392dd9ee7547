package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.MicroKernels.WIDTH;
import static io.github.attn4j.jvm.VectorMath.LANES;
import static io.github.attn4j.jvm.VectorMath.LOG2E;
import static io.github.attn4j.jvm.VectorMath.LOG2E_REST;
import static io.github.attn4j.jvm.VectorMath.ONE;
import static io.github.attn4j.jvm.VectorMath.P0;
import static io.github.attn4j.jvm.VectorMath.P1;
import static io.github.attn4j.jvm.VectorMath.P2;
import static io.github.attn4j.jvm.VectorMath.P3;
import static io.github.attn4j.jvm.VectorMath.P4;
import static io.github.attn4j.jvm.VectorMath.P5;
import static io.github.attn4j.jvm.VectorMath.ROUNDER;
import static io.github.attn4j.jvm.VectorMath.SMALLEST;
import static io.github.attn4j.jvm.VectorMath.SPECIES;
import static io.github.attn4j.jvm.VectorMath.ZERO;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The online softmax (Milakov and Gimelshein 2018), a vector of queries at a time.
 *
 * <p>The loop over exponentials is one long method: above 325 bytecodes the JIT compiles a hot
 * method by itself. A short one would be inlined into its callers, where the limit on nodes
 * (NodeCountInliningCutoff, JDK 25) then stops the inlining of vector operations, so that each
 * allocates: measured, a fifth of the speed.
 */
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
    raiseMaximum(scores, keys, maximum, decay);
    for (int lane = 0; lane < WIDTH; lane += LANES) {
      decay(maximum, decay, sum, lane);
    }
    exponentiate(scores, keys, maximum, sum);
  }

  /** maximum = max(maximum, scores); decay = what the old one was, for the moment. */
  private static void raiseMaximum(float[] scores, int keys, float[] maximum, float[] decay) {
    FloatVector low = FloatVector.fromArray(SPECIES, maximum, 0);
    FloatVector high = FloatVector.fromArray(SPECIES, maximum, LANES);
    low.intoArray(decay, 0);
    high.intoArray(decay, LANES);
    // Two running maxima a vector: one would wait for itself.
    FloatVector otherLow = low;
    FloatVector otherHigh = high;
    int pairs = keys / 2;
    for (int pair = 0; pair < pairs; pair++) {
      int at = pair * (2 * WIDTH);
      low = VectorMath.larger(low, FloatVector.fromArray(SPECIES, scores, at));
      high = VectorMath.larger(high, FloatVector.fromArray(SPECIES, scores, at + LANES));
      otherLow = VectorMath.larger(otherLow, FloatVector.fromArray(SPECIES, scores, at + WIDTH));
      otherHigh =
          VectorMath.larger(otherHigh, FloatVector.fromArray(SPECIES, scores, at + WIDTH + LANES));
    }
    if (keys % 2 != 0) {
      int at = (keys - 1) * WIDTH;
      low = VectorMath.larger(low, FloatVector.fromArray(SPECIES, scores, at));
      high = VectorMath.larger(high, FloatVector.fromArray(SPECIES, scores, at + LANES));
    }
    VectorMath.larger(low, otherLow).intoArray(maximum, 0);
    VectorMath.larger(high, otherHigh).intoArray(maximum, LANES);
  }

  private static void decay(float[] maximum, float[] decay, float[] sum, int lane) {
    FloatVector base = base(FloatVector.fromArray(SPECIES, maximum, lane));
    FloatVector left = VectorMath.exp(FloatVector.fromArray(SPECIES, decay, lane).sub(base));
    left.intoArray(decay, lane);
    FloatVector.fromArray(SPECIES, sum, lane).mul(left).intoArray(sum, lane);
  }

  /** {@link VectorMath#exp} spelt out for both vectors: see the class comment. */
  private static void exponentiate(float[] scores, int keys, float[] maximum, float[] sum) {
    FloatVector baseLow = base(FloatVector.fromArray(SPECIES, maximum, 0));
    FloatVector baseHigh = base(FloatVector.fromArray(SPECIES, maximum, LANES));
    FloatVector totalLow = FloatVector.fromArray(SPECIES, sum, 0);
    FloatVector totalHigh = FloatVector.fromArray(SPECIES, sum, LANES);
    for (int j = 0; j < keys; j++) {
      int at = j * WIDTH;
      FloatVector xLow = FloatVector.fromArray(SPECIES, scores, at).sub(baseLow);
      FloatVector xHigh = FloatVector.fromArray(SPECIES, scores, at + LANES).sub(baseHigh);
      FloatVector roundedLow = xLow.fma(LOG2E, ROUNDER);
      FloatVector roundedHigh = xHigh.fma(LOG2E, ROUNDER);
      FloatVector fLow = xLow.fma(LOG2E, ROUNDER.sub(roundedLow));
      FloatVector fHigh = xHigh.fma(LOG2E, ROUNDER.sub(roundedHigh));
      fLow = xLow.fma(LOG2E_REST, fLow);
      fHigh = xHigh.fma(LOG2E_REST, fHigh);
      FloatVector pLow = fLow.fma(P5, P4);
      FloatVector pHigh = fHigh.fma(P5, P4);
      pLow = pLow.fma(fLow, P3);
      pHigh = pHigh.fma(fHigh, P3);
      pLow = pLow.fma(fLow, P2);
      pHigh = pHigh.fma(fHigh, P2);
      pLow = pLow.fma(fLow, P1);
      pHigh = pHigh.fma(fHigh, P1);
      pLow = pLow.fma(fLow, P0);
      pHigh = pHigh.fma(fHigh, P0);
      pLow = pLow.fma(fLow, ONE);
      pHigh = pHigh.fma(fHigh, ONE);
      IntVector powerLow = roundedLow.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      IntVector powerHigh = roundedHigh.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      pLow = pLow.mul(powerLow.reinterpretAsFloats());
      pHigh = pHigh.mul(powerHigh.reinterpretAsFloats());
      pLow = pLow.blend(ZERO, xLow.compare(VectorOperators.LT, SMALLEST));
      pHigh = pHigh.blend(ZERO, xHigh.compare(VectorOperators.LT, SMALLEST));
      totalLow = totalLow.add(pLow);
      totalHigh = totalHigh.add(pHigh);
      pLow.intoArray(scores, at);
      pHigh.intoArray(scores, at + LANES);
    }
    totalLow.intoArray(sum, 0);
    totalHigh.intoArray(sum, LANES);
  }

  /** While a row has seen nothing its maximum is -inf, and -inf - -inf would be NaN. */
  private static FloatVector base(FloatVector maximum) {
    return maximum.blend(0f, maximum.eq(Float.NEGATIVE_INFINITY));
  }
}
