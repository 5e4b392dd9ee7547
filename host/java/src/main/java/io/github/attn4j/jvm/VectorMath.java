package io.github.attn4j.jvm;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Elementary functions over whole vectors. The library's own EXP and TANH go through a native call
 * per vector, and lane by lane where the platform ships none; these inline into the loops around
 * them.
 */
final class VectorMath {
  /** The widest vectors that this processor computes on well. */
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** Lanes of a vector. */
  static final int LANES = SPECIES.length();

  // Vectors, not numbers: a broadcast costs the JIT some hundred nodes, of which it allows a method
  // a limited number (NodeCountInliningCutoff) before it stops inlining.
  static final FloatVector LOG2E = FloatVector.broadcast(SPECIES, 0x1.715476p+0f);
  static final FloatVector LOG2E_REST = FloatVector.broadcast(SPECIES, 0x1.4ae0cp-26f);

  /**
   * 1.5 * 2^23 rounds what is added to it to an integer; the 127 is the exponent's bias, so that
   * the lowest bits of the sum are already the exponent field of the power of two.
   */
  static final FloatVector ROUNDER = FloatVector.broadcast(SPECIES, 0x1.8p23f + 127);

  // 2^f = 1 + f P(f) on [-1/2, 1/2], P minimax of degree 5: relative error 1.6e-8.
  static final FloatVector P5 = FloatVector.broadcast(SPECIES, 0x1.41fbbap-13f);
  static final FloatVector P4 = FloatVector.broadcast(SPECIES, 0x1.5f3e54p-10f);
  static final FloatVector P3 = FloatVector.broadcast(SPECIES, 0x1.3b2d4cp-7f);
  static final FloatVector P2 = FloatVector.broadcast(SPECIES, 0x1.c6aee8p-5f);
  static final FloatVector P1 = FloatVector.broadcast(SPECIES, 0x1.ebfbdcp-3f);
  static final FloatVector P0 = FloatVector.broadcast(SPECIES, 0x1.62e43p-1f);
  static final FloatVector ONE = FloatVector.broadcast(SPECIES, 1f);
  static final FloatVector ZERO = FloatVector.zero(SPECIES);

  /** Below it e^x is not a normal number: ln(2^-126). */
  static final FloatVector SMALLEST = FloatVector.broadcast(SPECIES, -87.33654f);

  /** Largest argument for which four terms of tanh's series are exact to a rounding. */
  private static final float SERIES_LIMIT = 0.2f;

  // Lane i takes that which lies so many behind it, around the end.
  private static final VectorShuffle<Float> BEHIND_8 = VectorShuffle.iota(SPECIES, 8, 1, true);
  private static final VectorShuffle<Float> BEHIND_4 = VectorShuffle.iota(SPECIES, 4, 1, true);
  private static final VectorShuffle<Float> BEHIND_2 = VectorShuffle.iota(SPECIES, 2, 1, true);
  private static final VectorShuffle<Float> BEHIND_1 = VectorShuffle.iota(SPECIES, 1, 1, true);

  private VectorMath() {}

  /**
   * The sum of all lanes, halves added to halves: always in the same order. That of {@code
   * reduceLanes} is open by its contract, and was seen to be another one once the JIT had compiled
   * it, so that a result changed its last bits in the midst of a run.
   */
  static float sum(FloatVector lanes) {
    FloatVector sums = lanes;
    for (int behind = LANES / 2; behind > 8; behind /= 2) {
      sums = sums.add(sums.rearrange(VectorShuffle.iota(SPECIES, behind, 1, true)));
    }
    if (LANES > 8) {
      sums = sums.add(sums.rearrange(BEHIND_8));
    }
    if (LANES > 4) {
      sums = sums.add(sums.rearrange(BEHIND_4));
    }
    if (LANES > 2) {
      sums = sums.add(sums.rearrange(BEHIND_2));
    }
    return sums.add(sums.rearrange(BEHIND_1)).lane(0);
  }

  /**
   * e^x for x <= 0, within 2 units in the last place; exactly 0 below ln(2^-126) and for -inf,
   * exactly 1 for 0, NaN for NaN whatever its payload.
   *
   * <p>log2(e) enters in two parts, so that the reduction stays exact for large |x|. {@link
   * Softmax} spells the same steps out once more, for the JIT's sake.
   */
  static FloatVector exp(FloatVector x) {
    FloatVector rounded = x.fma(LOG2E, ROUNDER);
    FloatVector f = x.fma(LOG2E_REST, x.fma(LOG2E, ROUNDER.sub(rounded)));
    FloatVector p = f.fma(P5, P4).fma(f, P3).fma(f, P2).fma(f, P1).fma(f, P0).fma(f, ONE);
    // Multiplied, not added to the exponent's bits: an addition could turn a NaN into a number.
    IntVector power = rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    // The comparison is false for NaN, which so survives.
    return p.mul(power.reinterpretAsFloats()).blend(ZERO, x.compare(VectorOperators.LT, SMALLEST));
  }

  /** tanh(x), with an error of at most 4 units of 2^-24 absolutely, and of x relatively near 0. */
  static FloatVector tanh(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector e = exp(magnitude.mul(-2f));
    FloatVector large = e.neg().add(1f).div(e.add(1f));
    // 1 - e cancels near 0: x - x^3/3 + 2x^5/15 - 17x^7/315 instead.
    FloatVector square = x.mul(x);
    FloatVector series =
        square.fma(
            FloatVector.broadcast(SPECIES, -17f / 315), FloatVector.broadcast(SPECIES, 2f / 15));
    series = series.fma(square, FloatVector.broadcast(SPECIES, -1f / 3)).mul(square);
    series = series.fma(magnitude, magnitude);
    FloatVector positive = large.blend(series, magnitude.lt(SERIES_LIMIT));
    return positive.blend(positive.neg(), x.lt(0f));
  }

  /**
   * The larger of two lanes; a NaN in {@code candidate} loses. Half the instructions of
   * FloatVector.max, which must order NaN and signed zeros; a NaN score still reaches its row
   * through exp.
   */
  static FloatVector larger(FloatVector current, FloatVector candidate) {
    VectorMask<Float> greater = candidate.compare(VectorOperators.GT, current);
    return current.blend(candidate, greater);
  }
}
