package io.github.attn4j.core.spec;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockPlane;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What of K and V has to be read: the keys in the windows of queries, or, where the mask is an
 * expression, those of blocks that are not empty.
 *
 * @param rows of K, and of V, over all heads; a row that sequences share counts once
 * @param scales that multiply these rows of K, and as many for V; 0 for unscaled types
 * @param tableEntries of page tables that lead to these rows; 0 unless keys are paged
 */
record ReachedKeys(long rows, long scales, long tableEntries) {

  static ReachedKeys of(AttentionSpec spec) {
    return spec.canonicalMask().expression() == null
        ? new Tally(spec).ofWindows()
        : new Tally(spec).ofBlocks();
  }

  /** Adds up (sequence, key-value head) after (sequence, key-value head). */
  private static final class Tally {
    private final AttentionSpec spec;
    private final int slotRows;
    private final boolean shared;
    private final boolean scaled;
    private final RowPlacement.@Nullable Paged paged;
    private long rows;
    private long scales;
    private long entries;

    Tally(AttentionSpec spec) {
      this.spec = spec;
      slotRows = spec.keySlotRows();
      shared = spec.keyPlacement().sharesRows();
      scaled = spec.keyValueType().scaled();
      paged = spec.keyPlacement() instanceof RowPlacement.Paged pages ? pages : null;
    }

    ReachedKeys ofWindows() {
      BitSet physical = new BitSet();
      for (int b = 0; b < spec.batch(); b++) {
        BitSet keys = inWindows(b);
        add(b, keys, physical);
        entries += entries(keys);
      }
      // Windows are every head's.
      addShared(physical);
      return new ReachedKeys(rows * spec.kvHeads(), scales * spec.kvHeads(), entries);
    }

    ReachedKeys ofBlocks() {
      BlockMap map = spec.blockMap();
      int group = spec.queryHeads() / spec.kvHeads();
      Map<Set<Integer>, BitSet> known = new HashMap<>();
      BitSet[] tables = new BitSet[spec.batch()];
      for (int kvHead = 0; kvHead < spec.kvHeads(); kvHead++) {
        BitSet physical = new BitSet();
        for (int b = 0; b < spec.batch(); b++) {
          Set<Integer> planes = new HashSet<>();
          for (int h = kvHead * group; h < (kvHead + 1) * group; h++) {
            planes.add(map.planeIndex(b, h));
          }
          // Planes are shared by batches of one key length only.
          int length = spec.keyLengths().get(b);
          BitSet keys = known.computeIfAbsent(planes, of -> inBlocks(map, of, length));
          add(b, keys, physical);
          if (paged != null) {
            if (tables[b] == null) {
              tables[b] = new BitSet();
            }
            tables[b].or(keys);
          }
        }
        addShared(physical);
      }
      for (BitSet keys : tables) {
        entries += keys == null ? 0 : entries(keys);
      }
      return new ReachedKeys(rows, scales, entries);
    }

    /**
     * Window ends grow with the query's index, so what lies past the last end is all that is new.
     */
    private BitSet inWindows(int b) {
      CanonicalMask mask = spec.canonicalMask();
      int length = spec.keyLengths().get(b);
      BitSet keys = new BitSet(length);
      int reachedTo = 0;
      for (int i = 0; i < spec.queryLengths().get(b); i++) {
        long position = spec.position(b, i);
        int end = mask.endKey(position, length);
        int first = Math.max(reachedTo, mask.firstKey(position, length));
        if (first < end) {
          keys.set(first, end);
        }
        reachedTo = Math.max(reachedTo, end);
      }
      return keys;
    }

    private static BitSet inBlocks(BlockMap map, Set<Integer> planes, int length) {
      BitSet keys = new BitSet(length);
      long size = map.size().keys();
      for (int index : planes) {
        BlockPlane plane = map.planes().get(index);
        for (int run = plane.firstRun(0); run < plane.endRun(plane.rows() - 1); run++) {
          keys.set(
              (int) (plane.firstColumn(run) * size),
              (int) Math.min(length, plane.endColumn(run) * size));
        }
      }
      return keys;
    }

    /** Rows that cannot be shared are counted at once; others are collected. */
    private void add(int b, BitSet keys, BitSet physical) {
      if (shared) {
        keys.stream().forEach(key -> physical.set(physicalRow(b, key)));
        return;
      }
      rows += keys.cardinality();
      if (scaled) {
        // Starts of sequences are multiples of a scale's rows, whatever the placement.
        scales += runs(keys, ElementType.KEYS_PER_SCALE);
      }
    }

    private void addShared(BitSet physical) {
      rows += physical.cardinality();
      scales += scaled ? runs(physical, ElementType.KEYS_PER_SCALE) : 0;
    }

    private int physicalRow(int b, int key) {
      RowPlacement placement = spec.keyPlacement();
      return Math.toIntExact(
          placement.slot(b, key) * (long) slotRows + placement.rowInSlot(b, key));
    }

    private long entries(BitSet keys) {
      return paged == null ? 0 : runs(keys, paged.pageSize());
    }

    /** Aligned runs of so many bits that hold one. */
    private static long runs(BitSet bits, int size) {
      long runs = 0;
      for (int bit = bits.nextSetBit(0); bit >= 0; ) {
        runs++;
        long next = (bit / size + 1L) * size;
        bit = next > Integer.MAX_VALUE ? -1 : bits.nextSetBit((int) next);
      }
      return runs;
    }
  }
}
