package io.github.attn4j.kernels.tornado;

import uk.ac.manchester.tornado.api.KernelContext;

/**
 * Idea: flash attention: a work-group takes {@code items} queries, one an item, through tiles of 16
 * keys in local memory; an item's 16 scores and 8 columns of O at a time stay in registers.
 *
 * <p>Paper: Dao, "FlashAttention-2: Faster Attention with Better Parallelism and Work Partitioning"
 * (2023), algorithm 1; Milakov and Gimelshein 2018, algorithm 3.
 *
 * <p>Tensors (float32): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv], o [B, Hq, Sq,
 * Dv] by strides; lse [B, Hq, Sq] contiguous; scratch unused.
 *
 * <p>Launch: (items * ceil(Sq / items), B * Hq), work-groups of (items, 1).
 *
 * <pre>
 *   queries -&gt;  item 0, item 1, ...      keys and values are the same for all items at a time and
 *   query tile  [dimension][item]        broadcast; what lies [..][item] is next to the neighbour's:
 *   weights     [key][item]              whole vectors on a CPU device, no bank conflicts on a GPU
 *   output tile [column][item]
 * </pre>
 *
 * <p>Local memory: 4 * ((headSize + valueSize + 16) * items + 16 * (headSize + valueSize) + 1)
 * bytes: 45,060 at 64 items and D = Dv = 64.
 *
 * <p>Preconditions: headSize and valueSize are D and Dv rounded up to multiples of 8; work-groups
 * of exactly {@code items}.
 *
 * <p>Leaves out: sharing an item's registers between queries, splitting one row's keys over
 * work-groups, leaving out tiles that a dense mask hides.
 */
public final class Flash {
  /** Keys of a tile. */
  public static final int KEYS = 16;

  /** What dimensions are rounded up to: as many are unrolled at a time. */
  public static final int STEP = 8;

  private static final float HIDDEN = -1;

  private Flash() {}

  /** Bytes of local memory. */
  public static long localBytes(int items, int headSize, int valueSize) {
    long columns = (long) headSize + valueSize;
    return Float.BYTES * ((columns + KEYS) * items + KEYS * columns + 1);
  }

  /**
   * Computes O and LSE.
   *
   * @param items queries of a work-group
   * @param headSize D, rounded up
   * @param valueSize Dv, rounded up; the three size local memory, and so have to be scalars
   */
  public static void flash(
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
      float[] numbers,
      int items,
      int headSize,
      int valueSize) {
    float[] queryTile = context.allocateFloatLocalArray(headSize * items);
    float[] outputTile = context.allocateFloatLocalArray(valueSize * items);
    float[] weights = context.allocateFloatLocalArray(KEYS * items);
    float[] keyTile = context.allocateFloatLocalArray(KEYS * headSize);
    float[] valueTile = context.allocateFloatLocalArray(KEYS * valueSize);
    int[] nonFinite = context.allocateIntLocalArray(1);

    int item = context.localIdx;
    int head = context.globalIdy;
    int queries = shape[Arguments.QUERY_LENGTH];
    int headDim = shape[Arguments.HEAD_DIM];
    int valueDim = shape[Arguments.VALUE_DIM];
    // Late blocks of a causal mask have most keys: they start first.
    int blocks = (queries + items - 1) / items;
    int firstRow = (blocks - 1 - context.groupIdx) * items;
    int lastRow = Math.min(firstRow + items, queries) - 1;
    int i = Math.min(firstRow + item, lastRow); // items past the end repeat the last row, unwritten
    int b = head / shape[Arguments.QUERY_HEADS];
    int h = head % shape[Arguments.QUERY_HEADS];
    int kvHead = h / shape[Arguments.GROUP];
    int begin = Pairs.keyBegin(shape, b, i);
    int end = Pairs.keyEnd(shape, b, i);
    // Ranges only move right from row to row: the first begin and the last end hold them all.
    int firstBegin = Pairs.keyBegin(shape, b, firstRow);
    int firstEnd = Pairs.keyEnd(shape, b, firstRow);
    int lastBegin = Pairs.keyBegin(shape, b, lastRow);
    int lastEnd = Pairs.keyEnd(shape, b, lastRow);
    int maskKind = shape[Arguments.MASK_KIND];
    int maskRow = Pairs.row(shape, Arguments.MASK, b, h, i);
    float scale = numbers[Arguments.SCALE];
    boolean plain = maskKind == Arguments.MASK_NONE && numbers[Arguments.SOFT_CAP] == 0;

    int qRow = Pairs.row(shape, Arguments.Q, b, h, i);
    for (int d = 0; d < headDim; d++) {
      queryTile[d * items + item] = q[qRow + d];
    }
    for (int d = headDim; d < headSize; d++) {
      queryTile[d * items + item] = 0;
    }
    for (int c = 0; c < valueSize; c++) {
      outputTile[c * items + item] = 0;
    }

    float largest = Float.NEGATIVE_INFINITY; // m_i
    float sum = 0; // l_i
    for (int tile = firstBegin; tile < lastEnd; tile += KEYS) {
      boolean allVisible = plain && tile >= lastBegin && tile + KEYS <= firstEnd;
      context.localBarrier(); // nobody reads the last tile any more
      if (item == 0) {
        nonFinite[0] = 0;
      }
      for (int n = item; n < KEYS * headSize; n += items) {
        int key = tile + n / headSize;
        int d = n % headSize;
        float value = 0;
        if (key < lastEnd && d < headDim) {
          value = k[Pairs.row(shape, Arguments.K, b, kvHead, key) + d];
        }
        keyTile[n] = value;
      }
      context.localBarrier(); // the flag is lowered before any item raises it
      float bad = 0;
      for (int n = item; n < KEYS * valueSize; n += items) {
        int key = tile + n / valueSize;
        int c = n % valueSize;
        float value = 0;
        if (key < lastEnd && c < valueDim) {
          value = v[Pairs.row(shape, Arguments.V, b, kvHead, key) + c];
        }
        valueTile[n] = value;
        bad += value * 0; // NaN and infinity times 0 are NaN
      }
      if (bad != 0) {
        nonFinite[0] = 1;
      }
      context.localBarrier(); // keys, values and the flag are written before any item reads them
      boolean hasNonFinite = nonFinite[0] != 0 && !allVisible;
      // What stands for a hidden pair where its value may be NaN, so that it can be left out.
      float hiddenWeight = hasNonFinite ? HIDDEN : 0;

      // S = Q K^T. Sums go through local memory: PoCL makes its loops over items between barriers,
      // and TornadoVM moves arithmetic past a barrier unless something before it stores the result.
      for (int n = 0; n < KEYS; n++) {
        weights[n * items + item] = 0;
      }
      for (int step = 0; step < headSize; step += STEP) {
        float s0 = weights[0 * items + item];
        float s1 = weights[1 * items + item];
        float s2 = weights[2 * items + item];
        float s3 = weights[3 * items + item];
        float s4 = weights[4 * items + item];
        float s5 = weights[5 * items + item];
        float s6 = weights[6 * items + item];
        float s7 = weights[7 * items + item];
        float s8 = weights[8 * items + item];
        float s9 = weights[9 * items + item];
        float s10 = weights[10 * items + item];
        float s11 = weights[11 * items + item];
        float s12 = weights[12 * items + item];
        float s13 = weights[13 * items + item];
        float s14 = weights[14 * items + item];
        float s15 = weights[15 * items + item];
        for (int n = 0; n < STEP; n++) {
          int kD = step + n;
          float qD = queryTile[kD * items + item];
          s0 += qD * keyTile[0 * headSize + kD];
          s1 += qD * keyTile[1 * headSize + kD];
          s2 += qD * keyTile[2 * headSize + kD];
          s3 += qD * keyTile[3 * headSize + kD];
          s4 += qD * keyTile[4 * headSize + kD];
          s5 += qD * keyTile[5 * headSize + kD];
          s6 += qD * keyTile[6 * headSize + kD];
          s7 += qD * keyTile[7 * headSize + kD];
          s8 += qD * keyTile[8 * headSize + kD];
          s9 += qD * keyTile[9 * headSize + kD];
          s10 += qD * keyTile[10 * headSize + kD];
          s11 += qD * keyTile[11 * headSize + kD];
          s12 += qD * keyTile[12 * headSize + kD];
          s13 += qD * keyTile[13 * headSize + kD];
          s14 += qD * keyTile[14 * headSize + kD];
          s15 += qD * keyTile[15 * headSize + kD];
        }
        weights[0 * items + item] = s0;
        weights[1 * items + item] = s1;
        weights[2 * items + item] = s2;
        weights[3 * items + item] = s3;
        weights[4 * items + item] = s4;
        weights[5 * items + item] = s5;
        weights[6 * items + item] = s6;
        weights[7 * items + item] = s7;
        weights[8 * items + item] = s8;
        weights[9 * items + item] = s9;
        weights[10 * items + item] = s10;
        weights[11 * items + item] = s11;
        weights[12 * items + item] = s12;
        weights[13 * items + item] = s13;
        weights[14 * items + item] = s14;
        weights[15 * items + item] = s15;
        context.localBarrier(); // orders nothing: it ends PoCL's loop over items
      }

      // Online softmax: the weights of this tile, and what earlier ones are scaled by.
      float newLargest = largest;
      if (allVisible) {
        for (int n = 0; n < KEYS; n++) {
          float score = weights[n * items + item] * scale;
          weights[n * items + item] = score;
          newLargest = score > newLargest ? score : newLargest;
        }
      } else {
        for (int n = 0; n < KEYS; n++) {
          int key = tile + n;
          float score = Float.NEGATIVE_INFINITY;
          if (key >= begin && key < end) {
            score = DeviceMath.cap(numbers[Arguments.SOFT_CAP], weights[n * items + item] * scale);
            score = Pairs.masked(visible, bias, maskKind, maskRow + key, score);
          }
          weights[n * items + item] = score;
          newLargest = score > newLargest ? score : newLargest; // false for NaN, which exp brings
        }
      }
      // A row that has seen nothing yet must not compute -inf - -inf.
      float shift = newLargest == Float.NEGATIVE_INFINITY ? 0 : newLargest;
      float alpha = DeviceMath.exp(largest - shift);
      largest = newLargest;
      sum *= alpha;
      for (int n = 0; n < KEYS; n++) {
        float score = weights[n * items + item];
        float weight = DeviceMath.exp(score - shift);
        sum += weight;
        weights[n * items + item] = score == Float.NEGATIVE_INFINITY ? hiddenWeight : weight;
      }
      context.localBarrier();

      // O = O * alpha + P V
      if (hasNonFinite) {
        for (int c = 0; c < valueSize; c++) {
          float acc = outputTile[c * items + item] * alpha;
          for (int n = 0; n < KEYS; n++) {
            float p = weights[n * items + item];
            float added = p * valueTile[n * valueSize + c];
            acc = p < 0 ? acc : acc + added; // false for NaN, which has to come through
          }
          outputTile[c * items + item] = acc;
        }
      } else {
        for (int step = 0; step < valueSize; step += STEP) {
          float o0 = outputTile[(step + 0) * items + item] * alpha;
          float o1 = outputTile[(step + 1) * items + item] * alpha;
          float o2 = outputTile[(step + 2) * items + item] * alpha;
          float o3 = outputTile[(step + 3) * items + item] * alpha;
          float o4 = outputTile[(step + 4) * items + item] * alpha;
          float o5 = outputTile[(step + 5) * items + item] * alpha;
          float o6 = outputTile[(step + 6) * items + item] * alpha;
          float o7 = outputTile[(step + 7) * items + item] * alpha;
          for (int n = 0; n < KEYS; n++) {
            float p = weights[n * items + item];
            int vC = n * valueSize + step;
            o0 += p * valueTile[vC + 0];
            o1 += p * valueTile[vC + 1];
            o2 += p * valueTile[vC + 2];
            o3 += p * valueTile[vC + 3];
            o4 += p * valueTile[vC + 4];
            o5 += p * valueTile[vC + 5];
            o6 += p * valueTile[vC + 6];
            o7 += p * valueTile[vC + 7];
          }
          outputTile[(step + 0) * items + item] = o0;
          outputTile[(step + 1) * items + item] = o1;
          outputTile[(step + 2) * items + item] = o2;
          outputTile[(step + 3) * items + item] = o3;
          outputTile[(step + 4) * items + item] = o4;
          outputTile[(step + 5) * items + item] = o5;
          outputTile[(step + 6) * items + item] = o6;
          outputTile[(step + 7) * items + item] = o7;
          context.localBarrier();
        }
      }
    }

    if (firstRow + item < queries) {
      float normalizer = sum == 0 ? 0 : 1 / sum;
      int oRow = Pairs.row(shape, Arguments.O, b, h, i);
      for (int c = 0; c < valueDim; c++) {
        o[oRow + c] = outputTile[c * items + item] * normalizer;
      }
      lse[head * queries + i] = sum == 0 ? Float.NEGATIVE_INFINITY : largest + DeviceMath.log(sum);
    }
  }
}
