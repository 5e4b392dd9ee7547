package io.github.attn4j.core.reference;

import java.util.ArrayList;
import java.util.List;

/**
 * The pairs of one row that a score modifier hides or shows by a comparison that float32 may decide
 * either way. Any of them may be in a right result or not, which no error of a score expresses.
 *
 * <p>Let w be the pairs' weights, those of hidden ones as if they were shown, and W their sum.
 * Leaving out and adding any of them changes the row's sum of weights to at least 1 - W of what it
 * was, so that O moves by at most the sum of w (|v| + |O|) / (1 - W), and LSE by W / (1 - W).
 */
final class DoubtfulPairs {
  /** Doubt of a larger share of a row leaves nothing that is worth demanding. */
  private static final double LARGEST_SHARE = 0.5;

  private final List<Pair> pairs = new ArrayList<>(0);

  /** Whether a pair makes the row infinite or NaN, or does not. */
  private boolean mayOverflow;

  private record Pair(int key, double score) {}

  /**
   * How far a right result may be from the oracle's; infinite where it may be anything.
   *
   * @param output the largest of the row's elements'
   */
  record Doubt(double output, double lse) {
    static final Doubt TOTAL = new Doubt(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  /** What the mask adds to a key's score. */
  interface Bias {
    double of(int key);
  }

  /** Column d of a key's value. */
  interface Value {
    double of(int key, int d);
  }

  /** Looks at both scores of a visible pair, which differ only where a comparison is in doubt. */
  void add(int key, double score, double other) {
    boolean finite = Double.isFinite(score);
    if (Double.compare(score, other) == 0 || (finite && Double.isFinite(other))) {
      return;
    }
    if (score == Double.NEGATIVE_INFINITY || other == Double.NEGATIVE_INFINITY) {
      double shown = score == Double.NEGATIVE_INFINITY ? other : score;
      if (Double.isFinite(shown)) {
        pairs.add(new Pair(key, shown));
        return;
      }
    }
    mayOverflow = true;
  }

  boolean isEmpty() {
    return pairs.isEmpty() && !mayOverflow;
  }

  /**
   * What they amount to.
   *
   * @param lse the row's, without the hidden ones
   * @param output the row's
   */
  Doubt doubt(double lse, double[] output, Bias bias, Value values) {
    if (mayOverflow) {
      return Doubt.TOTAL;
    }
    if (!Double.isFinite(lse)) {
      return new Doubt(0, 0); // by a pair that is not in doubt
    }
    double share = 0;
    double[] moved = new double[output.length];
    for (Pair pair : pairs) {
      double weight = Math.exp(pair.score + bias.of(pair.key) - lse);
      share += weight;
      for (int d = 0; d < moved.length; d++) {
        double value = values.of(pair.key, d);
        if (!Double.isFinite(value)) {
          return Doubt.TOTAL;
        }
        // An element that others make infinite stays so.
        double element = Double.isFinite(output[d]) ? Math.abs(output[d]) : 0;
        moved[d] += weight * (Math.abs(value) + element);
      }
    }
    if (!(share <= LARGEST_SHARE)) {
      return Doubt.TOTAL;
    }
    double largest = 0;
    for (double element : moved) {
      largest = Math.max(largest, element);
    }
    return new Doubt(largest / (1 - share), share / (1 - share));
  }
}
