package io.github.attn4j.core.kernel;

import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.List;

/**
 * What a {@link KeyValueCache} has room for. K lies in memory as [pages, kvHeads, pageSize,
 * headDim], V likewise with valueDim; all of it is allocated when the cache is opened.
 *
 * @param kvHeads Hkv
 * @param headDim D, elements of a key
 * @param valueDim Dv, elements of a value
 * @param type in which both are kept
 * @param pageSize rows of a page: 16, 32, 64, 128 or 256
 * @param pages of the pool
 * @param sequences that can have rows at a time; they are numbered from 0
 */
public record CacheShape(
    int kvHeads,
    int headDim,
    int valueDim,
    ElementType type,
    int pageSize,
    int pages,
    int sequences) {

  /**
   * Refuses what cannot be addressed.
   *
   * @throws IllegalArgumentException naming a number that is not positive, another page size, or a
   *     pool of which K or V would have more than 2^31 - 9 elements
   */
  public CacheShape {
    requirePositive("key-value heads", kvHeads);
    requirePositive("head dimension", headDim);
    requirePositive("value dimension", valueDim);
    requirePositive("number of pages", pages);
    requirePositive("number of sequences", sequences);
    new RowPlacement.Paged(pageSize, List.of(List.of(0))); // refuses other page sizes
    long largest = (long) Integer.MAX_VALUE - 8;
    long ofRow = (long) kvHeads * Math.max(headDim, valueDim);
    // Each product is of less than 2^31 by less than 2^31, as long as the one before was.
    if (ofRow > largest || ofRow * pageSize > largest || ofRow * pageSize * pages > largest) {
      throw new IllegalArgumentException(
          "%d pages of %d rows, %d heads and %d columns are more than the %,d elements that an index reaches: open several caches"
              .formatted(pages, pageSize, kvHeads, Math.max(headDim, valueDim), largest));
    }
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "the %s of a cache must be at least 1, but it is %d".formatted(name, value));
    }
  }

  /** Elements of K, all pages. */
  public int keyElements() {
    return pages * kvHeads * pageSize * headDim;
  }

  /** Elements of V, all pages. */
  public int valueElements() {
    return pages * kvHeads * pageSize * valueDim;
  }

  /** Scales of K, and of V; 0 for unscaled types. */
  public int scales() {
    return type.scaled() ? pages * kvHeads * (pageSize / ElementType.KEYS_PER_SCALE) : 0;
  }

  /** Where K's elements lie: [pages, kvHeads, pageSize, headDim]. */
  public Layout keyLayout() {
    return Layout.bhsd(kvHeads, pageSize, headDim);
  }

  /** Where V's elements lie: [pages, kvHeads, pageSize, valueDim]. */
  public Layout valueLayout() {
    return Layout.bhsd(kvHeads, pageSize, valueDim);
  }

  /** The cache in a few words: {@code 64 pages of 16 rows, H2 D64 f16}. */
  public String label() {
    return "%d pages of %d rows, H%d D%s %s"
        .formatted(
            pages,
            pageSize,
            kvHeads,
            headDim == valueDim ? "" + headDim : headDim + "/" + valueDim,
            type.label());
  }
}
