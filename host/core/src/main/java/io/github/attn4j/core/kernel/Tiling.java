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
 */
public record Tiling(int queries, int keys) {
  /** Every pair is computed, hidden or not. */
  public static final Tiling SKIPS_NOTHING = new Tiling(0, 0);

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
    long tiles = 0;
    for (int b = 0; b < spec.batch(); b++) {
      for (int begin = 0; begin < spec.queryLength(); begin += queries) {
        int last = Math.min(begin + queries, spec.queryLength()) - 1;
        // Windows move with the position: the block's first query sees the first key of all, its
        // last query the last.
        int firstKey = spec.firstKey(b, begin);
        int endKey = spec.endKey(b, last);
        tiles += Math.ceilDiv(Math.max(0, endKey - firstKey), keys);
      }
    }
    return tiles * spec.queryHeads();
  }
}
