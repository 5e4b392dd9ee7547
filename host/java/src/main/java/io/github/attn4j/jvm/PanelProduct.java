package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.VectorMath.LANES;
import static io.github.attn4j.jvm.VectorMath.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * A block of a matrix product in registers: {@value #ROWS} rows times two vectors of columns over
 * all inputs, each input one broadcast a row (Goto and van de Geijn 2008, "Anatomy of
 * high-performance matrix multiplication", section 4). The accumulators are spelt out, as in {@link
 * MicroKernels}, because an array of vectors would be kept in memory.
 */
final class PanelProduct {
  /** Rows of a block. */
  static final int ROWS = 8;

  /** Columns of a panel: two vectors. */
  static final int WIDTH = 2 * LANES;

  private PanelProduct() {}

  /**
   * block[r, c] = bias[c] + sum over k of x[row_r + k] * weights[k, c].
   *
   * @param packed a panel at {@code panelAt}: [1 + inputs, WIDTH], the bias first
   * @param row0 where the first row starts in x
   * @param row7 where the last row starts; rows may repeat
   * @param block receives [ROWS, WIDTH]
   */
  static void block(
      float[] x,
      int row0,
      int row1,
      int row2,
      int row3,
      int row4,
      int row5,
      int row6,
      int row7,
      int inputs,
      float[] packed,
      int panelAt,
      float[] block) {
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
    int at = panelAt + WIDTH;
    for (int k = 0; k < inputs; k++) {
      FloatVector low = FloatVector.fromArray(SPECIES, packed, at);
      FloatVector high = FloatVector.fromArray(SPECIES, packed, at + LANES);
      FloatVector element0 = FloatVector.broadcast(SPECIES, x[row0 + k]);
      low0 = low.fma(element0, low0);
      high0 = high.fma(element0, high0);
      FloatVector element1 = FloatVector.broadcast(SPECIES, x[row1 + k]);
      low1 = low.fma(element1, low1);
      high1 = high.fma(element1, high1);
      FloatVector element2 = FloatVector.broadcast(SPECIES, x[row2 + k]);
      low2 = low.fma(element2, low2);
      high2 = high.fma(element2, high2);
      FloatVector element3 = FloatVector.broadcast(SPECIES, x[row3 + k]);
      low3 = low.fma(element3, low3);
      high3 = high.fma(element3, high3);
      FloatVector element4 = FloatVector.broadcast(SPECIES, x[row4 + k]);
      low4 = low.fma(element4, low4);
      high4 = high.fma(element4, high4);
      FloatVector element5 = FloatVector.broadcast(SPECIES, x[row5 + k]);
      low5 = low.fma(element5, low5);
      high5 = high.fma(element5, high5);
      FloatVector element6 = FloatVector.broadcast(SPECIES, x[row6 + k]);
      low6 = low.fma(element6, low6);
      high6 = high.fma(element6, high6);
      FloatVector element7 = FloatVector.broadcast(SPECIES, x[row7 + k]);
      low7 = low.fma(element7, low7);
      high7 = high.fma(element7, high7);
      at += WIDTH;
    }
    FloatVector biasLow = FloatVector.fromArray(SPECIES, packed, panelAt);
    FloatVector biasHigh = FloatVector.fromArray(SPECIES, packed, panelAt + LANES);
    low0.add(biasLow).intoArray(block, 0 * LANES);
    high0.add(biasHigh).intoArray(block, 1 * LANES);
    low1.add(biasLow).intoArray(block, 2 * LANES);
    high1.add(biasHigh).intoArray(block, 3 * LANES);
    low2.add(biasLow).intoArray(block, 4 * LANES);
    high2.add(biasHigh).intoArray(block, 5 * LANES);
    low3.add(biasLow).intoArray(block, 6 * LANES);
    high3.add(biasHigh).intoArray(block, 7 * LANES);
    low4.add(biasLow).intoArray(block, 8 * LANES);
    high4.add(biasHigh).intoArray(block, 9 * LANES);
    low5.add(biasLow).intoArray(block, 10 * LANES);
    high5.add(biasHigh).intoArray(block, 11 * LANES);
    low6.add(biasLow).intoArray(block, 12 * LANES);
    high6.add(biasHigh).intoArray(block, 13 * LANES);
    low7.add(biasLow).intoArray(block, 14 * LANES);
    high7.add(biasHigh).intoArray(block, 15 * LANES);
  }
}
