package io.github.attn4j.core.kernel;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockPlane;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.BitSet;
import java.util.function.Supplier;

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
 * @param readsBlockMap whether the kernel skips what a mask expression hides, too: it visits the
 *     block map's ranges of keys, each from its own beginning
 */
public record Tiling(int queries, int keys, boolean packsHeads, boolean readsBlockMap) {
  /** Every pair is computed, hidden or not. */
  public static final Tiling SKIPS_NOTHING = new Tiling(0, 0);

  /** Tiles that hold queries of one head, of a kernel that reads no block map. */
  public Tiling(int queries, int keys) {
    this(queries, keys, false);
  }

  /** Tiles of a kernel that reads no block map. */
  public Tiling(int queries, int keys, boolean packsHeads) {
    this(queries, keys, packsHeads, false);
  }

  /** The same tiles of a kernel that visits only what the block map lists, where there is one. */
  public Tiling alongBlockMap() {
    return new Tiling(queries, keys, packsHeads, true);
  }

  /** Checks that a tile has both sides or none. */
  public Tiling {
    if (queries < 0 || keys < 0 || (queries == 0) != (keys == 0)) {
      throw new IllegalArgumentException("a tile cannot be %d x %d".formatted(queries, keys));
    }
  }

  /**
   * Tiles that windows and key lengths leave something of, over all batches and query heads; 0
   * where the kernel skips nothing. A dense mask hides no tile here, nor does an expression where
   * no block map is read: kernels ask them pair by pair.
   *
   * @param map the spec's block map, asked for only where one is read
   */
  public long visited(AttentionSpec spec, Supplier<BlockMap> map) {
    if (queries == 0) {
      return 0;
    }
    int heads = packsHeads ? spec.queryHeads() / spec.kvHeads() : 1;
    if (readsBlockMap && spec.canonicalMask().expression() != null) {
      return listed(spec, map.get(), heads);
    }
    long tiles = 0;
    for (int b = 0; b < spec.batch(); b++) {
      long rows = (long) spec.queryLengths().get(b) * heads;
      for (long begin = 0; begin < rows; begin += queries) {
        tiles += Math.ceilDiv(keysOf(spec, b, begin, Math.min(begin + queries, rows) - 1), keys);
      }
    }
    return tiles * spec.queryHeads() / heads;
  }

  private long listed(AttentionSpec spec, BlockMap map, int packed) {
    long tiles = 0;
    for (int b = 0; b < spec.batch(); b++) {
      long rows = (long) spec.queryLengths().get(b) * packed;
      for (int firstHead = 0; firstHead < spec.queryHeads(); firstHead += packed) {
        for (long begin = 0; begin < rows; begin += queries) {
          long last = Math.min(begin + queries, rows) - 1;
          tiles += listed(map, b, firstHead, begin, last);
        }
      }
    }
    return tiles;
  }

  /** Tiles of one block of queries, whose rows may lie in several rows of blocks. */
  private long listed(BlockMap map, int b, int firstHead, long firstRow, long lastRow) {
    int length = map.domain().queries(b);
    BitSet full = new BitSet();
    BitSet any = new BitSet();
    boolean first = true;
    for (long row = firstRow; row <= lastRow; row = nextBlock(map, row, length)) {
      BlockPlane plane = map.plane(b, firstHead + (int) (row / length));
      BitSet fullHere = new BitSet();
      int blockRow = (int) (row % length) / map.size().queries();
      for (int run = plane.firstRun(blockRow); run < plane.endRun(blockRow); run++) {
        any.set(plane.firstColumn(run), plane.endColumn(run));
        if (plane.isFull(run)) {
          fullHere.set(plane.firstColumn(run), plane.endColumn(run));
        }
      }
      if (first) {
        full = fullHere;
      } else {
        full.and(fullHere);
      }
      first = false;
    }
    BitSet partial = (BitSet) any.clone();
    partial.andNot(full);
    int existing = map.domain().keys(b);
    return tilesIn(full, map.size().keys(), existing)
        + tilesIn(partial, map.size().keys(), existing);
  }

  private static long nextBlock(BlockMap map, long row, int length) {
    long query = row % length;
    long next = (query / map.size().queries() + 1) * map.size().queries();
    return row - query + Math.min(next, length);
  }

  /** Each range of columns by itself. */
  private long tilesIn(BitSet columns, int blockKeys, int existing) {
    long tiles = 0;
    for (int from = columns.nextSetBit(0); from >= 0; ) {
      int end = columns.nextClearBit(from);
      long endKey = Math.min((long) end * blockKeys, existing);
      tiles += Math.ceilDiv(endKey - (long) from * blockKeys, (long) keys);
      from = columns.nextSetBit(end);
    }
    return tiles;
  }

  /** Windows move with the position: a head's first query sees the first key, its last the last. */
  private static int keysOf(AttentionSpec spec, int b, long firstRow, long lastRow) {
    int length = spec.queryLengths().get(b);
    boolean oneHead = firstRow / length == lastRow / length;
    int firstQuery = oneHead ? (int) (firstRow % length) : 0;
    int lastQuery = oneHead ? (int) (lastRow % length) : length - 1;
    return Math.max(0, spec.endKey(b, lastQuery) - spec.firstKey(b, firstQuery));
  }
}
