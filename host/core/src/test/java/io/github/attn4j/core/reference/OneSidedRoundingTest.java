package io.github.attn4j.core.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class OneSidedRoundingTest {
  private static final double UNIT = 0x1p-24;

  @Test
  void exactSumsDriftNowhere() {
    OneSidedRounding rounding = new OneSidedRounding(2);
    for (int key = 0; key < 4096; key++) {
      rounding.add(1, new float[] {9, 0.5f, 3}, 1);
    }
    assertThat(rounding.ofWeights()).isZero();
    assertThat(rounding.ofOutput(0)).isZero();
  }

  /** The error of the float32 sum itself, where all of it has one sign. */
  @Test
  void equalTermsDriftAsFarAsTheirSumIsOff() {
    int keys = 700;
    float term = 1 + 0x1p-20f + 0x1p-23f;
    OneSidedRounding rounding = new OneSidedRounding(1);
    float sum = 0;
    for (int key = 0; key < keys; key++) {
      rounding.add(1, new float[] {term}, 0);
      sum += term;
    }
    double off = Math.abs(sum - keys * (double) term) / keys;
    assertThat(off).isGreaterThan(5 * UNIT);
    assertThat(rounding.ofOutput(rounding.ofWeights())).isCloseTo(off, within(0.2 * off));
  }

  /** Up in one binade and down in the next: the sum is right again, other orders' need not be. */
  @Test
  void driftsOfTwoSignsDoNotCancel() {
    OneSidedRounding rounding = new OneSidedRounding(1);
    float sum = 0;
    double largest = 0;
    for (int key = 0; key < 3000; key++) {
      rounding.add(1, new float[] {1 / 3f}, 0);
      sum += 1 / 3f;
      largest = Math.max(largest, Math.abs(sum - (key + 1) * (double) (1 / 3f)));
    }
    assertThat(rounding.ofOutput(0)).isGreaterThanOrEqualTo(0.7 * largest / 3000);
  }

  /** Unrelated terms stay within the random walk that the budget grants anybody. */
  @Test
  void unrelatedTermsStayWithinTheRandomWalk() {
    Random random = new Random(4);
    for (int keys : new int[] {64, 512, 4096}) {
      OneSidedRounding rounding = new OneSidedRounding(32);
      float[] values = new float[32];
      double magnitude = 0;
      for (int key = 0; key < keys; key++) {
        for (int d = 0; d < values.length; d++) {
          values[d] = 4 + (float) random.nextGaussian();
        }
        magnitude += values[0];
        rounding.add(1, values, 0);
      }
      assertThat(rounding.ofOutput(rounding.ofWeights()))
          .as("%d keys", keys)
          .isLessThan(1.2 * Math.sqrt(keys) * UNIT * magnitude / keys);
    }
  }

  @Test
  void whatOverflowsBuysNoBudget() {
    OneSidedRounding rounding = new OneSidedRounding(2);
    for (int key = 0; key < 4; key++) {
      rounding.add(1, new float[] {Float.MAX_VALUE, Float.NaN}, 0);
    }
    assertThat(rounding.ofOutput(rounding.ofWeights())).isZero();
  }
}
