package io.github.attn4j.core.spec;

import java.util.Arrays;

/**
 * The values of a dense mask of shape [batch, heads, queries, keys], where batch, heads and queries
 * may each be 1 and are then broadcast. Contiguous in that order. Either booleans (one byte a pair)
 * or float32 (four).
 */
public final class DenseMask {
  private final int batch;
  private final int heads;
  private final int queries;
  private final int keys;
  private final boolean[] booleans;
  private final float[] floats;

  private DenseMask(
      int batch, int heads, int queries, int keys, boolean[] booleans, float[] floats) {
    this.batch = batch;
    this.heads = heads;
    this.queries = queries;
    this.keys = keys;
    this.booleans = booleans;
    this.floats = floats;
    long expected = (long) batch * heads * queries * keys;
    int actual = booleans.length + floats.length;
    if (batch < 1 || heads < 1 || queries < 1 || keys < 1 || expected != actual) {
      throw new IllegalArgumentException(
          "a dense mask of shape [%d, %d, %d, %d] needs %d values, at least 1 in each dimension, but %d are given"
              .formatted(batch, heads, queries, keys, expected, actual));
    }
  }

  /** A boolean mask; {@code true} is visible. The array is not copied. */
  public static DenseMask ofBooleans(
      int batch, int heads, int queries, int keys, boolean[] values) {
    return new DenseMask(batch, heads, queries, keys, values, new float[0]);
  }

  /** An additive mask; negative infinity hides. The array is not copied. */
  public static DenseMask ofFloats(int batch, int heads, int queries, int keys, float[] values) {
    return new DenseMask(batch, heads, queries, keys, new boolean[0], values);
  }

  /** Whether the values are added to scores (float32) and not merely switches (one byte). */
  public boolean isAdditive() {
    return floats.length > 0;
  }

  /** Whether a pair is visible. */
  public boolean isVisible(int b, int h, int q, int k) {
    int index = Math.toIntExact(row(b, h, q) + k);
    return isAdditive() ? floats[index] != Float.NEGATIVE_INFINITY : booleans[index];
  }

  /** What is added to a pair's score; 0 for a boolean mask. */
  public float bias(int b, int h, int q, int k) {
    return isAdditive() ? floats[Math.toIntExact(row(b, h, q) + k)] : 0;
  }

  /** Element index of the first key of (b, h, q). */
  public long row(int b, int h, int q) {
    Layout layout = layout();
    return layout.row(b, h, q);
  }

  /** Strides with 0 where a dimension is broadcast. */
  public Layout layout() {
    return new Layout(
        0,
        batch == 1 ? 0 : (long) heads * queries * keys,
        heads == 1 ? 0 : (long) queries * keys,
        queries == 1 ? 0 : keys);
  }

  /** The booleans, or an empty array for an additive mask. Not a copy. */
  public boolean[] booleans() {
    return booleans;
  }

  /** The floats, or an empty array for a boolean mask. Not a copy. */
  public float[] floats() {
    return floats;
  }

  /** Bytes a device holds for it. */
  public long bytes() {
    return booleans.length + 4L * floats.length;
  }

  String shapeLabel() {
    return "[" + batch + "," + heads + "," + queries + "," + keys + "]";
  }

  /** Throws unless every dimension is 1 or the spec's; the keys must be all there. */
  void requireFits(int specBatch, int specHeads, int specQueries, int specKeys) {
    if ((batch != 1 && batch != specBatch)
        || (heads != 1 && heads != specHeads)
        || (queries != 1 && queries != specQueries)
        || keys != specKeys) {
      throw new IllegalArgumentException(
          ("a dense mask of shape %s does not fit [batch %d, query heads %d, queries %d, keys %d]: "
                  + "each dimension but the last may be 1, otherwise it must match")
              .formatted(shapeLabel(), specBatch, specHeads, specQueries, specKeys));
    }
  }

  /** One mask that hides what either hides and adds what both add. */
  DenseMask combine(DenseMask other) {
    int b = Math.max(batch, other.batch);
    int h = Math.max(heads, other.heads);
    int q = Math.max(queries, other.queries);
    int size = Math.toIntExact((long) b * h * q * keys);
    boolean additive = isAdditive() || other.isAdditive();
    boolean[] visible = new boolean[additive ? 0 : size];
    float[] sums = new float[additive ? size : 0];
    int index = 0;
    for (int ib = 0; ib < b; ib++) {
      for (int ih = 0; ih < h; ih++) {
        for (int iq = 0; iq < q; iq++) {
          for (int k = 0; k < keys; k++, index++) {
            boolean seen = isVisible(ib, ih, iq, k) && other.isVisible(ib, ih, iq, k);
            if (additive) {
              sums[index] =
                  seen ? bias(ib, ih, iq, k) + other.bias(ib, ih, iq, k) : Float.NEGATIVE_INFINITY;
            } else {
              visible[index] = seen;
            }
          }
        }
      }
    }
    return new DenseMask(b, h, q, keys, visible, sums);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DenseMask mask
        && shapeLabel().equals(mask.shapeLabel())
        && Arrays.equals(booleans, mask.booleans)
        && Arrays.equals(floats, mask.floats);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(booleans) + Arrays.hashCode(floats);
  }

  @Override
  public String toString() {
    return (isAdditive() ? "float32" : "boolean") + shapeLabel();
  }
}
