package io.github.attn4j.bench.explain;

/**
 * One head's attention over a text, with and without a causal mask: scores once, and the LSE of
 * each row that a kernel computed. A weight is e to the score less its row's LSE, so no second
 * softmax is taken anywhere.
 *
 * @param head number, from 0
 * @param dots q . k, not yet scaled: [tokens of queries][tokens of keys]
 * @param lse of each query where it sees every key, natural log
 * @param causalLse of each query where it sees itself and the keys before it
 */
@SuppressWarnings("ArrayRecordComponent") // data for a page, never compared
public record HeadPattern(int head, float[] dots, float[] lse, float[] causalLse) {

  /** Number of tokens. */
  public int tokens() {
    return lse.length;
  }

  /** Whether a query sees a key. */
  public static boolean visible(boolean causal, int query, int key) {
    return !causal || key <= query;
  }

  /**
   * A pair's weight, 0 where it is hidden.
   *
   * @param scale of scores, 1 / sqrt(head dimension)
   */
  public double weight(double scale, boolean causal, int query, int key) {
    if (!visible(causal, query, key)) {
      return 0;
    }
    double score = scale * dots[query * tokens() + key];
    return Math.exp(score - (causal ? causalLse : lse)[query]);
  }

  /** Entropy of a query's weights in nats: 0 on one key, ln n where n keys have equal weights. */
  public double entropy(double scale, boolean causal, int query) {
    double nats = 0;
    for (int key = 0; key < tokens(); key++) {
      double weight = weight(scale, causal, query, key);
      nats -= weight == 0 ? 0 : weight * Math.log(weight);
    }
    return nats;
  }

  /** How far the worst row's weights are from adding up to 1, over both masks; NaN if one is. */
  double largestRowError(double scale) {
    double largest = 0;
    for (boolean causal : new boolean[] {false, true}) {
      for (int query = 0; query < tokens(); query++) {
        double sum = 0;
        for (int key = 0; key < tokens(); key++) {
          sum += weight(scale, causal, query, key);
        }
        largest = Math.max(largest, Math.abs(sum - 1)); // NaN wins, as it must
      }
    }
    return largest;
  }
}
