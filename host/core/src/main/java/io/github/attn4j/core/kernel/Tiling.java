package io.github.attn4j.core.kernel;

import io.github.attn4j.core.spec.AttentionSpec;

/**
 * The tiles by which a kernel walks the score matrix and skips what windows and lengths hide. A
 * tile that holds one visible pair costs as much as a full one, so it is tiles, not pairs, that a
 * masked kernel's time grows with. The first tile of a block of queries begins at the block's first
 * visible key.
 *
 * @param queries of a tile; 0 where the kernel skips nothing
 * @param keys of a tile; 0 where the kernel skips nothing
 * @param packsHeads whether the query heads of a key-value head lie one after the other, so that a
 *     tile may hold the end of one and the beginning of the next
 */
public record Tiling(int queries, int keys, boolean packsHeads) {
  /** Every pair is computed, hidden or not. */
  public static final Tiling SKIPS_NOTHING = new Tiling(0, 0);

  /** Tiles that hold queries of one head. */
  public Tiling(int queries, int keys) {
    this(queries, keys, false);
  }

  /** Checks that a tile has both sides or none. */
  public Tiling {
    if (queries < 0 || keys < 0 || (queries == 0) != (keys == 0)) {
      throw new IllegalArgumentException("a tile cannot be %d x %d".formatted(queries, keys));
    }
  }

  /**
   * Tiles that windows and key lengths leave something of, over all batches and query heads; 0
   * where the kernel skips nothing. A dense mask hides no tile here: kernels read it pair by pair.
   */
  public long visited(AttentionSpec spec) {
    if (queries == 0) {
      return 0;
    }
    int heads = packsHeads ? spec.queryHeads() / spec.kvHeads() : 1;
    long rows = (long) spec.queryLength() * heads;
    long tiles = 0;
    for (int b = 0; b < spec.batch(); b++) {
      for (long begin = 0; begin < rows; begin += queries) {
        tiles += Math.ceilDiv(keysOf(spec, b, begin, Math.min(begin + queries, rows) - 1), keys);
      }
    }
    return tiles * spec.queryHeads() / heads;
  }

  /** Windows move with the position: a head's first query sees the first key, its last the last. */
  private static int keysOf(AttentionSpec spec, int b, long firstRow, long lastRow) {
    int length = spec.queryLength();
    boolean oneHead = firstRow / length == lastRow / length;
    int firstQuery = oneHead ? (int) (firstRow % length) : 0;
    int lastQuery = oneHead ? (int) (lastRow % length) : length - 1;
    return Math.max(0, spec.endKey(b, lastQuery) - spec.firstKey(b, firstQuery));
  }
}
