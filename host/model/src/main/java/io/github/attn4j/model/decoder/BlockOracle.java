package io.github.attn4j.model.decoder;

import io.github.attn4j.core.layer.LayerExpectation;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * Holds single tokens of a block's result against float64: its queries, keys and values, and its
 * hidden state behind the block. Attention's part starts from the keys and values that the device
 * made, each token of which may be held against float64 itself; so a few tokens of a long sequence
 * cost a few tokens' arithmetic.
 *
 * <p>Budgets are those of layers (docs/numerics.md), for a row: 2 max |plain - oracle| + C u
 * condition + u walk, where plain is the same computation in float32, and condition and walk are
 * those of the last product.
 */
public final class BlockOracle {
  private static final double UNIT = 0x1p-24;

  private final BlockShape shape;
  private final ReferenceBlock exact;
  private final ReferenceBlock plain;

  /** Of a block with these parameters. */
  public BlockOracle(BlockShape shape, BlockWeights weights) {
    this.shape = shape;
    exact = new ReferenceBlock(shape, weights, true);
    plain = new ReferenceBlock(shape, weights, false);
  }

  /**
   * Compares a token.
   *
   * @param token its place in the sequence, which is its position
   * @param hidden [d_model], before the block
   * @param rows queries, keys and values on the device of any token that it sees, its own among
   *     them
   * @param visible how many tokens it sees, from the first on
   * @param result [d_model], the device's hidden state behind the block
   * @return the largest error as a share of its budget: above 1 it is wrong, infinite where
   *     something is not finite
   */
  public double errorOverBudget(
      int token, float[] hidden, IntFunction<float[]> rows, int visible, float[] result) {
    double[] before = widened(hidden);
    float[] own = rows.apply(token);
    ReferenceBlock.Vector projected = exact.projected(before, token);
    double ofRow = worst(projected, plain.project(before, token), own);
    double[] ownRow = widened(own);
    double[][] seen = new double[visible][];
    for (int key = 0; key < visible; key++) {
      seen[key] =
          widened(
              Arrays.copyOfRange(
                  rows.apply(key), shape.queryWidth(), shape.queryWidth() + 2 * shape.keyWidth()));
    }
    ReferenceBlock.Vector finished = exact.finished(before, exact.attend(ownRow, seen));
    double[] plainly = plain.finish(before, plain.attend(ownRow, seen));
    return Math.max(ofRow, worst(finished, plainly, result));
  }

  /** Of the oracle's own arithmetic: multiply-adds for a token that sees so many. */
  public static double work(BlockShape shape, int visible) {
    // A float64 product also sums squares and looks for the largest partial sum.
    return 4.0 * shape.parameters() + 4.0 * visible * shape.queryWidth();
  }

  /** Bytes of the keys and values that a token's check holds: those of each token that it sees. */
  public static double bytes(BlockShape shape, int visible) {
    return 2.0 * Double.BYTES * visible * shape.keyWidth();
  }

  private static double worst(ReferenceBlock.Vector expected, double[] plain, float[] actual) {
    double[] values = expected.values();
    double difference = 0;
    for (int i = 0; i < values.length; i++) {
      difference = Math.max(difference, Math.abs(plain[i] - values[i]));
    }
    double budget = budget(difference, expected.condition(), expected.walk());
    double worst = 0;
    for (int i = 0; i < values.length; i++) {
      double error = Math.abs(actual[i] - values[i]);
      if (!(error <= Double.MAX_VALUE)) {
        return Double.POSITIVE_INFINITY; // NaN, too
      }
      worst = Math.max(worst, error / budget);
    }
    return worst;
  }

  /**
   * What a row may be off by.
   *
   * @param difference max |plain - oracle| of the row
   */
  static double budget(double difference, double condition, double walk) {
    return 2 * difference + UNIT * (LayerExpectation.C * condition + walk);
  }

  private static double[] widened(float[] values) {
    double[] widened = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      widened[i] = values[i];
    }
    return widened;
  }
}
