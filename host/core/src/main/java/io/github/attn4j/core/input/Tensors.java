package io.github.attn4j.core.input;

import io.github.attn4j.core.spec.Layout;
import java.util.Arrays;

/**
 * Filling and rearranging tensors of shape [batch, heads, rows, columns] behind a {@link Layout}.
 */
public final class Tensors {
  /**
   * Factor on queries of {@link InputFamily#LARGE_LOGIT}: with D = 64 scores have a standard
   * deviation of 16.
   */
  private static final float LARGE = 16;

  /**
   * Factor on queries of {@link InputFamily#ONE_HOT}: e^(32 / sqrt(D)) outweighs any number of
   * other keys in the grids.
   */
  private static final float SHARP = 32;

  private Tensors() {}

  /**
   * Contiguous [batch, heads, rows, columns] values, moved to where a layout wants them; gaps
   * become NaN.
   */
  public static float[] scatter(
      float[] contiguous, Layout layout, int batch, int heads, int rows, int columns) {
    long expected = (long) batch * heads * rows * columns;
    if (contiguous.length != expected) {
      throw new IllegalArgumentException(
          "a tensor of shape [%d, %d, %d, %d] has %,d elements, but %,d are given"
              .formatted(batch, heads, rows, columns, expected, contiguous.length));
    }
    float[] target = new float[(int) layout.requiredElements(batch, heads, rows, columns)];
    Arrays.fill(target, Float.NaN);
    int source = 0;
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < heads; h++) {
        for (int r = 0; r < rows; r++, source += columns) {
          System.arraycopy(
              contiguous, source, target, AttentionInputs.rowIndex(layout, b, h, r), columns);
        }
      }
    }
    return target;
  }

  /**
   * The reverse of {@link #scatter}: the tensor without its gaps, in [batch, heads, rows, columns]
   * order.
   */
  public static float[] gather(
      float[] values, Layout layout, int batch, int heads, int rows, int columns) {
    float[] contiguous = new float[Math.toIntExact((long) batch * heads * rows * columns)];
    int target = 0;
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < heads; h++) {
        for (int r = 0; r < rows; r++, target += columns) {
          System.arraycopy(
              values, AttentionInputs.rowIndex(layout, b, h, r), contiguous, target, columns);
        }
      }
    }
    return contiguous;
  }

  static void fill(
      float[] target,
      Layout layout,
      int batch,
      int heads,
      int rows,
      int columns,
      InputFamily family,
      long seed,
      char tensor) {
    SplitMix64 random = new SplitMix64(seed, tensor);
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < heads; h++) {
        for (int r = 0; r < rows; r++) {
          int row = AttentionInputs.rowIndex(layout, b, h, r);
          long index = (((long) b * heads + h) * rows + r) * columns;
          for (int c = 0; c < columns; c++) {
            target[row + c] = element(family, random, index + c, r, c, columns, tensor);
          }
        }
      }
    }
  }

  private static float element(
      InputFamily family,
      SplitMix64 random,
      long index,
      int row,
      int column,
      int columns,
      char tensor) {
    return switch (family) {
      case NORMAL, POISON_NAN, POISON_INF -> random.normal(index);
      case UNIFORM -> random.uniform(index);
      case LARGE_LOGIT -> tensor == 'Q' ? LARGE * random.normal(index) : random.normal(index);
      case ONE_HOT -> {
        if (tensor == 'V') {
          yield random.normal(index);
        }
        // Queries walk through the dimensions with another step than keys, so that no mix-up of the
        // two goes unseen.
        int hot = tensor == 'Q' ? (row * 5 + 3) % columns : row % columns;
        float value = tensor == 'Q' ? SHARP : 1;
        yield column == hot ? value : 0;
      }
      case CONSTANT -> 1;
    };
  }
}
