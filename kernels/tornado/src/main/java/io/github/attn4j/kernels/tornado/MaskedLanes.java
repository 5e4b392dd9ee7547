package io.github.attn4j.kernels.tornado;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/**
 * What soft cap, window, length and dense mask make of one key's scores in 16 queries; a step each,
 * since TornadoVM inlines no method of more than 600 nodes, and without a branch in any lane.
 *
 * <p>What hides a pair gives a limit, infinite where the pair is visible and -inf where it is not.
 * The lesser of limit and score is the score, and -inf even where that was NaN.
 */
final class MaskedLanes {
  private MaskedLanes() {}

  /** Scores after a soft cap that there is. */
  static Float16 capped(float cap, Float16 scores) {
    return new Float16(
        lane(cap, scores.getS0()),
        lane(cap, scores.getS1()),
        lane(cap, scores.getS2()),
        lane(cap, scores.getS3()),
        lane(cap, scores.getS4()),
        lane(cap, scores.getS5()),
        lane(cap, scores.getS6()),
        lane(cap, scores.getS7()),
        lane(cap, scores.getS8()),
        lane(cap, scores.getS9()),
        lane(cap, scores.getS10()),
        lane(cap, scores.getS11()),
        lane(cap, scores.getS12()),
        lane(cap, scores.getS13()),
        lane(cap, scores.getS14()),
        lane(cap, scores.getS15()));
  }

  private static float lane(float cap, float score) {
    return cap * TornadoMath.tanh(score / cap);
  }

  /** The scores that a limit leaves. */
  static Float16 within(Float16 limit, Float16 scores) {
    return Float16.min(limit, scores); // in this order: NaN is not less than the limit
  }

  /**
   * The limit that window and length set.
   *
   * @param sequence where the batch's numbers stand in the shape
   * @param first query of lane 0
   * @param last query that stands for those behind it
   */
  static Float16 inRange(int[] shape, int sequence, int first, int last, int key) {
    // Key k is in range of query i if begin + i <= k < end + i and k is below the length.
    int exists = key < shape[sequence + Arguments.KEY_LENGTH] ? key : Integer.MIN_VALUE / 2;
    int newest = exists - shape[sequence + Arguments.FIRST_KEY];
    int oldest = key - shape[sequence + Arguments.KEYS_END] + 1;
    return new Float16(
        lane(newest, oldest, first + 0, last),
        lane(newest, oldest, first + 1, last),
        lane(newest, oldest, first + 2, last),
        lane(newest, oldest, first + 3, last),
        lane(newest, oldest, first + 4, last),
        lane(newest, oldest, first + 5, last),
        lane(newest, oldest, first + 6, last),
        lane(newest, oldest, first + 7, last),
        lane(newest, oldest, first + 8, last),
        lane(newest, oldest, first + 9, last),
        lane(newest, oldest, first + 10, last),
        lane(newest, oldest, first + 11, last),
        lane(newest, oldest, first + 12, last),
        lane(newest, oldest, first + 13, last),
        lane(newest, oldest, first + 14, last),
        lane(newest, oldest, first + 15, last));
  }

  private static float lane(int newest, int oldest, int query, int last) {
    int i = Math.min(query, last);
    return limit(Math.min(newest - i, i - oldest));
  }

  /**
   * The limit that a dense mask sets.
   *
   * @param at of the mask's row 0 and a key that exists
   */
  static Float16 shown(byte[] visible, int at, int stride, int first, int last) {
    return new Float16(
        lane(visible, at, stride, first + 0, last),
        lane(visible, at, stride, first + 1, last),
        lane(visible, at, stride, first + 2, last),
        lane(visible, at, stride, first + 3, last),
        lane(visible, at, stride, first + 4, last),
        lane(visible, at, stride, first + 5, last),
        lane(visible, at, stride, first + 6, last),
        lane(visible, at, stride, first + 7, last),
        lane(visible, at, stride, first + 8, last),
        lane(visible, at, stride, first + 9, last),
        lane(visible, at, stride, first + 10, last),
        lane(visible, at, stride, first + 11, last),
        lane(visible, at, stride, first + 12, last),
        lane(visible, at, stride, first + 13, last),
        lane(visible, at, stride, first + 14, last),
        lane(visible, at, stride, first + 15, last));
  }

  private static float lane(byte[] visible, int at, int stride, int query, int last) {
    return limit(visible[at + Math.min(query, last) * stride] - 1);
  }

  /** Infinite from 0 on, -inf below. */
  private static float limit(int number) {
    return (number + 0.5f) * Float.POSITIVE_INFINITY;
  }

  /** Scores with an additive mask's values added; {@link #shown} hides what these hide. */
  static Float16 biased(float[] bias, int at, int stride, int first, int last, Float16 scores) {
    return new Float16(
        lane(bias, at, stride, first + 0, last, scores.getS0()),
        lane(bias, at, stride, first + 1, last, scores.getS1()),
        lane(bias, at, stride, first + 2, last, scores.getS2()),
        lane(bias, at, stride, first + 3, last, scores.getS3()),
        lane(bias, at, stride, first + 4, last, scores.getS4()),
        lane(bias, at, stride, first + 5, last, scores.getS5()),
        lane(bias, at, stride, first + 6, last, scores.getS6()),
        lane(bias, at, stride, first + 7, last, scores.getS7()),
        lane(bias, at, stride, first + 8, last, scores.getS8()),
        lane(bias, at, stride, first + 9, last, scores.getS9()),
        lane(bias, at, stride, first + 10, last, scores.getS10()),
        lane(bias, at, stride, first + 11, last, scores.getS11()),
        lane(bias, at, stride, first + 12, last, scores.getS12()),
        lane(bias, at, stride, first + 13, last, scores.getS13()),
        lane(bias, at, stride, first + 14, last, scores.getS14()),
        lane(bias, at, stride, first + 15, last, scores.getS15()));
  }

  private static float lane(float[] bias, int at, int stride, int query, int last, float score) {
    return score + bias[at + Math.min(query, last) * stride];
  }
}
