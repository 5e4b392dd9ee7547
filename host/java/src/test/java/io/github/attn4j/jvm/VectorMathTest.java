package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.VectorMath.SPECIES;
import static org.assertj.core.api.Assertions.assertThat;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class VectorMathTest {
  private static float exp(float x) {
    return VectorMath.exp(FloatVector.broadcast(SPECIES, x)).lane(0);
  }

  private static float tanh(float x) {
    return VectorMath.tanh(FloatVector.broadcast(SPECIES, x)).lane(0);
  }

  /** Of rows on which orders differ: large numbers that cancel, and small ones. */
  @Test
  void lanesAreAddedInOneOrderHoweverWarmTheJvmIs() {
    float[] lanes = new float[VectorMath.LANES];
    for (int round = 0; round < 30_000; round++) {
      for (int i = 0; i < lanes.length; i++) {
        lanes[i] = (float) ((i % 2 == 0 ? 1e6 : -1e6) + Math.sin(round * 31 + i));
      }
      float[] halves = lanes.clone();
      for (int half = halves.length / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) {
          halves[i] += halves[i + half];
        }
      }
      assertThat(VectorMath.sum(FloatVector.fromArray(SPECIES, lanes, 0)))
          .as("round %d", round)
          .isEqualTo(halves[0]);
    }
  }

  @Test
  void expIsWithinTwoUnitsInTheLastPlace() {
    double worst = 0;
    // Every 997th float from -0 down to where results stop being normal.
    for (int bits = 0x80000000; Float.intBitsToFloat(bits) > -87.3365f; bits += 997) {
      float x = Float.intBitsToFloat(bits);
      double exact = Math.exp(x);
      worst = Math.max(worst, Math.abs(exp(x) - exact) / Math.ulp((float) exact));
    }
    assertThat(worst).isLessThan(2);
  }

  @Test
  void expKeepsZeroInfinityAndNan() {
    assertThat(exp(0f)).isEqualTo(1f);
    assertThat(exp(-0f)).isEqualTo(1f);
    assertThat(exp(Float.NEGATIVE_INFINITY)).isEqualTo(0f);
    assertThat(exp(-Float.MAX_VALUE)).isEqualTo(0f);
    assertThat(exp(-88f)).isEqualTo(0f);
    for (int low = 0; low < 1024; low++) {
      assertThat(exp(Float.intBitsToFloat(0x7fc00000 | low))).isNaN();
      assertThat(exp(Float.intBitsToFloat(0xffc00000 | low))).isNaN();
    }
  }

  @Test
  void tanhIsRightEverywhereAndKeepsSmallArgumentsRelatively() {
    for (int bits = 0; bits < 0x7f800000; bits += 9973) {
      float x = Float.intBitsToFloat(bits);
      double exact = Math.tanh(x);
      double bound = Math.min(4 * 0x1p-24, 4 * 0x1p-23 * exact) + Float.MIN_VALUE;
      assertThat(Math.abs(tanh(x) - exact)).as("tanh(%s)", x).isLessThanOrEqualTo(bound);
      assertThat(tanh(-x)).isEqualTo(-tanh(x));
    }
    assertThat(tanh(Float.POSITIVE_INFINITY)).isEqualTo(1f);
    assertThat(tanh(Float.NEGATIVE_INFINITY)).isEqualTo(-1f);
    assertThat(tanh(Float.NaN)).isNaN();
  }
}
