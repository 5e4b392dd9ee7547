package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.VectorMath.LANES;
import static io.github.attn4j.jvm.VectorMath.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The two matrix products of a tile, register-blocked: {@value #ROWS} rows times two vectors of
 * queries stay in registers over the whole inner loop. Lanes are queries, so that K and V are
 * broadcast element by element from where they lie, with neither packing nor horizontal sums.
 *
 * <p>The accumulators are spelt out because an array of vectors would be kept in memory. Each
 * method is compiled alone and small enough for the JIT to inline every vector operation.
 *
 * <p>Scratch layout: row r, lane i of a [rows, WIDTH] array is element r * WIDTH + i.
 */
final class MicroKernels {
  /** Keys, or value columns, that one call computes. */
  static final int ROWS = 8;

  /** Queries of a tile: two vectors. */
  static final int WIDTH = 2 * LANES;

  private MicroKernels() {}

  /**
   * scores[r, :] = scale * sum over d of k[key_r + d] * queries[d, :] for eight keys.
   *
   * @param queries Q transposed, [headDim, WIDTH]
   * @param k K's buffer
   * @param key0 where the first key's row starts, in elements
   * @param key7 where the last key's row starts; rows may repeat
   * @param scores receives [8, WIDTH] from {@code scoresAt} on
   */
  static void scores(
      float[] queries,
      int headDim,
      float[] k,
      int key0,
      int key1,
      int key2,
      int key3,
      int key4,
      int key5,
      int key6,
      int key7,
      float scale,
      float[] scores,
      int scoresAt) {
    FloatVector low0 = FloatVector.zero(SPECIES);
    FloatVector high0 = FloatVector.zero(SPECIES);
    FloatVector low1 = FloatVector.zero(SPECIES);
    FloatVector high1 = FloatVector.zero(SPECIES);
    FloatVector low2 = FloatVector.zero(SPECIES);
    FloatVector high2 = FloatVector.zero(SPECIES);
    FloatVector low3 = FloatVector.zero(SPECIES);
    FloatVector high3 = FloatVector.zero(SPECIES);
    FloatVector low4 = FloatVector.zero(SPECIES);
    FloatVector high4 = FloatVector.zero(SPECIES);
    FloatVector low5 = FloatVector.zero(SPECIES);
    FloatVector high5 = FloatVector.zero(SPECIES);
    FloatVector low6 = FloatVector.zero(SPECIES);
    FloatVector high6 = FloatVector.zero(SPECIES);
    FloatVector low7 = FloatVector.zero(SPECIES);
    FloatVector high7 = FloatVector.zero(SPECIES);
    for (int d = 0; d < headDim; d++) {
      FloatVector low = FloatVector.fromArray(SPECIES, queries, d * WIDTH);
      FloatVector high = FloatVector.fromArray(SPECIES, queries, d * WIDTH + LANES);
      FloatVector element0 = FloatVector.broadcast(SPECIES, k[key0 + d]);
      low0 = low.fma(element0, low0);
      high0 = high.fma(element0, high0);
      FloatVector element1 = FloatVector.broadcast(SPECIES, k[key1 + d]);
      low1 = low.fma(element1, low1);
      high1 = high.fma(element1, high1);
      FloatVector element2 = FloatVector.broadcast(SPECIES, k[key2 + d]);
      low2 = low.fma(element2, low2);
      high2 = high.fma(element2, high2);
      FloatVector element3 = FloatVector.broadcast(SPECIES, k[key3 + d]);
      low3 = low.fma(element3, low3);
      high3 = high.fma(element3, high3);
      FloatVector element4 = FloatVector.broadcast(SPECIES, k[key4 + d]);
      low4 = low.fma(element4, low4);
      high4 = high.fma(element4, high4);
      FloatVector element5 = FloatVector.broadcast(SPECIES, k[key5 + d]);
      low5 = low.fma(element5, low5);
      high5 = high.fma(element5, high5);
      FloatVector element6 = FloatVector.broadcast(SPECIES, k[key6 + d]);
      low6 = low.fma(element6, low6);
      high6 = high.fma(element6, high6);
      FloatVector element7 = FloatVector.broadcast(SPECIES, k[key7 + d]);
      low7 = low.fma(element7, low7);
      high7 = high.fma(element7, high7);
    }
    low0.mul(scale).intoArray(scores, scoresAt + 0 * LANES);
    high0.mul(scale).intoArray(scores, scoresAt + 1 * LANES);
    low1.mul(scale).intoArray(scores, scoresAt + 2 * LANES);
    high1.mul(scale).intoArray(scores, scoresAt + 3 * LANES);
    low2.mul(scale).intoArray(scores, scoresAt + 4 * LANES);
    high2.mul(scale).intoArray(scores, scoresAt + 5 * LANES);
    low3.mul(scale).intoArray(scores, scoresAt + 6 * LANES);
    high3.mul(scale).intoArray(scores, scoresAt + 7 * LANES);
    low4.mul(scale).intoArray(scores, scoresAt + 8 * LANES);
    high4.mul(scale).intoArray(scores, scoresAt + 9 * LANES);
    low5.mul(scale).intoArray(scores, scoresAt + 10 * LANES);
    high5.mul(scale).intoArray(scores, scoresAt + 11 * LANES);
    low6.mul(scale).intoArray(scores, scoresAt + 12 * LANES);
    high6.mul(scale).intoArray(scores, scoresAt + 13 * LANES);
    low7.mul(scale).intoArray(scores, scoresAt + 14 * LANES);
    high7.mul(scale).intoArray(scores, scoresAt + 15 * LANES);
  }

  /**
   * output[c, :] = output[c, :] * decay + sum over j of weights[j, :] * v[valueAt + j * stride + c]
   * for eight columns.
   *
   * @param weights P transposed, [keys, WIDTH]
   * @param valueAt where the first key's first of the eight columns lies
   * @param stride elements from one key's row to the next
   * @param output O transposed; the first column's row starts at {@code outputAt}
   * @param decay [WIDTH], what the maximum's growth leaves of the sums so far
   */
  static void values(
      float[] weights,
      int keys,
      float[] v,
      int valueAt,
      int stride,
      float[] output,
      int outputAt,
      float[] decay) {
    FloatVector decayLow = FloatVector.fromArray(SPECIES, decay, 0);
    FloatVector decayHigh = FloatVector.fromArray(SPECIES, decay, LANES);
    FloatVector low0 = FloatVector.fromArray(SPECIES, output, outputAt + 0 * LANES).mul(decayLow);
    FloatVector high0 = FloatVector.fromArray(SPECIES, output, outputAt + 1 * LANES).mul(decayHigh);
    FloatVector low1 = FloatVector.fromArray(SPECIES, output, outputAt + 2 * LANES).mul(decayLow);
    FloatVector high1 = FloatVector.fromArray(SPECIES, output, outputAt + 3 * LANES).mul(decayHigh);
    FloatVector low2 = FloatVector.fromArray(SPECIES, output, outputAt + 4 * LANES).mul(decayLow);
    FloatVector high2 = FloatVector.fromArray(SPECIES, output, outputAt + 5 * LANES).mul(decayHigh);
    FloatVector low3 = FloatVector.fromArray(SPECIES, output, outputAt + 6 * LANES).mul(decayLow);
    FloatVector high3 = FloatVector.fromArray(SPECIES, output, outputAt + 7 * LANES).mul(decayHigh);
    FloatVector low4 = FloatVector.fromArray(SPECIES, output, outputAt + 8 * LANES).mul(decayLow);
    FloatVector high4 = FloatVector.fromArray(SPECIES, output, outputAt + 9 * LANES).mul(decayHigh);
    FloatVector low5 = FloatVector.fromArray(SPECIES, output, outputAt + 10 * LANES).mul(decayLow);
    FloatVector high5 =
        FloatVector.fromArray(SPECIES, output, outputAt + 11 * LANES).mul(decayHigh);
    FloatVector low6 = FloatVector.fromArray(SPECIES, output, outputAt + 12 * LANES).mul(decayLow);
    FloatVector high6 =
        FloatVector.fromArray(SPECIES, output, outputAt + 13 * LANES).mul(decayHigh);
    FloatVector low7 = FloatVector.fromArray(SPECIES, output, outputAt + 14 * LANES).mul(decayLow);
    FloatVector high7 =
        FloatVector.fromArray(SPECIES, output, outputAt + 15 * LANES).mul(decayHigh);
    int row = valueAt;
    for (int j = 0; j < keys; j++) {
      FloatVector low = FloatVector.fromArray(SPECIES, weights, j * WIDTH);
      FloatVector high = FloatVector.fromArray(SPECIES, weights, j * WIDTH + LANES);
      FloatVector element0 = FloatVector.broadcast(SPECIES, v[row + 0]);
      low0 = low.fma(element0, low0);
      high0 = high.fma(element0, high0);
      FloatVector element1 = FloatVector.broadcast(SPECIES, v[row + 1]);
      low1 = low.fma(element1, low1);
      high1 = high.fma(element1, high1);
      FloatVector element2 = FloatVector.broadcast(SPECIES, v[row + 2]);
      low2 = low.fma(element2, low2);
      high2 = high.fma(element2, high2);
      FloatVector element3 = FloatVector.broadcast(SPECIES, v[row + 3]);
      low3 = low.fma(element3, low3);
      high3 = high.fma(element3, high3);
      FloatVector element4 = FloatVector.broadcast(SPECIES, v[row + 4]);
      low4 = low.fma(element4, low4);
      high4 = high.fma(element4, high4);
      FloatVector element5 = FloatVector.broadcast(SPECIES, v[row + 5]);
      low5 = low.fma(element5, low5);
      high5 = high.fma(element5, high5);
      FloatVector element6 = FloatVector.broadcast(SPECIES, v[row + 6]);
      low6 = low.fma(element6, low6);
      high6 = high.fma(element6, high6);
      FloatVector element7 = FloatVector.broadcast(SPECIES, v[row + 7]);
      low7 = low.fma(element7, low7);
      high7 = high.fma(element7, high7);
      row += stride;
    }
    low0.intoArray(output, outputAt + 0 * LANES);
    high0.intoArray(output, outputAt + 1 * LANES);
    low1.intoArray(output, outputAt + 2 * LANES);
    high1.intoArray(output, outputAt + 3 * LANES);
    low2.intoArray(output, outputAt + 4 * LANES);
    high2.intoArray(output, outputAt + 5 * LANES);
    low3.intoArray(output, outputAt + 6 * LANES);
    high3.intoArray(output, outputAt + 7 * LANES);
    low4.intoArray(output, outputAt + 8 * LANES);
    high4.intoArray(output, outputAt + 9 * LANES);
    low5.intoArray(output, outputAt + 10 * LANES);
    high5.intoArray(output, outputAt + 11 * LANES);
    low6.intoArray(output, outputAt + 12 * LANES);
    high6.intoArray(output, outputAt + 13 * LANES);
    low7.intoArray(output, outputAt + 14 * LANES);
    high7.intoArray(output, outputAt + 15 * LANES);
  }

  /** {@link #values} for a single column: what a value dimension leaves after its eights. */
  static void valueColumn(
      float[] weights,
      int keys,
      float[] v,
      int valueAt,
      int stride,
      float[] output,
      int outputAt,
      float[] decay) {
    FloatVector low =
        FloatVector.fromArray(SPECIES, output, outputAt)
            .mul(FloatVector.fromArray(SPECIES, decay, 0));
    FloatVector high =
        FloatVector.fromArray(SPECIES, output, outputAt + LANES)
            .mul(FloatVector.fromArray(SPECIES, decay, LANES));
    int row = valueAt;
    for (int j = 0; j < keys; j++) {
      FloatVector element = FloatVector.broadcast(SPECIES, v[row]);
      low = FloatVector.fromArray(SPECIES, weights, j * WIDTH).fma(element, low);
      high = FloatVector.fromArray(SPECIES, weights, j * WIDTH + LANES).fma(element, high);
      row += stride;
    }
    low.intoArray(output, outputAt);
    high.intoArray(output, outputAt + LANES);
  }

  /**
   * {@link #valueColumn} where a hidden pair adds nothing, rather than 0 * v: what a tile needs
   * whose values are not all finite.
   *
   * @param hidden two bit sets a key, one a vector: which lanes do not see it
   */
  static void valueColumnSelecting(
      float[] weights,
      long[] hidden,
      int keys,
      float[] v,
      int valueAt,
      int stride,
      float[] output,
      int outputAt,
      float[] decay) {
    FloatVector low =
        FloatVector.fromArray(SPECIES, output, outputAt)
            .mul(FloatVector.fromArray(SPECIES, decay, 0));
    FloatVector high =
        FloatVector.fromArray(SPECIES, output, outputAt + LANES)
            .mul(FloatVector.fromArray(SPECIES, decay, LANES));
    int row = valueAt;
    for (int j = 0; j < keys; j++) {
      FloatVector element = FloatVector.broadcast(SPECIES, v[row]);
      VectorMask<Float> seenLow = VectorMask.fromLong(SPECIES, ~hidden[2 * j]);
      VectorMask<Float> seenHigh = VectorMask.fromLong(SPECIES, ~hidden[2 * j + 1]);
      FloatVector weightLow = FloatVector.fromArray(SPECIES, weights, j * WIDTH);
      FloatVector weightHigh = FloatVector.fromArray(SPECIES, weights, j * WIDTH + LANES);
      low = low.blend(weightLow.lanewise(VectorOperators.FMA, element, low), seenLow);
      high = high.blend(weightHigh.lanewise(VectorOperators.FMA, element, high), seenHigh);
      row += stride;
    }
    low.intoArray(output, outputAt);
    high.intoArray(output, outputAt + LANES);
  }
}
