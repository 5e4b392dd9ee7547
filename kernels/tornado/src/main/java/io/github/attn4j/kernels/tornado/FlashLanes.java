package io.github.attn4j.kernels.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/**
 * Idea: flash attention for CPU devices: the lanes of a vector are queries, so that keys and values
 * are scalars to broadcast and no sum runs across lanes; an item takes 32 queries, two vectors,
 * through tiles of 16 keys.
 *
 * <p>Paper: Dao, "FlashAttention-2: Faster Attention with Better Parallelism and Work Partitioning"
 * (2023), algorithm 1; Milakov and Gimelshein 2018, algorithm 3.
 *
 * <p>Tensors (float32): q [B, Hq, Sq, D], k [B, Hkv, Skv, D], v [B, Hkv, Skv, Dv], o [B, Hq, Sq,
 * Dv] by strides; lse [B, Hq, Sq] contiguous; packed [B Hq ceil(Sq / 32), {@link #vectors}] vectors
 * of 16.
 *
 * <p>Launch: (ceil(Sq / 32), B * Hq), work-groups of one item.
 *
 * <pre>
 *   packed, of one item: Q^T    [dimension][2]
 *                        O^T    [column][2]      not normalized yet
 *                        S^T    [key][2]         scores, then weights, of one tile
 *                        hidden [key][2]         which of them are, where a value is not finite
 * </pre>
 *
 * <p>Local memory: 0 bytes. Scratch: packed; an item's part of it, 20,480 bytes at D = Dv = 64,
 * stays in the first cache.
 *
 * <p>Preconditions: arguments as {@link Arguments} says; any D, Dv, lengths, strides, masks.
 *
 * <p>Leaves out: GPUs, where an item of 32 queries would leave nearly all of the device idle;
 * splitting one row's keys; tiles that a dense mask hides; fused multiply-adds, which TornadoVM
 * does not make of vectors.
 */
public final class FlashLanes {
  /** Queries of an item. */
  public static final int QUERIES = 2 * Lanes.COUNT;

  /** Keys of a tile. */
  public static final int KEYS = 16;

  /** Keys at a time: 8 vectors of sums for 2 of queries, which 32 registers hold. */
  private static final int STEP = 4;

  private FlashLanes() {}

  /** Vectors of {@code packed} for one item. */
  public static int vectors(int headDim, int valueDim) {
    return 2 * (headDim + valueDim + 2 * KEYS);
  }

  /** Computes O and LSE. */
  public static void flash(
      KernelContext context,
      float[] q,
      float[] k,
      float[] v,
      float[] o,
      float[] lse,
      byte[] visible,
      float[] bias,
      VectorFloat16 packed,
      int[] shape,
      float[] numbers) {
    int queries = shape[Arguments.QUERY_LENGTH];
    int headDim = shape[Arguments.HEAD_DIM];
    int valueDim = shape[Arguments.VALUE_DIM];
    int head = context.globalIdy;
    // Late blocks of a causal mask have most keys: they start first.
    int blocks = (queries + QUERIES - 1) / QUERIES;
    int block = blocks - 1 - context.globalIdx;
    int firstRow = block * QUERIES;
    int lastRow = Math.min(firstRow + QUERIES, queries) - 1;
    int b = head / shape[Arguments.QUERY_HEADS];
    int h = head % shape[Arguments.QUERY_HEADS];
    int kvHead = h / shape[Arguments.GROUP];
    // Ranges only move right from row to row: the first begin and the last end hold them all.
    int firstBegin = Pairs.keyBegin(shape, b, firstRow);
    int firstEnd = Pairs.keyEnd(shape, b, firstRow);
    int lastBegin = Pairs.keyBegin(shape, b, lastRow);
    int lastEnd = Pairs.keyEnd(shape, b, lastRow);
    int maskKind = shape[Arguments.MASK_KIND];
    int maskRow = Pairs.row(shape, Arguments.MASK, b, h, 0);
    int maskStride = shape[Arguments.MASK + Arguments.ROW_STRIDE];
    int sequence = Arguments.SEQUENCES + Arguments.SEQUENCE_SIZE * b;
    float cap = numbers[Arguments.SOFT_CAP];
    boolean plain = maskKind == Arguments.MASK_NONE && cap == 0;

    int queryAt = (head * blocks + block) * vectors(headDim, valueDim);
    int outputAt = queryAt + 2 * headDim;
    int weightAt = outputAt + 2 * valueDim;
    int hiddenAt = weightAt + 2 * KEYS;
    int qRow = Pairs.row(shape, Arguments.Q, b, h, 0);
    int qStride = shape[Arguments.Q + Arguments.ROW_STRIDE];
    Float16 scale = Lanes.all(numbers[Arguments.SCALE]);
    for (int d = 0; d < headDim; d++) {
      for (int half = 0; half < 2; half++) {
        Float16 row = Lanes.gather(q, qRow + d, qStride, firstRow + half * Lanes.COUNT, lastRow);
        packed.set(queryAt + 2 * d + half, row);
      }
    }
    Float16 zero = Lanes.all(0);
    for (int c = 0; c < 2 * valueDim; c++) {
      packed.set(outputAt + c, zero);
    }

    Float16 largestA = Lanes.all(Float.NEGATIVE_INFINITY); // m_i
    Float16 largestB = Lanes.all(Float.NEGATIVE_INFINITY);
    Float16 sumA = zero; // l_i
    Float16 sumB = zero;
    for (int tile = firstBegin; tile < lastEnd; tile += KEYS) {
      boolean allVisible = plain && tile >= lastBegin && tile + KEYS <= firstEnd;

      // S = Q K^T
      for (int n = 0; n < KEYS; n += STEP) {
        int k0 = keyRow(shape, Arguments.K, b, kvHead, tile + n, lastEnd);
        int k1 = keyRow(shape, Arguments.K, b, kvHead, tile + n + 1, lastEnd);
        int k2 = keyRow(shape, Arguments.K, b, kvHead, tile + n + 2, lastEnd);
        int k3 = keyRow(shape, Arguments.K, b, kvHead, tile + n + 3, lastEnd);
        Float16 a0 = Lanes.all(0);
        Float16 a1 = Lanes.all(0);
        Float16 a2 = Lanes.all(0);
        Float16 a3 = Lanes.all(0);
        Float16 b0 = Lanes.all(0);
        Float16 b1 = Lanes.all(0);
        Float16 b2 = Lanes.all(0);
        Float16 b3 = Lanes.all(0);
        for (int d = 0; d < headDim; d++) {
          Float16 queryA = packed.get(queryAt + 2 * d);
          Float16 queryB = packed.get(queryAt + 2 * d + 1);
          a0 = Lanes.multiplyAdd(queryA, k[k0 + d], a0);
          a1 = Lanes.multiplyAdd(queryA, k[k1 + d], a1);
          a2 = Lanes.multiplyAdd(queryA, k[k2 + d], a2);
          a3 = Lanes.multiplyAdd(queryA, k[k3 + d], a3);
          b0 = Lanes.multiplyAdd(queryB, k[k0 + d], b0);
          b1 = Lanes.multiplyAdd(queryB, k[k1 + d], b1);
          b2 = Lanes.multiplyAdd(queryB, k[k2 + d], b2);
          b3 = Lanes.multiplyAdd(queryB, k[k3 + d], b3);
        }
        packed.set(weightAt + 2 * n, Float16.mult(a0, scale));
        packed.set(weightAt + 2 * n + 1, Float16.mult(b0, scale));
        packed.set(weightAt + 2 * n + 2, Float16.mult(a1, scale));
        packed.set(weightAt + 2 * n + 3, Float16.mult(b1, scale));
        packed.set(weightAt + 2 * n + 4, Float16.mult(a2, scale));
        packed.set(weightAt + 2 * n + 5, Float16.mult(b2, scale));
        packed.set(weightAt + 2 * n + 6, Float16.mult(a3, scale));
        packed.set(weightAt + 2 * n + 7, Float16.mult(b3, scale));
      }

      boolean hasNonFinite = false;
      if (!allVisible) {
        for (int n = 0; n < 2 * KEYS; n++) {
          int first = firstRow + n % 2 * Lanes.COUNT;
          int key = tile + n / 2;
          int maskAt = maskRow + Math.min(key, lastEnd - 1); // a key out of range has no element
          Float16 scores = packed.get(weightAt + n);
          if (cap > 0) {
            scores = MaskedLanes.capped(cap, scores);
          }
          if (maskKind == Arguments.MASK_ADDITIVE) {
            scores = MaskedLanes.biased(bias, maskAt, maskStride, first, lastRow, scores);
          }
          if (maskKind != Arguments.MASK_NONE) {
            Float16 shown = MaskedLanes.shown(visible, maskAt, maskStride, first, lastRow);
            scores = MaskedLanes.within(shown, scores);
          }
          Float16 inRange = MaskedLanes.inRange(shape, sequence, first, lastRow, key);
          scores = MaskedLanes.within(inRange, scores);
          packed.set(weightAt + n, scores);
        }
        float bad = 0;
        for (int n = 0; n < KEYS; n++) {
          int vRow = keyRow(shape, Arguments.V, b, kvHead, tile + n, lastEnd);
          for (int c = 0; c < valueDim; c++) {
            bad += v[vRow + c] * 0; // NaN and infinity times 0 are NaN
          }
        }
        hasNonFinite = bad != 0;
      }

      // Online softmax: the weights of this tile, and what earlier ones are scaled by.
      Float16 newA = largestA;
      Float16 newB = largestB;
      for (int n = 0; n < 2 * KEYS; n += 2) {
        newA = Float16.max(newA, packed.get(weightAt + n));
        newB = Float16.max(newB, packed.get(weightAt + n + 1));
      }
      Float16 shiftA = Lanes.shift(newA);
      Float16 shiftB = Lanes.shift(newB);
      Float16 alphaA = Lanes.exp(Float16.sub(largestA, shiftA));
      Float16 alphaB = Lanes.exp(Float16.sub(largestB, shiftB));
      largestA = newA;
      largestB = newB;
      sumA = Float16.mult(sumA, alphaA);
      sumB = Float16.mult(sumB, alphaB);
      for (int n = 0; n < 2 * KEYS; n += 2) {
        Float16 scoresA = packed.get(weightAt + n);
        Float16 scoresB = packed.get(weightAt + n + 1);
        Float16 weightsA = Lanes.exp(Float16.sub(scoresA, shiftA));
        Float16 weightsB = Lanes.exp(Float16.sub(scoresB, shiftB));
        sumA = Float16.add(sumA, weightsA);
        sumB = Float16.add(sumB, weightsB);
        if (hasNonFinite) {
          packed.set(hiddenAt + n, Lanes.hidden(scoresA));
          packed.set(hiddenAt + n + 1, Lanes.hidden(scoresB));
        }
        packed.set(weightAt + n, weightsA);
        packed.set(weightAt + n + 1, weightsB);
      }

      // O = O * alpha + P V
      for (int c = 0; c < 2 * valueDim; c += 2) {
        packed.set(outputAt + c, Float16.mult(packed.get(outputAt + c), alphaA));
        packed.set(outputAt + c + 1, Float16.mult(packed.get(outputAt + c + 1), alphaB));
      }
      if (hasNonFinite) {
        for (int n = 0; n < 2 * KEYS; n++) {
          Float16 weights = packed.get(weightAt + n);
          Float16 hidden = packed.get(hiddenAt + n);
          int vRow = keyRow(shape, Arguments.V, b, kvHead, tile + n / 2, lastEnd);
          for (int c = 0; c < valueDim; c++) {
            int at = outputAt + 2 * c + n % 2;
            float value = v[vRow + c];
            if (value * 0 == 0) { // finite
              packed.set(at, Lanes.multiplyAdd(weights, value, packed.get(at)));
            } else {
              packed.set(at, Lanes.addNonFinite(packed.get(at), weights, hidden, value));
            }
          }
        }
      } else {
        for (int n = 0; n < KEYS; n += STEP) {
          int v0 = keyRow(shape, Arguments.V, b, kvHead, tile + n, lastEnd);
          int v1 = keyRow(shape, Arguments.V, b, kvHead, tile + n + 1, lastEnd);
          int v2 = keyRow(shape, Arguments.V, b, kvHead, tile + n + 2, lastEnd);
          int v3 = keyRow(shape, Arguments.V, b, kvHead, tile + n + 3, lastEnd);
          Float16 a0 = packed.get(weightAt + 2 * n);
          Float16 b0 = packed.get(weightAt + 2 * n + 1);
          Float16 a1 = packed.get(weightAt + 2 * n + 2);
          Float16 b1 = packed.get(weightAt + 2 * n + 3);
          Float16 a2 = packed.get(weightAt + 2 * n + 4);
          Float16 b2 = packed.get(weightAt + 2 * n + 5);
          Float16 a3 = packed.get(weightAt + 2 * n + 6);
          Float16 b3 = packed.get(weightAt + 2 * n + 7);
          for (int c = 0; c < valueDim; c++) {
            Float16 accA = packed.get(outputAt + 2 * c);
            Float16 accB = packed.get(outputAt + 2 * c + 1);
            accA = Lanes.multiplyAdd(a0, v[v0 + c], accA);
            accA = Lanes.multiplyAdd(a1, v[v1 + c], accA);
            accA = Lanes.multiplyAdd(a2, v[v2 + c], accA);
            accA = Lanes.multiplyAdd(a3, v[v3 + c], accA);
            accB = Lanes.multiplyAdd(b0, v[v0 + c], accB);
            accB = Lanes.multiplyAdd(b1, v[v1 + c], accB);
            accB = Lanes.multiplyAdd(b2, v[v2 + c], accB);
            accB = Lanes.multiplyAdd(b3, v[v3 + c], accB);
            packed.set(outputAt + 2 * c, accA);
            packed.set(outputAt + 2 * c + 1, accB);
          }
        }
      }
    }

    int oRow = Pairs.row(shape, Arguments.O, b, h, 0);
    int oStride = shape[Arguments.O + Arguments.ROW_STRIDE];
    Float16 normalizerA = Lanes.normalizer(sumA);
    Float16 normalizerB = Lanes.normalizer(sumB);
    for (int c = 0; c < valueDim; c++) {
      Float16 rowA = Float16.mult(packed.get(outputAt + 2 * c), normalizerA);
      Float16 rowB = Float16.mult(packed.get(outputAt + 2 * c + 1), normalizerB);
      Lanes.scatter(o, oRow + c, oStride, firstRow, queries, rowA);
      Lanes.scatter(o, oRow + c, oStride, firstRow + Lanes.COUNT, queries, rowB);
    }
    int lseRow = head * queries;
    Lanes.scatter(lse, lseRow, 1, firstRow, queries, Lanes.logSumExp(largestA, sumA));
    Lanes.scatter(lse, lseRow, 1, firstRow + Lanes.COUNT, queries, Lanes.logSumExp(largestB, sumB));
  }

  /** Row of a key; the last one in range stands for those behind it, which nobody sees. */
  private static int keyRow(int[] shape, int layout, int b, int kvHead, int key, int end) {
    return Pairs.row(shape, layout, b, kvHead, key < end ? key : end - 1);
  }
}
