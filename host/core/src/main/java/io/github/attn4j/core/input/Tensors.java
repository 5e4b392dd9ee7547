package io.github.attn4j.core.input;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import java.util.Arrays;
import java.util.BitSet;

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
    TensorRows tensor = TensorRows.of(layout, batch, heads, rows, columns);
    return scatter(contiguous, tensor, (int) layout.requiredElements(batch, heads, rows, columns));
  }

  static float[] scatter(float[] contiguous, TensorRows tensor, int elements) {
    long expected = (long) tensor.batch() * tensor.heads() * tensor.rows() * tensor.columns();
    if (contiguous.length != expected) {
      throw new IllegalArgumentException(
          "a tensor of shape [%d, %d, %d, %d] has %,d elements, but %,d are given"
              .formatted(
                  tensor.batch(),
                  tensor.heads(),
                  tensor.rows(),
                  tensor.columns(),
                  expected,
                  contiguous.length));
    }
    RowWriter writer = new RowWriter(tensor, elements);
    tensor.forEach((b, h, row, index, at) -> writer.write(contiguous, (int) index, b, h, row, at));
    return writer.target;
  }

  /**
   * The reverse of {@link #scatter}: the tensor without its gaps, in [batch, heads, rows, columns]
   * order.
   */
  public static float[] gather(
      float[] values, Layout layout, int batch, int heads, int rows, int columns) {
    return gather(values, TensorRows.of(layout, batch, heads, rows, columns));
  }

  /** The same of an output's buffer, wherever the spec places its rows; NaN in rows it has not. */
  public static float[] gatherOutput(float[] values, AttentionSpec spec) {
    return gather(values, TensorRows.ofOutputs(spec));
  }

  private static float[] gather(float[] values, TensorRows tensor) {
    long elements = (long) tensor.batch() * tensor.heads() * tensor.rows() * tensor.columns();
    float[] contiguous = new float[Math.toIntExact(elements)];
    Arrays.fill(contiguous, Float.NaN);
    tensor.forEach((b, h, row, index, at) ->
        System.arraycopy(values, at, contiguous, (int) index, tensor.columns()));
    return contiguous;
  }

  /** Rows that both tensors have, moved from one's places to the other's; NaN elsewhere. */
  static float[] move(float[] values, TensorRows from, TensorRows to, int elements) {
    RowWriter writer = new RowWriter(to, elements);
    to.forEach((b, h, row, index, at) -> {
      if (row < from.lengths().get(b)) {
        writer.write(values, from.address().of(b, h, row), b, h, row, at);
      }
    });
    return writer.target;
  }

  /** Scales of K or V, moved with the rows that they belong to; NaN elsewhere. */
  static float[] moveScales(float[] scales, AttentionSpec from, AttentionSpec to) {
    float[] moved = new float[to.scales()];
    Arrays.fill(moved, Float.NaN);
    if (scales.length == 0) {
      return moved;
    }
    BitSet written = new BitSet();
    for (int b = 0; b < to.batch(); b++) {
      for (int kvHead = 0; kvHead < to.kvHeads(); kvHead++) {
        for (int key = 0; key < to.keyLengths().get(b); key += ElementType.KEYS_PER_SCALE) {
          int at = to.scaleIndex(b, kvHead, key);
          float scale = scales[from.scaleIndex(b, kvHead, key)];
          if (written.get(at) && Float.compare(moved[at], scale) != 0) {
            throw new IllegalArgumentException(
                "sequence %d shares the page of its key %d, but that has a scale of %s there and of %s here"
                    .formatted(b, key, moved[at], scale));
          }
          moved[at] = scale;
          written.set(at);
        }
      }
    }
    return moved;
  }

  /** Writes rows into a buffer that is NaN elsewhere; a row in a shared place only if it fits. */
  private static final class RowWriter {
    private final TensorRows tensor;
    private final float[] target;
    private final BitSet written = new BitSet();

    RowWriter(TensorRows tensor, int elements) {
      this.tensor = tensor;
      target = new float[elements];
      Arrays.fill(target, Float.NaN);
    }

    void write(float[] source, int from, int b, int h, int row, int at) {
      int columns = tensor.columns();
      if (tensor.mayShare()) {
        if (written.get(at)
            && !Arrays.equals(source, from, from + columns, target, at, at + columns)) {
          throw new IllegalArgumentException(
              "sequence %d shares the page of its row %d with another one that holds other values there (head %d): give both the same, or each its own page"
                  .formatted(b, row, h));
        }
        written.set(at);
      }
      System.arraycopy(source, from, target, at, columns);
    }
  }

  static void fill(float[] target, TensorRows tensor, InputFamily family, long seed, char name) {
    SplitMix64 random = new SplitMix64(seed, name);
    tensor.forEach((b, h, row, index, at) -> {
      for (int c = 0; c < tensor.columns(); c++) {
        target[at + c] = element(family, random, index + c, row, c, tensor.columns(), name);
      }
    });
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
      case NORMAL, POISON_NAN, POISON_INF, POISON_ELEMENT, SEEN_ELEMENT -> random.normal(index);
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
