package io.github.attn4j.kernels.tornado;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/**
 * Sixteen queries at a time, one a lane: what TornadoVM's {@link Float16} lacks. Each lane is
 * written out, because vectors know no index. Arrays are parameters only where they lie in global
 * memory: of a local one that is passed to a method, TornadoVM 5.2 computes wrong addresses. And
 * what a condition chooses between is computed before it: calculations in 16 branches, one after
 * the other, fail its compiler's scheduler.
 */
final class Lanes {
  /** Queries of a vector. */
  static final int COUNT = 16;

  private Lanes() {}

  static Float16 all(float x) {
    return new Float16(x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x);
  }

  /** a * b + c. */
  static Float16 multiplyAdd(Float16 a, float b, Float16 c) {
    return Float16.add(c, Float16.mult(a, all(b)));
  }

  /**
   * One element of each of 16 rows; the last row stands for those behind it.
   *
   * @param at element index in row 0
   */
  static Float16 gather(float[] rows, int at, int stride, int first, int last) {
    return new Float16(
        element(rows, at, stride, first + 0, last),
        element(rows, at, stride, first + 1, last),
        element(rows, at, stride, first + 2, last),
        element(rows, at, stride, first + 3, last),
        element(rows, at, stride, first + 4, last),
        element(rows, at, stride, first + 5, last),
        element(rows, at, stride, first + 6, last),
        element(rows, at, stride, first + 7, last),
        element(rows, at, stride, first + 8, last),
        element(rows, at, stride, first + 9, last),
        element(rows, at, stride, first + 10, last),
        element(rows, at, stride, first + 11, last),
        element(rows, at, stride, first + 12, last),
        element(rows, at, stride, first + 13, last),
        element(rows, at, stride, first + 14, last),
        element(rows, at, stride, first + 15, last));
  }

  private static float element(float[] rows, int at, int stride, int row, int last) {
    return rows[at + Math.min(row, last) * stride];
  }

  /** Writes one element of each of the rows that there are. */
  static void scatter(float[] rows, int at, int stride, int first, int count, Float16 x) {
    if (first + 0 < count) {
      rows[at + (first + 0) * stride] = x.getS0();
    }
    if (first + 1 < count) {
      rows[at + (first + 1) * stride] = x.getS1();
    }
    if (first + 2 < count) {
      rows[at + (first + 2) * stride] = x.getS2();
    }
    if (first + 3 < count) {
      rows[at + (first + 3) * stride] = x.getS3();
    }
    if (first + 4 < count) {
      rows[at + (first + 4) * stride] = x.getS4();
    }
    if (first + 5 < count) {
      rows[at + (first + 5) * stride] = x.getS5();
    }
    if (first + 6 < count) {
      rows[at + (first + 6) * stride] = x.getS6();
    }
    if (first + 7 < count) {
      rows[at + (first + 7) * stride] = x.getS7();
    }
    if (first + 8 < count) {
      rows[at + (first + 8) * stride] = x.getS8();
    }
    if (first + 9 < count) {
      rows[at + (first + 9) * stride] = x.getS9();
    }
    if (first + 10 < count) {
      rows[at + (first + 10) * stride] = x.getS10();
    }
    if (first + 11 < count) {
      rows[at + (first + 11) * stride] = x.getS11();
    }
    if (first + 12 < count) {
      rows[at + (first + 12) * stride] = x.getS12();
    }
    if (first + 13 < count) {
      rows[at + (first + 13) * stride] = x.getS13();
    }
    if (first + 14 < count) {
      rows[at + (first + 14) * stride] = x.getS14();
    }
    if (first + 15 < count) {
      rows[at + (first + 15) * stride] = x.getS15();
    }
  }

  static Float16 exp(Float16 x) {
    return new Float16(
        DeviceMath.exp(x.getS0()),
        DeviceMath.exp(x.getS1()),
        DeviceMath.exp(x.getS2()),
        DeviceMath.exp(x.getS3()),
        DeviceMath.exp(x.getS4()),
        DeviceMath.exp(x.getS5()),
        DeviceMath.exp(x.getS6()),
        DeviceMath.exp(x.getS7()),
        DeviceMath.exp(x.getS8()),
        DeviceMath.exp(x.getS9()),
        DeviceMath.exp(x.getS10()),
        DeviceMath.exp(x.getS11()),
        DeviceMath.exp(x.getS12()),
        DeviceMath.exp(x.getS13()),
        DeviceMath.exp(x.getS14()),
        DeviceMath.exp(x.getS15()));
  }

  /**
   * What is subtracted before the exponential. The lowest float stands for -inf where a row has
   * seen nothing yet, whose -inf - -inf would be NaN.
   */
  static Float16 shift(Float16 largest) {
    return Float16.max(largest, all(-Float.MAX_VALUE));
  }

  /**
   * 1 / sum. A row that saw anything has a sum of 1 or more, its largest score's weight; one that
   * saw nothing has 0, and an output of 0 that stays 0.
   */
  static Float16 normalizer(Float16 sum) {
    return Float16.div(all(1), Float16.max(sum, all(1)));
  }

  /** LSE: -inf for a row that saw nothing. */
  static Float16 logSumExp(Float16 largest, Float16 sum) {
    return new Float16(
        logSumExp(largest.getS0(), sum.getS0()),
        logSumExp(largest.getS1(), sum.getS1()),
        logSumExp(largest.getS2(), sum.getS2()),
        logSumExp(largest.getS3(), sum.getS3()),
        logSumExp(largest.getS4(), sum.getS4()),
        logSumExp(largest.getS5(), sum.getS5()),
        logSumExp(largest.getS6(), sum.getS6()),
        logSumExp(largest.getS7(), sum.getS7()),
        logSumExp(largest.getS8(), sum.getS8()),
        logSumExp(largest.getS9(), sum.getS9()),
        logSumExp(largest.getS10(), sum.getS10()),
        logSumExp(largest.getS11(), sum.getS11()),
        logSumExp(largest.getS12(), sum.getS12()),
        logSumExp(largest.getS13(), sum.getS13()),
        logSumExp(largest.getS14(), sum.getS14()),
        logSumExp(largest.getS15(), sum.getS15()));
  }

  private static float logSumExp(float largest, float sum) {
    return largest
        + TornadoMath.log(sum); // of a row that saw nothing -inf + log(0), without a branch
  }

  /** 0 where a score is finite, infinite where it is -inf, as hidden pairs' are. */
  static Float16 hidden(Float16 score) {
    return Float16.sub(Float16.max(score, all(-Float.MAX_VALUE)), score);
  }

  /**
   * acc + weight * value for a value that is not finite: NaN or infinity where the pair is visible,
   * although its weight may be 0, and nothing where it is hidden, which 0 * NaN would not be.
   *
   * @param hidden what {@link #hidden} says of the pair
   */
  static Float16 addNonFinite(Float16 acc, Float16 weight, Float16 hidden, float value) {
    float sign = 0;
    if (value > 0) {
      sign = 1;
    }
    if (value < 0) {
      sign = -1;
    }
    // Visible: x / 0, infinite or NaN. Hidden: 0 / 1. A weight that is NaN stays so by the other
    // sum.
    Float16 added = Float16.div(Float16.mult(weight, all(sign)), Float16.min(hidden, all(1)));
    return Float16.add(acc, Float16.add(added, Float16.mult(weight, all(0))));
  }
}
