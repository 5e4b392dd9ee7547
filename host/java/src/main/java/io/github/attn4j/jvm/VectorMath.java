package io.github.attn4j.jvm;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
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

  private static final float LOG2E = 0x1.715476p+0f;
  private static final float LOG2E_REST = 0x1.4ae0cp-26f;

  /**
   * 1.5 * 2^23 rounds what is added to it to an integer; the 127 is the exponent's bias, so that
   * the lowest bits of the sum are already the exponent field of the power of two.
   */
  private static final float ROUNDER = 0x1.8p23f + 127;

  /** Below it e^x is not a normal number: ln(2^-126). */
  private static final float SMALLEST = -87.33654f;

  /** Largest argument for which four terms of tanh's series are exact to a rounding. */
  private static final float SERIES_LIMIT = 0.2f;

  private VectorMath() {}

  /**
   * e^x for x <= 0, within 2 units in the last place; exactly 0 below ln(2^-126) and for -inf,
   * exactly 1 for 0, NaN for NaN whatever its payload.
   *
   * <p>2^f on [-1/2, 1/2] is 1 + f P(f), P minimax of degree 5 (relative error 1.6e-8). log2(e)
   * enters in two parts, so that the reduction stays exact for large |x|.
   */
  static FloatVector exp(FloatVector x) {
    FloatVector rounded =
        x.fma(FloatVector.broadcast(SPECIES, LOG2E), FloatVector.broadcast(SPECIES, ROUNDER));
    FloatVector whole = rounded.sub(ROUNDER);
    FloatVector f = x.fma(FloatVector.broadcast(SPECIES, LOG2E), whole.neg());
    f = x.fma(FloatVector.broadcast(SPECIES, LOG2E_REST), f);
    FloatVector p =
        f.fma(
            FloatVector.broadcast(SPECIES, 0x1.41fbbap-13f),
            FloatVector.broadcast(SPECIES, 0x1.5f3e54p-10f));
    p = p.fma(f, FloatVector.broadcast(SPECIES, 0x1.3b2d4cp-7f));
    p = p.fma(f, FloatVector.broadcast(SPECIES, 0x1.c6aee8p-5f));
    p = p.fma(f, FloatVector.broadcast(SPECIES, 0x1.ebfbdcp-3f));
    p = p.fma(f, FloatVector.broadcast(SPECIES, 0x1.62e43p-1f));
    p = p.fma(f, FloatVector.broadcast(SPECIES, 1f));
    // Multiplied, not added to the exponent's bits: an addition could turn a NaN into a number.
    IntVector power = rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    // The comparison is false for NaN, which so survives.
    return p.mul(power.reinterpretAsFloats()).blend(0f, x.lt(SMALLEST));
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
