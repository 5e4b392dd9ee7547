package io.github.attn4j.model;

/**
 * The queries, keys and values of one attention layer, each head's rows contiguous.
 *
 * <p>Element {@code (head, token, d)} of each array stands at {@code (head * tokens + token) *
 * headDim + d}, that is [heads][tokens][headDim]. The arrays are handed over, not copied: at a
 * million tokens each holds 1.5 GiB. For the same reason equality is that of the arrays' identity.
 *
 * @param heads number of attention heads, 12 for MiniLM
 * @param tokens number of positions, special tokens included
 * @param headDim elements per head and position, 32 for MiniLM
 * @param q queries, not yet scaled by 1 / sqrt(headDim)
 * @param k keys
 * @param v values
 */
@SuppressWarnings("ArrayRecordComponent") // identity is the wanted equality, see above
public record CapturedProjections(
    int heads, int tokens, int headDim, float[] q, float[] k, float[] v) {

  /**
   * Checks that every array has {@code heads * tokens * headDim} elements.
   *
   * @throws IllegalArgumentException if one has not
   */
  public CapturedProjections {
    long expected = (long) heads * tokens * headDim;
    requireLength("q", q, expected);
    requireLength("k", k, expected);
    requireLength("v", v, expected);
  }

  private static void requireLength(String name, float[] array, long expected) {
    if (array.length != expected) {
      throw new IllegalArgumentException(
          name + " has " + array.length + " elements, heads * tokens * headDim is " + expected);
    }
  }
}
