package io.github.attn4j.core.spec;

/**
 * Where the elements of a tensor of shape [batch, heads, rows, columns] lie in its buffer: element
 * (b, h, r, c) at {@code offset + b * batchStride + h * headStride + r * rowStride + c}. All in
 * elements, not bytes; the innermost stride is 1, as in FlashAttention.
 *
 * @param offset elements before the first one, at least 0
 * @param batchStride from one batch to the next; 0 repeats one batch (inputs only)
 * @param headStride from one head to the next; 0 repeats one head (inputs only)
 * @param rowStride from one sequence position to the next
 */
public record Layout(long offset, long batchStride, long headStride, long rowStride) {

  /** Checks that nothing is negative. */
  public Layout {
    if (offset < 0 || batchStride < 0 || headStride < 0 || rowStride < 0) {
      throw new IllegalArgumentException(
          "a layout's offset and strides must be at least 0, but it is offset %d, strides [%d, %d, %d]"
              .formatted(offset, batchStride, headStride, rowStride));
    }
  }

  /** Contiguous [batch, heads, rows, columns]. */
  public static Layout bhsd(int heads, int rows, int columns) {
    return new Layout(0, (long) heads * rows * columns, (long) rows * columns, columns);
  }

  /** Contiguous [batch, rows, heads, columns]. */
  public static Layout bshd(int heads, int rows, int columns) {
    return new Layout(0, (long) heads * rows * columns, columns, (long) heads * columns);
  }

  /**
   * BHSD with {@code rowGap} unused elements after each row, {@code headGap} rows after each head,
   * {@code offset} before.
   */
  public static Layout padded(
      int heads, int rows, int columns, long offset, int rowGap, int headGap) {
    long rowStride = (long) columns + rowGap;
    long headStride = (rows + (long) headGap) * rowStride;
    return new Layout(offset, heads * headStride, headStride, rowStride);
  }

  /** Element index of (b, h, r, 0). */
  public long row(int b, int h, int r) {
    return offset + b * batchStride + h * headStride + r * rowStride;
  }

  /** Elements a buffer must have to hold a tensor of this shape. */
  public long requiredElements(int batch, int heads, int rows, int columns) {
    if (batch == 0 || heads == 0 || rows == 0 || columns == 0) {
      return offset;
    }
    return Math.addExact(
        Math.addExact(offset, Math.multiplyExact(batch - 1L, batchStride)),
        Math.addExact(
            Math.addExact(
                Math.multiplyExact(heads - 1L, headStride),
                Math.multiplyExact(rows - 1L, rowStride)),
            columns));
  }

  /**
   * Whether no two elements share an address, which an output needs. Sufficient, and necessary for
   * every nesting of the dimensions: sorted by stride, each dimension must step over all that the
   * smaller ones span.
   */
  boolean isInjective(int batch, int heads, int rows, int columns) {
    long[][] dimensions = {{batchStride, batch}, {headStride, heads}, {rowStride, rows}};
    java.util.Arrays.sort(
        dimensions, java.util.Comparator.comparingLong(dimension -> dimension[0]));
    long span = columns;
    for (long[] dimension : dimensions) {
      if (dimension[1] > 1) {
        if (dimension[0] < span) {
          return false;
        }
        span += dimension[0] * (dimension[1] - 1);
      }
    }
    return true;
  }
}
