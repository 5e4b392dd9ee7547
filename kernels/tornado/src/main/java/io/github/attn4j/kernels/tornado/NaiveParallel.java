package io.github.attn4j.kernels.tornado;

import uk.ac.manchester.tornado.api.annotations.Parallel;

/**
 * Idea: the definition as plain loops, two of them marked parallel; nothing but ordinary Java,
 * which also runs as such.
 *
 * <p>Paper: Vaswani et al., "Attention Is All You Need" (2017), equation 1.
 *
 * <p>Tensors (float32): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv], o [B, Hq, Sq,
 * Dv] by strides; lse [B, Hq, Sq] contiguous; scratch [B, Hq, Sq, Skv] contiguous: scores, then
 * weights.
 *
 * <p>Launch: TornadoVM's own choice, one item a query (row of O).
 *
 * <p>Local memory: 0 bytes. Scratch: 4 * B * Hq * Sq * Skv bytes.
 *
 * <p>Preconditions: arguments as {@link Arguments} says; any D, Dv, lengths, strides, masks.
 *
 * <p>Leaves out: every optimisation. It is the first rung and the one to read.
 */
public final class NaiveParallel {
  private NaiveParallel() {}

  /**
   * Computes O and LSE.
   *
   * @param heads B * Hq or more
   * @param queries Sq or more; scalars, because TornadoVM sizes the launch by them
   */
  public static void naiveParallel(
      float[] q,
      float[] k,
      float[] v,
      float[] o,
      float[] lse,
      byte[] visible,
      float[] bias,
      float[] scratch,
      int[] shape,
      float[] numbers,
      int heads,
      int queries) {
    for (@Parallel int head = 0; head < heads; head++) {
      for (@Parallel int i = 0; i < queries; i++) {
        int b = head / shape[Arguments.QUERY_HEADS];
        if (b < shape[Arguments.BATCH] && i < shape[Arguments.QUERY_LENGTH]) {
          int h = head % shape[Arguments.QUERY_HEADS];
          int row = head * shape[Arguments.QUERY_LENGTH] + i;
          int kvHead = h / shape[Arguments.GROUP];
          int begin = Pairs.keyBegin(shape, b, i);
          int end = Pairs.keyEnd(shape, b, i);
          int scores = row * shape[Arguments.KV_LENGTH];
          int qRow = Pairs.row(shape, Arguments.Q, b, h, i);
          int maskRow = Pairs.row(shape, Arguments.MASK, b, h, i);

          float largest = Float.NEGATIVE_INFINITY;
          for (int key = begin; key < end; key++) {
            int kRow = Pairs.row(shape, Arguments.K, b, kvHead, key);
            float score = 0;
            for (int d = 0; d < shape[Arguments.HEAD_DIM]; d++) {
              score += q[qRow + d] * k[kRow + d];
            }
            score *= numbers[Arguments.SCALE];
            float cap = numbers[Arguments.SOFT_CAP];
            if (cap > 0) {
              score = cap * (float) Math.tanh(score / cap);
            }
            score = Pairs.masked(visible, bias, shape[Arguments.MASK_KIND], maskRow + key, score);
            scratch[scores + key] = score;
            if (score > largest) { // false for NaN, which the exponential brings back
              largest = score;
            }
          }

          // A row that sees nothing must not compute -inf - -inf.
          float shift = largest == Float.NEGATIVE_INFINITY ? 0 : largest;
          float sum = 0;
          for (int key = begin; key < end; key++) {
            sum += (float) Math.exp(scratch[scores + key] - shift);
          }
          lse[row] = sum == 0 ? Float.NEGATIVE_INFINITY : shift + (float) Math.log(sum);

          int oRow = Pairs.row(shape, Arguments.O, b, h, i);
          for (int d = 0; d < shape[Arguments.VALUE_DIM]; d++) {
            o[oRow + d] = 0;
          }
          for (int key = begin; key < end; key++) {
            float score = scratch[scores + key];
            if (score != Float.NEGATIVE_INFINITY) { // a hidden value may be NaN, and 0 * NaN is
              float weight = (float) Math.exp(score - shift) / sum;
              int vRow = Pairs.row(shape, Arguments.V, b, kvHead, key);
              for (int d = 0; d < shape[Arguments.VALUE_DIM]; d++) {
                o[oRow + d] += weight * v[vRow + d];
              }
            }
          }
        }
      }
    }
  }
}
