package io.github.attn4j.core.expression;

/** The score of a pair, given what it was. */
@FunctionalInterface
public interface PairScore {

  /**
   * The new score.
   *
   * @param s the score so far, scaled and soft-capped
   * @param b batch
   * @param h query head
   * @param q the query's index
   * @param p its position
   * @param k the key's index
   */
  float score(float s, int b, int h, int q, int p, int k);

  /** Replaces the scores of keys firstKey to endKey - 1, which stand from {@code scores[at]} on. */
  default void apply(int b, int h, int q, int p, int firstKey, int endKey, float[] scores, int at) {
    for (int k = firstKey; k < endKey; k++) {
      scores[at + k - firstKey] = score(scores[at + k - firstKey], b, h, q, p, k);
    }
  }
}
