package io.github.attn4j.bench.explain;

/**
 * One head's scores over a text under one mask, and the LSE of each row that a kernel computed. A
 * weight is e to the scaled score less its row's LSE, so no second softmax is taken anywhere (Dao
 * et al. 2022, "FlashAttention", section 3.1, for how LSE gives the weights back).
 *
 * @param causal whether a query sees itself and what is before it alone
 * @param logs logarithms of weights: scaled score less LSE, of the pairs that are visible, row
 *     after row, [query][keys that it sees]. Rounded to float32 after the difference: where a
 *     weight is large this is near 0, and nothing of a score of hundreds is lost
 * @param lse of each query's scaled scores, natural log
 */
@SuppressWarnings("ArrayRecordComponent") // data for a page, never compared
public record Scores(boolean causal, float[] logs, float[] lse) {
  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if there is not one number for each visible pair
   */
  public Scores {
    if (logs.length != pairs(causal, lse.length)) {
      throw new IllegalArgumentException(
          "%,d scores of %d tokens%s, which have %,d visible pairs"
              .formatted(
                  logs.length,
                  lse.length,
                  causal ? " behind a causal mask" : "",
                  pairs(causal, lse.length)));
    }
  }

  /** Visible pairs. */
  static int pairs(boolean causal, int tokens) {
    return causal ? tokens * (tokens + 1) / 2 : tokens * tokens;
  }

  /** Number of tokens. */
  public int tokens() {
    return lse.length;
  }

  /** Whether a query sees a key. */
  public boolean visible(int query, int key) {
    return !causal || key <= query;
  }

  /**
   * The scaled score of a pair that is visible.
   *
   * @throws IllegalArgumentException if it is hidden
   */
  public double score(int query, int key) {
    return (double) log(query, key) + lse[query];
  }

  private float log(int query, int key) {
    if (!visible(query, key)) {
      throw new IllegalArgumentException(
          "query %d does not see key %d behind a causal mask".formatted(query, key));
    }
    return logs[(causal ? query * (query + 1) / 2 : query * tokens()) + key];
  }

  /** A pair's weight, 0 where it is hidden. */
  public double weight(int query, int key) {
    return visible(query, key) ? Math.exp(log(query, key)) : 0;
  }

  /** Entropy of a query's weights in nats: 0 on one key, ln n where n keys have equal weights. */
  public double entropy(int query) {
    double nats = 0;
    for (int key = 0; key < tokens(); key++) {
      double weight = weight(query, key);
      nats -= weight == 0 ? 0 : weight * Math.log(weight);
    }
    return nats;
  }

  /** How far the worst row's weights are from adding up to 1; NaN if one is. */
  double largestRowError() {
    double largest = 0;
    for (int query = 0; query < tokens(); query++) {
      largest = Math.max(largest, rowError(query)); // NaN wins, as it must
    }
    return largest;
  }

  /** How far a row's weights are from adding up to 1. */
  double rowError(int query) {
    double sum = 0;
    for (int key = 0; key < tokens(); key++) {
      sum += weight(query, key);
    }
    return Math.abs(sum - 1);
  }
}
