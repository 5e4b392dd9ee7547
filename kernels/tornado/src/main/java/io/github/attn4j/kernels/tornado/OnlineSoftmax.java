package io.github.attn4j.kernels.tornado;

import uk.ac.manchester.tornado.api.KernelContext;

/**
 * Idea: one pass over the keys with running maximum and sum; an item keeps its row of O where it is
 * to lie in the end, and rescales it when the maximum grows.
 *
 * <p>Paper: Milakov and Gimelshein, "Online normalizer calculation for softmax" (2018), algorithm
 * 3; Rabe and Staats 2021, section 2.
 *
 * <p>Tensors (float32): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv], o [B, Hq, Sq,
 * Dv] by strides; lse [B, Hq, Sq] contiguous; scratch unused.
 *
 * <p>Launch: (Sq rounded up to work-groups of 16, B * Hq), one item a query.
 *
 * <p>Local memory: 0 bytes.
 *
 * <p>Preconditions: arguments as {@link Arguments} says; any D, Dv, lengths, strides, masks.
 *
 * <p>Leaves out: tiles; every item reads all keys it sees for itself, and its row of O once a key.
 */
public final class OnlineSoftmax {
  private OnlineSoftmax() {}

  /** Computes O and LSE. */
  public static void onlineSoftmax(
      KernelContext context,
      float[] q,
      float[] k,
      float[] v,
      float[] o,
      float[] lse,
      byte[] visible,
      float[] bias,
      float[] scratch,
      int[] shape,
      float[] numbers) {
    int i = context.globalIdx;
    int head = context.globalIdy;
    int queries = shape[Arguments.QUERY_LENGTH];
    if (i < queries) {
      int headDim = shape[Arguments.HEAD_DIM];
      int valueDim = shape[Arguments.VALUE_DIM];
      int b = head / shape[Arguments.QUERY_HEADS];
      int h = head % shape[Arguments.QUERY_HEADS];
      int kvHead = h / shape[Arguments.GROUP];
      int begin = Pairs.keyBegin(shape, b, i);
      int end = Pairs.keyEnd(shape, b, i);
      int qRow = Pairs.row(shape, Arguments.Q, b, h, i);
      int oRow = Pairs.row(shape, Arguments.O, b, h, i);
      int maskRow = Pairs.row(shape, Arguments.MASK, b, h, i);

      float largest = Float.NEGATIVE_INFINITY;
      float sum = 0;
      for (int c = 0; c < valueDim; c++) {
        o[oRow + c] = 0;
      }
      for (int key = begin; key < end; key++) {
        int kRow = Pairs.row(shape, Arguments.K, b, kvHead, key);
        float product = 0;
        for (int d = 0; d < headDim; d++) {
          product += q[qRow + d] * k[kRow + d];
        }
        float score =
            DeviceMath.cap(numbers[Arguments.SOFT_CAP], product * numbers[Arguments.SCALE]);
        score = Pairs.masked(visible, bias, shape[Arguments.MASK_KIND], maskRow + key, score);
        // A hidden pair: neither its weight nor its value is looked at.
        if (score != Float.NEGATIVE_INFINITY) {
          float alpha = 1;
          if (score > largest) { // false for NaN, which comes through the exponential
            alpha = DeviceMath.exp(largest - score);
            largest = score;
          }
          // The maximum stays -inf while all scores are NaN; NaN minus anything is NaN.
          float weight = DeviceMath.exp(score - largest);
          sum = sum * alpha + weight;
          int vRow = Pairs.row(shape, Arguments.V, b, kvHead, key);
          for (int c = 0; c < valueDim; c++) {
            o[oRow + c] = o[oRow + c] * alpha + weight * v[vRow + c];
          }
        }
      }
      float normalizer = sum == 0 ? 0 : 1 / sum;
      for (int c = 0; c < valueDim; c++) {
        o[oRow + c] *= normalizer;
      }
      lse[head * queries + i] = sum == 0 ? Float.NEGATIVE_INFINITY : largest + DeviceMath.log(sum);
    }
  }
}
