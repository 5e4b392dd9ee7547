package io.github.attn4j.kernels.tornado;

import uk.ac.manchester.tornado.api.KernelContext;

/**
 * Idea: the definition in three launches, both products on tiles of 16 x 16 in local memory, so
 * that a work-group reads each row once for 16 results; a work-group reduces each row of the
 * softmax.
 *
 * <p>Paper: Vaswani et al., "Attention Is All You Need" (2017), equation 1; Volkov and Demmel 2008,
 * section 5.
 *
 * <p>Tensors (float32): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv], o [B, Hq, Sq,
 * Dv] by strides; lse [B, Hq, Sq] contiguous; scratch [B, Hq, Sq, Skv] contiguous: scores, then
 * weights.
 *
 * <p>Launch: scores over (Skv, Sq, B * Hq) and values over (Dv, Sq, B * Hq), each rounded up to
 * work-groups of (16, 16, 1), an item a result; softmax over (64 * Sq, B * Hq), a group of 64 a
 * row.
 *
 * <p>Local memory: 2,048 bytes in the products, 256 in the softmax. Scratch: 4 * B * Hq * Sq * Skv
 * bytes.
 *
 * <p>Preconditions: arguments as {@link Arguments} says; any D, Dv, lengths, strides, masks.
 *
 * <p>Leaves out: several results an item, so that every product still reads local memory twice.
 */
public final class TiledThreePass {
  /** Rows and columns of a tile. */
  public static final int TILE = 16;

  /** Bytes of local memory of the launch that needs most. */
  public static final long LOCAL_BYTES = 2L * Float.BYTES * TILE * TILE;

  private static final int ROW_ITEMS = 64;

  /** Stands for the weight of a hidden pair, so that its value, which may be NaN, is left out. */
  private static final float HIDDEN = -1;

  private TiledThreePass() {}

  /** Scores of every pair that windows and lengths leave; -inf where the mask hides one. */
  public static void scores(
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
    float[] queryTile = context.allocateFloatLocalArray(TILE * TILE);
    float[] keyTile = context.allocateFloatLocalArray(TILE * TILE);
    int x = context.localIdx;
    int y = context.localIdy;
    int key = context.globalIdx;
    int i = context.globalIdy;
    int head = context.globalIdz;
    int queries = shape[Arguments.QUERY_LENGTH];
    int keys = shape[Arguments.KV_LENGTH];
    int headDim = shape[Arguments.HEAD_DIM];
    int b = head / shape[Arguments.QUERY_HEADS];
    int h = head % shape[Arguments.QUERY_HEADS];
    int kvHead = h / shape[Arguments.GROUP];
    // Ranges only move right from row to row: the first begin and the last end hold them all.
    int firstRow = i - y;
    int lastRow = Math.min(firstRow + TILE, queries) - 1;
    int tileBegin = Pairs.keyBegin(shape, b, firstRow);
    int tileEnd = Pairs.keyEnd(shape, b, lastRow);
    int firstKey = key - x;
    int chunks = firstKey >= tileEnd || firstKey + TILE <= tileBegin ? 0 : headDim;

    float product = 0;
    for (int chunk = 0; chunk < chunks; chunk += TILE) {
      int column = chunk + x;
      float qValue = 0;
      if (i < queries && column < headDim) {
        qValue = q[Pairs.row(shape, Arguments.Q, b, h, i) + column];
      }
      queryTile[y * TILE + x] = qValue;
      float kValue = 0;
      if (firstKey + y < tileEnd && column < headDim) {
        kValue = k[Pairs.row(shape, Arguments.K, b, kvHead, firstKey + y) + column];
      }
      keyTile[x * TILE + y] = kValue; // transposed: neighbours read neighbouring keys
      context.localBarrier(); // both tiles are written before any item reads them
      for (int d = 0; d < TILE; d++) {
        product += queryTile[y * TILE + d] * keyTile[d * TILE + x];
      }
      context.localBarrier(); // and read before the next ones overwrite them
    }

    if (i < queries && key < keys) {
      float score = Float.NEGATIVE_INFINITY;
      if (key >= Pairs.keyBegin(shape, b, i) && key < Pairs.keyEnd(shape, b, i)) {
        score = DeviceMath.cap(numbers[Arguments.SOFT_CAP], product * numbers[Arguments.SCALE]);
        int maskRow = Pairs.row(shape, Arguments.MASK, b, h, i);
        score = Pairs.masked(visible, bias, shape[Arguments.MASK_KIND], maskRow + key, score);
      }
      scratch[(head * queries + i) * keys + key] = score;
    }
  }

  /** Turns each row of scores into weights, and writes LSE. */
  public static void softmax(
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
    float[] partial = context.allocateFloatLocalArray(ROW_ITEMS);
    int item = context.localIdx;
    int i = context.groupIdx;
    int head = context.globalIdy;
    int queries = shape[Arguments.QUERY_LENGTH];
    int b = head / shape[Arguments.QUERY_HEADS];
    int begin = Pairs.keyBegin(shape, b, i);
    int end = Pairs.keyEnd(shape, b, i);
    int row = head * queries + i;
    int scores = row * shape[Arguments.KV_LENGTH];

    float largest = Float.NEGATIVE_INFINITY;
    for (int key = begin + item; key < end; key += ROW_ITEMS) {
      float score = scratch[scores + key];
      largest = score > largest ? score : largest; // drops NaN, which the sum brings back
    }
    partial[item] = largest;
    for (int half = ROW_ITEMS / 2; half > 0; half /= 2) {
      context.localBarrier(); // what this step reads is written
      if (item < half) {
        float other = partial[item + half];
        partial[item] = other > partial[item] ? other : partial[item];
      }
    }
    context.localBarrier(); // the row's maximum is there
    largest = partial[0];
    context.localBarrier(); // and has been read by all
    // A row that sees nothing must not compute -inf - -inf.
    float shift = largest == Float.NEGATIVE_INFINITY ? 0 : largest;
    float sum = 0;
    for (int key = begin + item; key < end; key += ROW_ITEMS) {
      sum += DeviceMath.exp(scratch[scores + key] - shift);
    }
    partial[item] = sum;
    for (int half = ROW_ITEMS / 2; half > 0; half /= 2) {
      context.localBarrier(); // what this step reads is written
      if (item < half) {
        partial[item] += partial[item + half];
      }
    }
    context.localBarrier(); // the row's sum is there
    sum = partial[0];
    float normalizer = sum == 0 ? 0 : 1 / sum;
    for (int key = begin + item; key < end; key += ROW_ITEMS) {
      float score = scratch[scores + key];
      float weight = DeviceMath.exp(score - shift) * normalizer;
      scratch[scores + key] = score == Float.NEGATIVE_INFINITY ? HIDDEN : weight;
    }
    if (item == 0) {
      lse[row] = sum == 0 ? Float.NEGATIVE_INFINITY : shift + DeviceMath.log(sum);
    }
  }

  /** Weighted sums of V. */
  public static void values(
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
    float[] weightTile = context.allocateFloatLocalArray(TILE * TILE);
    float[] valueTile = context.allocateFloatLocalArray(TILE * TILE);
    int x = context.localIdx;
    int y = context.localIdy;
    int column = context.globalIdx;
    int i = context.globalIdy;
    int head = context.globalIdz;
    int queries = shape[Arguments.QUERY_LENGTH];
    int valueDim = shape[Arguments.VALUE_DIM];
    int b = head / shape[Arguments.QUERY_HEADS];
    int h = head % shape[Arguments.QUERY_HEADS];
    int kvHead = h / shape[Arguments.GROUP];
    int firstRow = i - y;
    int lastRow = Math.min(firstRow + TILE, queries) - 1;
    int tileBegin = Pairs.keyBegin(shape, b, firstRow);
    int tileEnd = Pairs.keyEnd(shape, b, lastRow);
    int row = Math.min(i, lastRow);
    int begin = Pairs.keyBegin(shape, b, row);
    int end = Pairs.keyEnd(shape, b, row);
    int weights = (head * queries + row) * shape[Arguments.KV_LENGTH];

    float acc = 0;
    for (int tile = tileBegin; tile < tileEnd; tile += TILE) {
      int key = tile + x;
      float weight = HIDDEN;
      if (key >= begin && key < end) {
        weight = scratch[weights + key];
      }
      weightTile[y * TILE + x] = weight;
      float value = 0;
      if (tile + y < tileEnd && column < valueDim) {
        value = v[Pairs.row(shape, Arguments.V, b, kvHead, tile + y) + column];
      }
      valueTile[y * TILE + x] = value;
      context.localBarrier(); // both tiles are written before any item reads them
      for (int n = 0; n < TILE; n++) {
        float p = weightTile[y * TILE + n];
        float added = p * valueTile[n * TILE + x];
        acc = p < 0 ? acc : acc + added; // false for NaN, which has to come through
      }
      context.localBarrier(); // and read before the next ones overwrite them
    }
    if (i < queries && column < valueDim) {
      o[Pairs.row(shape, Arguments.O, b, h, i) + column] = acc;
    }
  }
}
