package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.spec.Layout;

/**
 * How a tensor lies in a larger buffer: a layout without a shape, so that a smaller shape lies in
 * the same way.
 *
 * @param order which dimension is the innermost behind the columns, and which the outermost
 * @param before elements before the first one
 * @param afterColumns elements after each run of columns
 * @param afterInner elements after each of the innermost dimension's extents
 * @param afterMiddle elements after each of the next one's
 * @param after elements behind the last one, of inputs alone: an output's buffer ends with it
 * @param repeat which dimension is one and the same at every index, of inputs alone
 */
public record Gaps(
    Order order,
    int before,
    int afterColumns,
    int afterInner,
    int afterMiddle,
    int after,
    Repeat repeat) {
  /** No gap: contiguous [slots, heads, rows, columns]. */
  public static final Gaps NONE = new Gaps(Order.ROWS_HEADS_SLOTS, 0, 0, 0, 0, 0, Repeat.NOTHING);

  private static final int MOST = 1 << 16;

  /** Dimensions from the innermost to the outermost. */
  public enum Order {
    /** BHSD. */
    ROWS_HEADS_SLOTS,
    /** BSHD. */
    HEADS_ROWS_SLOTS,
    /** SBHD. */
    HEADS_SLOTS_ROWS,
    /** SHBD. */
    SLOTS_HEADS_ROWS,
    /** HBSD. */
    ROWS_SLOTS_HEADS,
    /** HSBD. */
    SLOTS_ROWS_HEADS
  }

  /** A dimension whose stride is 0. */
  public enum Repeat {
    /** None. */
    NOTHING,
    /** All slots are one. */
    SLOTS,
    /** All heads are one. */
    HEADS
  }

  /** Refuses what is negative or larger than any test needs. */
  public Gaps {
    for (int gap : new int[] {before, afterColumns, afterInner, afterMiddle, after}) {
      if (gap < 0 || gap > MOST) {
        throw new IllegalArgumentException(
            "a gap has 0 to %d elements, but one has %d".formatted(MOST, gap));
      }
    }
  }

  /** The layout of a tensor of this shape. */
  Layout layout(int slots, int heads, int rows, int columns) {
    long inner = (long) columns + afterColumns;
    return switch (order) {
      case ROWS_HEADS_SLOTS -> {
        long[] outer = outer(inner, rows, heads);
        yield layout(outer[1], outer[0], inner);
      }
      case HEADS_ROWS_SLOTS -> {
        long[] outer = outer(inner, heads, rows);
        yield layout(outer[1], inner, outer[0]);
      }
      case HEADS_SLOTS_ROWS -> {
        long[] outer = outer(inner, heads, slots);
        yield layout(outer[0], inner, outer[1]);
      }
      case SLOTS_HEADS_ROWS -> {
        long[] outer = outer(inner, slots, heads);
        yield layout(inner, outer[0], outer[1]);
      }
      case ROWS_SLOTS_HEADS -> {
        long[] outer = outer(inner, rows, slots);
        yield layout(outer[0], outer[1], inner);
      }
      case SLOTS_ROWS_HEADS -> {
        long[] outer = outer(inner, slots, rows);
        yield layout(inner, outer[1], outer[0]);
      }
    };
  }

  /** Strides of the middle dimension and of the outermost. */
  private long[] outer(long inner, int innerExtent, int middleExtent) {
    long middle = inner * innerExtent + afterInner;
    return new long[] {middle, middle * middleExtent + afterMiddle};
  }

  private Layout layout(long slot, long head, long row) {
    return new Layout(
        before, repeat == Repeat.SLOTS ? 0 : slot, repeat == Repeat.HEADS ? 0 : head, row);
  }
}
