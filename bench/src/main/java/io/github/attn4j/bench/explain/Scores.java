package io.github.attn4j.bench.explain;

/**
 * One head's scores over a text under one mask, and the LSE of each row that a kernel computed. A
 * weight is e to the scaled score less its row's LSE, so no second softmax is taken anywhere
 * (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax"; Dao et al. 2022,
 * algorithm 1, for what LSE is).
 *
 * @param causal whether a query sees itself and what is before it alone
 * @param dots q . k, not yet scaled, of the pairs that are visible: row after row, [query][keys
 *     that it sees]
 * @param lse of each query's scaled scores, natural log
 */
@SuppressWarnings("ArrayRecordComponent") // data for a page, never compared
public record Scores(boolean causal, float[] dots, float[] lse) {
  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if there is not one dot product for each visible pair
   */
  public Scores {
    if (dots.length != pairs(causal, lse.length)) {
      throw new IllegalArgumentException(
          "%,d dot products of %d tokens%s, which have %,d visible pairs"
              .formatted(
                  dots.length,
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
   * q . k of a pair that is visible.
   *
   * @throws IllegalArgumentException if it is hidden
   */
  public float dot(int query, int key) {
    if (!visible(query, key)) {
      throw new IllegalArgumentException(
          "query %d does not see key %d behind a causal mask".formatted(query, key));
    }
    return dots[(causal ? query * (query + 1) / 2 : query * tokens()) + key];
  }

  /**
   * A pair's weight, 0 where it is hidden.
   *
   * @param scale of scores, 1 / sqrt(head dimension)
   */
  public double weight(double scale, int query, int key) {
    return visible(query, key) ? Math.exp(scale * dot(query, key) - lse[query]) : 0;
  }

  /** Entropy of a query's weights in nats: 0 on one key, ln n where n keys have equal weights. */
  public double entropy(double scale, int query) {
    double nats = 0;
    for (int key = 0; key < tokens(); key++) {
      double weight = weight(scale, query, key);
      nats -= weight == 0 ? 0 : weight * Math.log(weight);
    }
    return nats;
  }

  /** How far the worst row's weights are from adding up to 1; NaN if one is. */
  double largestRowError(double scale) {
    double largest = 0;
    for (int query = 0; query < tokens(); query++) {
      double sum = 0;
      for (int key = 0; key < tokens(); key++) {
        sum += weight(scale, query, key);
      }
      largest = Math.max(largest, Math.abs(sum - 1)); // NaN wins, as it must
    }
    return largest;
  }
}
