package io.github.attn4j.core.layer;

import java.util.Arrays;

/**
 * What the oracle says a layer's result is, and how far from it each element may be.
 *
 * @param columns of a row, for messages
 * @param values in float64, row after row
 * @param budgets of each; 0 where an element is to stay as it was, to the bit
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record LayerExpectation(int columns, double[] values, double[] budgets) {
  /**
   * Unit roundoffs of a result's condition that any order of summation may cost: that of
   * attention's budgets.
   */
  public static final double C = 4;

  /** Unit roundoff of float32. */
  static final double UNIT = 0x1p-24;

  /**
   * The budgets of whole rows: 2 max |plain - oracle| + C u max condition + u max walk, each over a
   * row's columns, as docs/numerics.md argues for attention.
   *
   * @param plain the same computation in float32, in the order in which it is written down
   * @param condition by what a rounding of one unit anywhere may move each element
   * @param walk sqrt(n) times the largest partial sum on the way to each element, where a sum of n
   *     terms is rounded n times
   */
  static LayerExpectation of(
      int columns, double[] values, float[] plain, double[] condition, double[] walk) {
    double[] budgets = new double[values.length];
    for (int from = 0; from < values.length; from += columns) {
      double worst = 0;
      double conditioned = 0;
      double walked = 0;
      for (int i = from; i < from + columns; i++) {
        // What overflows in the plain version must not buy anyone a budget.
        worst = larger(worst, Math.abs(plain[i] - values[i]));
        conditioned = larger(conditioned, condition[i]);
        walked = larger(walked, walk[i]);
      }
      double budget = 2 * worst + UNIT * (C * conditioned + walked);
      Arrays.fill(budgets, from, from + columns, budget);
    }
    return new LayerExpectation(columns, values, budgets);
  }

  private static double larger(double most, double candidate) {
    return Double.isFinite(candidate) ? Math.max(most, candidate) : most;
  }

  /**
   * Compares.
   *
   * @param actual the elements, and behind them any number that were NaN before and still have to
   *     be
   */
  public LayerComparison compare(float[] actual) {
    long failed = 0;
    double largest = 0;
    String worst = "";
    for (int i = 0; i < actual.length; i++) {
      double ratio = i < values.length ? ratio(actual[i], i) : beyond(actual[i]);
      if (!(ratio <= 1)) {
        failed++;
      }
      if (worst.isEmpty() || !(ratio <= largest)) {
        largest = ratio;
        worst = describe(i, actual[i]);
      }
    }
    if (actual.length < values.length) {
      throw new IllegalArgumentException(
          "%d elements were expected, and %d are there".formatted(values.length, actual.length));
    }
    return new LayerComparison(actual.length, failed, largest, worst);
  }

  private double ratio(float actual, int i) {
    if (!Double.isFinite(values[i])) {
      // inf - inf and 0 * inf depend on the order of summation.
      return Float.isFinite(actual) ? Double.POSITIVE_INFINITY : 0;
    }
    if (!Float.isFinite(actual)) {
      return Double.POSITIVE_INFINITY;
    }
    double error = Math.abs(actual - values[i]);
    return error == 0 ? 0 : error / budgets[i];
  }

  private static double beyond(float actual) {
    return Float.isNaN(actual) ? 0 : Double.POSITIVE_INFINITY;
  }

  private String describe(int i, float actual) {
    return i < values.length
        ? "[row %d, column %d] expected %.9g, actual %.9g, error %.3g, budget %.3g"
            .formatted(
                i / columns,
                i % columns,
                values[i],
                actual,
                Math.abs(actual - values[i]),
                budgets[i])
        : "element %d behind the last row was written: %.9g".formatted(i, actual);
  }
}
