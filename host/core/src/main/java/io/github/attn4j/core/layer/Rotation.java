package io.github.attn4j.core.layer;

/**
 * Which elements of a tensor of rows are turned by rotary positions: {@code heads} times {@code
 * dim} adjacent ones of each row.
 *
 * @param at where the first row's first head starts
 * @param rowStride elements from row to row
 * @param heads that lie side by side
 * @param dim of a head, even
 */
public record Rotation(int at, int rowStride, int heads, int dim) {
  /** Checks the shape. */
  public Rotation {
    if (at < 0 || heads < 1 || dim < 2 || dim % 2 != 0 || rowStride < heads * dim) {
      throw new IllegalArgumentException(
          "a rotation of %d heads of %d from element %d on, %d elements from row to row: dimensions come in pairs and heads fit their row"
              .formatted(heads, dim, at, rowStride));
    }
  }

  /** Elements that a tensor of so many rows must have. */
  public long requiredElements(int rows) {
    return rows == 0 ? 0 : at + (rows - 1L) * rowStride + (long) heads * dim;
  }
}
