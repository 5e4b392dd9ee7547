package io.github.attn4j.bench.explain;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.model.CapturedProjections;
import java.util.Arrays;
import java.util.Locale;

/**
 * One head's scores of one text's queries over a text's keys, its own or another's, under one mask,
 * and the LSE of each row that a kernel computed. A weight is e to the scaled score less its row's
 * LSE, so no second softmax is taken anywhere (Dao et al. 2022, "FlashAttention", section 3.1, for
 * how LSE gives the weights back).
 *
 * @param causal whether a query sees itself and what is before it alone; then there are as many
 *     keys as queries
 * @param logs logarithms of weights: scaled score less LSE, of the pairs that are visible, row
 *     after row, [query][keys that it sees]. Rounded to float32 after the difference: where a
 *     weight is large this is near 0, and nothing of a score of hundreds is lost
 * @param lse of each query's scaled scores, natural log
 */
@SuppressWarnings("ArrayRecordComponent") // data for a page, never compared
public record Scores(boolean causal, float[] logs, float[] lse) {
  /** C of docs/numerics.md: what a kernel may be off by, in units of float32 of its condition. */
  private static final double UNITS = 4;

  private static final double UNIT = 0x1p-24;

  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if there is not one number for each visible pair
   */
  public Scores {
    boolean whole =
        causal
            ? logs.length == pairs(true, lse.length, lse.length)
            : lse.length > 0 && logs.length > 0 && logs.length % lse.length == 0;
    if (!whole) {
      throw new IllegalArgumentException(
          "%,d scores of %d tokens%s: there must be one for each visible pair"
              .formatted(logs.length, lse.length, causal ? " behind a causal mask" : ""));
    }
  }

  /**
   * Scores of what a kernel read, held to the LSE that it wrote.
   *
   * @param asking its queries
   * @param answering its keys, as many heads of as many elements
   * @param head of both
   * @param scale of q k
   * @param allLse of all heads, [heads][queries]
   * @param causal as above
   * @param where for the message: which layer, and what else tells it from others
   * @throws BackendException.LaunchFailed where a row's weights miss a sum of 1 by more than a
   *     float32 LSE may be off, naming head and token: scores and LSE are then not of the same data
   */
  public static Scores of(
      CapturedProjections asking,
      CapturedProjections answering,
      int head,
      double scale,
      float[] allLse,
      boolean causal,
      String where) {
    int queries = asking.tokens();
    int dim = asking.headDim();
    float[] lse = Arrays.copyOfRange(allLse, head * queries, (head + 1) * queries);
    float[] logs = new float[pairs(causal, queries, answering.tokens())];
    int pair = 0;
    for (int query = 0; query < queries; query++) {
      int keys = causal ? query + 1 : answering.tokens();
      double sum = 0;
      double condition = 1 + Math.abs(lse[query]);
      for (int key = 0; key < keys; key++) {
        int q = (head * queries + query) * dim;
        int k = (head * answering.tokens() + key) * dim;
        double score = scale * dot(asking.q(), q, answering.k(), k, dim);
        double weight = Math.exp(score - lse[query]);
        logs[pair++] = (float) (score - lse[query]);
        sum += weight;
        double norms =
            Math.sqrt(
                dot(asking.q(), q, asking.q(), q, dim)
                    * dot(answering.k(), k, answering.k(), k, dim));
        condition += Math.min(1, weight) * (scale * norms + Math.abs(score));
      }
      // An LSE that is off by d makes the sum off by d: the budget is LSE's (docs/numerics.md).
      double budget = (UNITS * condition + Math.sqrt(keys)) * UNIT;
      if (!(Math.abs(sum - 1) <= budget && Double.isFinite(budget))) { // also of NaN
        throw new BackendException.LaunchFailed(
            String.format(
                Locale.ROOT,
                "weights of %s, head %d, token %d%s miss a sum of 1 by %.3g, and float32 explains %.1e: the kernel's LSE is not that of its queries and keys; another --kernel or --device tells whose mistake it is",
                where,
                head,
                query,
                causal ? ", causal" : "",
                Math.abs(sum - 1),
                budget));
      }
    }
    return new Scores(causal, logs, lse);
  }

  private static double dot(float[] a, int atA, float[] b, int atB, int count) {
    double sum = 0;
    for (int d = 0; d < count; d++) {
      sum += (double) a[atA + d] * b[atB + d];
    }
    return sum;
  }

  private static int pairs(boolean causal, int queries, int keys) {
    return causal ? queries * (queries + 1) / 2 : queries * keys;
  }

  /** Number of tokens, each of which has a row. */
  public int tokens() {
    return lse.length;
  }

  /** Number of keys: that of tokens, but across two texts. */
  public int keys() {
    return causal ? lse.length : logs.length / lse.length;
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
    return logs[(causal ? query * (query + 1) / 2 : query * keys()) + key];
  }

  /** A pair's weight, 0 where it is hidden. */
  public double weight(int query, int key) {
    return visible(query, key) ? Math.exp(log(query, key)) : 0;
  }

  /** Weights of a query over all keys. */
  public double[] row(int query) {
    double[] row = new double[keys()];
    Arrays.setAll(row, key -> weight(query, key));
    return row;
  }

  /** Entropy of a query's weights in nats: 0 on one key, ln n where n keys have equal weights. */
  public double entropy(int query) {
    return entropy(row(query));
  }

  /** The same of any weights. */
  public static double entropy(double[] weights) {
    double nats = 0;
    for (double weight : weights) {
      nats -= weight == 0 ? 0 : weight * Math.log(weight);
    }
    return nats;
  }

  /** How far the worst row's weights are from adding up to 1; NaN if one is. */
  public double largestRowError() {
    double largest = 0;
    for (int query = 0; query < tokens(); query++) {
      largest = Math.max(largest, rowError(query)); // NaN wins, as it must
    }
    return largest;
  }

  /** How far a row's weights are from adding up to 1. */
  double rowError(int query) {
    double sum = 0;
    for (double weight : row(query)) {
      sum += weight;
    }
    return Math.abs(sum - 1);
  }
}
