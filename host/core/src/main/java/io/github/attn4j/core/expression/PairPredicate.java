package io.github.attn4j.core.expression;

/** Whether a query sees a key. */
@FunctionalInterface
public interface PairPredicate {

  /**
   * Whether it does.
   *
   * @param b batch
   * @param h query head
   * @param q the query's index
   * @param p its position
   * @param k the key's index
   */
  boolean visible(int b, int h, int q, int p, int k);

  /** Answers for keys firstKey to endKey - 1, from {@code visible[at]} on. */
  default void fill(
      int b, int h, int q, int p, int firstKey, int endKey, boolean[] visible, int at) {
    for (int k = firstKey; k < endKey; k++) {
      visible[at + k - firstKey] = visible(b, h, q, p, k);
    }
  }

  /** How many keys from firstKey to endKey - 1 are visible. */
  default int count(int b, int h, int q, int p, int firstKey, int endKey) {
    int count = 0;
    for (int k = firstKey; k < endKey; k++) {
      if (visible(b, h, q, p, k)) {
        count++;
      }
    }
    return count;
  }
}
