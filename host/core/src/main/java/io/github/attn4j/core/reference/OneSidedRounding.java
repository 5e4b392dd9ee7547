package io.github.attn4j.core.reference;

/**
 * What rounding costs a row's two sums as kernels form them, weights and weighted values that
 * nobody has divided yet, where it does not average out. The same terms are added in float32, one
 * after the other, and the error of every addition is kept (Knuth's TwoSum, exact). Errors of
 * unrelated terms have both signs and cancel. Those of equal ones do not while the sum stays
 * between two powers of two: each addition drops the same low bits. So errors are added up with
 * their signs over stretches in which the number of terms grows by a factor of about the square
 * root of two, short enough that a sum crosses a power of two in one of them at most, and the
 * stretches without: docs/numerics.md argues why that bounds other orders of the same terms too.
 */
final class OneSidedRounding {
  private final float[] values;
  private final float[] sums;
  private final float[] errors;
  private final float[] drifts;
  private float weightSum;
  private float weightError;
  private float weightDrift;
  private int terms;
  private int stretchEnd = 2;

  /** For rows of so many values. */
  OneSidedRounding(int columns) {
    values = new float[columns];
    sums = new float[columns];
    errors = new float[columns];
    drifts = new float[columns];
  }

  /** Adds one key: its weight, and its values times that. */
  void add(float weight, float[] v, int valueRow) {
    System.arraycopy(v, valueRow, values, 0, values.length);
    addProducts(weight, values, sums, errors);
    float before = weightSum;
    weightSum = before + weight;
    weightError += roundedOff(before, weight, weightSum);
    if (++terms == stretchEnd) {
      endStretch();
      stretchEnd += Math.max(1, stretchEnd * 53 / 128);
    }
  }

  /** All four arrays begin at the same index, so that the loop becomes vector code. */
  private static void addProducts(float weight, float[] values, float[] sums, float[] errors) {
    for (int d = 0; d < sums.length; d++) {
      float before = sums[d];
      float term = weight * values[d];
      float after = before + term;
      sums[d] = after;
      float added = after - before;
      errors[d] += (before - (after - added)) + (term - added);
    }
  }

  private static float roundedOff(float before, float term, float after) {
    float added = after - before;
    return (before - (after - added)) + (term - added);
  }

  private void endStretch() {
    for (int d = 0; d < errors.length; d++) {
      drifts[d] += Math.abs(errors[d]);
      errors[d] = 0;
    }
    weightDrift += Math.abs(weightError);
    weightError = 0;
  }

  /** Of the sum of weights, relative to it: what LSE is off by. Call once, after the last key. */
  double ofWeights() {
    endStretch();
    return finite(weightDrift / (double) weightSum);
  }

  /**
   * Of an element of the output, the largest over all columns that are finite, given {@link
   * #ofWeights}.
   */
  double ofOutput(double weights) {
    double largest = 0;
    for (int d = 0; d < drifts.length; d++) {
      double own = (drifts[d] + Math.abs((double) sums[d]) * weights) / weightSum;
      largest = Math.max(largest, finite(own));
    }
    return largest;
  }

  /** What overflows buys nobody a budget. */
  private static double finite(double drift) {
    return Double.isFinite(drift) ? drift : 0;
  }
}
