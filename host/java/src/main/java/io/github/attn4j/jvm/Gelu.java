package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.VectorMath.LANES;
import static io.github.attn4j.jvm.VectorMath.ONE;
import static io.github.attn4j.jvm.VectorMath.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The Gaussian error linear unit by the error function itself, on whole vectors: the polynomials of
 * kernels/opencl/gelu.clh.
 */
final class Gelu {
  // erf(t) = t P(t^2) below 1, of an absolute error of at most 9e-8.
  private static final FloatVector P6 = constant(7.889119e-5f);
  private static final FloatVector P5 = constant(-8.020841e-4f);
  private static final FloatVector P4 = constant(0.005189535f);
  private static final FloatVector P3 = constant(-0.026854444f);
  private static final FloatVector P2 = constant(0.112836f);
  private static final FloatVector P1 = constant(-0.37612626f);
  private static final FloatVector P0 = constant(1.1283791f);

  // erf(t) = 1 - e^(-t R(t)) from 1 on; from 4 on it is 1 in float32.
  private static final FloatVector R6 = constant(1.4133839e-5f);
  private static final FloatVector R5 = constant(-3.5233216e-4f);
  private static final FloatVector R4 = constant(0.0037646603f);
  private static final FloatVector R3 = constant(-0.02402551f);
  private static final FloatVector R2 = constant(0.10654911f);
  private static final FloatVector R1 = constant(0.6349583f);
  private static final FloatVector R0 = constant(1.1286972f);
  private static final FloatVector FOUR = constant(4f);
  private static final FloatVector HALF = constant(0.5f);
  private static final FloatVector ROOT_OF_HALF = constant(0.70710677f);

  private Gelu() {}

  /** values[i] = v (1 + erf(v / sqrt 2)) / 2 for i below count, a multiple of the lanes. */
  static void inPlace(float[] values, int count) {
    for (int i = 0; i < count; i += LANES) {
      FloatVector z = FloatVector.fromArray(SPECIES, values, i);
      FloatVector halfZ = z.mul(HALF);
      FloatVector t = z.abs().mul(ROOT_OF_HALF);
      FloatVector u = t.mul(t);
      FloatVector near =
          u.fma(P6, P5).fma(u, P4).fma(u, P3).fma(u, P2).fma(u, P1).fma(u, P0).mul(t);
      FloatVector s = t.min(FOUR);
      FloatVector r = s.fma(R6, R5).fma(s, R4).fma(s, R3).fma(s, R2).fma(s, R1).fma(s, R0);
      FloatVector far = ONE.sub(VectorMath.exp(s.neg().mul(r)));
      VectorMask<Float> isNear = t.compare(VectorOperators.LT, ONE);
      FloatVector erf = far.blend(near, isNear);
      VectorMask<Float> negative = z.compare(VectorOperators.LT, 0f);
      erf = erf.blend(erf.neg(), negative);
      halfZ.fma(erf, halfZ).intoArray(values, i);
    }
  }

  private static FloatVector constant(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }
}
