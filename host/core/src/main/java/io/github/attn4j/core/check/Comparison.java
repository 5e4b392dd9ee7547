package io.github.attn4j.core.check;

import org.jspecify.annotations.Nullable;

/**
 * A result held against the oracle.
 *
 * @param checkedElements elements of O and LSE that were compared
 * @param failedElements those over budget, or finite where the oracle is not, or the reverse
 * @param maxErrorOverBudget the largest error as a share of its budget; infinite where finiteness
 *     differs
 * @param worst where that was; null if nothing was compared
 * @param undecidedRows rows of which nothing could be demanded, left out of all the others: see
 *     {@link ErrorBudget#demands}
 * @param accuracy the errors without any budget
 */
public record Comparison(
    long checkedElements,
    long failedElements,
    double maxErrorOverBudget,
    @Nullable WorstElement worst,
    long undecidedRows,
    Accuracy accuracy) {

  /** Of rows that were all compared, and whose errors nobody asks about beside their budgets. */
  public Comparison(
      long checkedElements,
      long failedElements,
      double maxErrorOverBudget,
      @Nullable WorstElement worst) {
    this(checkedElements, failedElements, maxErrorOverBudget, worst, 0, Accuracy.NONE);
  }

  /**
   * Whether every element is within budget, and there was a row at least: one of which nothing can
   * be demanded is right whatever it holds.
   */
  public boolean passed() {
    return failedElements == 0 && checkedElements + undecidedRows > 0;
  }

  /**
   * The element that is farthest off.
   *
   * @param tensor "O" or "LSE"
   * @param b batch
   * @param h query head
   * @param q query
   * @param d column, -1 for LSE
   * @param expected the oracle's value
   * @param actual the kernel's value
   * @param budget what they may differ by
   */
  public record WorstElement(
      String tensor, int b, int h, int q, int d, double expected, double actual, double budget) {
    /**
     * An element of a tensor without gaps.
     *
     * @param tensor its name
     * @param at index in [batch, heads, rows, columns]
     */
    public static WorstElement of(
        String tensor,
        int at,
        int heads,
        int rows,
        int columns,
        double expected,
        double actual,
        double budget) {
      int row = at / columns;
      int head = row / rows;
      return new WorstElement(
          tensor, head / heads, head % heads, row % rows, at % columns, expected, actual, budget);
    }

    /** One line for a person. */
    public String describe() {
      String index =
          d < 0
              ? "[b %d, h %d, q %d]".formatted(b, h, q)
              : "[b %d, h %d, q %d, d %d]".formatted(b, h, q, d);
      return "%s%s expected %.9g, actual %.9g, error %.3g, budget %.3g"
          .formatted(tensor, index, expected, actual, Math.abs(actual - expected), budget);
    }
  }
}
