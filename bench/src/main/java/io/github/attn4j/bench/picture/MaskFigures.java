package io.github.attn4j.bench.picture;

import io.github.attn4j.core.blockmap.BlockCounts;
import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockPlane;
import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.List;

/**
 * What a mask leaves, as lines of text: density of pairs and of blocks, what its block map costs,
 * how many keys queries see. All batches and heads together, except for the last.
 */
public final class MaskFigures {
  /** Pairs of partial blocks beyond which nobody waits for them to be counted: about a minute. */
  private static final long MOST_PAIRS = 1L << 33;

  private MaskFigures() {}

  /**
   * The lines.
   *
   * @param map the spec's own
   * @param b whose queries the last line speaks of
   * @param h likewise
   */
  public static List<String> lines(AttentionSpec spec, BlockMap map, int b, int h) {
    long[] blocks = blocks(spec, map);
    long all = blocks[0] + blocks[1] + blocks[2];
    boolean countable = pairsAsked(map, blocks[1]) <= MOST_PAIRS;
    return List.of(
        countable ? pairs(spec, map) : pairs(blocks[1], blocks[2], all),
        "blocks: %d x %d, %.2f %% not empty: %,d empty, %,d partial, %,d full"
            .formatted(
                map.size().queries(),
                map.size().keys(),
                all == 0 ? 0 : 100.0 * (blocks[1] + blocks[2]) / all,
                blocks[0],
                blocks[1],
                blocks[2]),
        "block map: built in %.1f ms, %,d bytes; %,d regions asked, %,d blocks enumerated"
            .formatted(
                map.buildNanos() / 1e6, map.bytes(), map.regionsAsked(), map.blocksEnumerated()),
        countable
            ? keysPerQuery(spec, map.plane(b, h), b, h)
            : "keys per query: not counted, too many blocks are partial");
  }

  /** Planes that batches and heads share are counted once. */
  private static long pairsAsked(BlockMap map, long partialBlocks) {
    long shared = Math.max(1, (long) map.domain().batch() * map.domain().heads());
    return partialBlocks / shared * map.planes().size() * map.size().queries() * map.size().keys();
  }

  private static String pairs(AttentionSpec spec, BlockMap map) {
    Mask mask = spec.mask();
    BlockCounts counts = map.counts(mask::visible);
    return "pairs: %.3f %% visible, %,d of %,d"
        .formatted(100 * counts.pairDensity(), counts.visiblePairs(), counts.pairs());
  }

  private static String pairs(long partial, long full, long all) {
    return "pairs: between %.2f %% and %.2f %% visible: too many blocks are partial to count"
        .formatted(100.0 * full / all, 100.0 * (full + partial) / all);
  }

  /** Empty, partial, full. */
  private static long[] blocks(AttentionSpec spec, BlockMap map) {
    long[] kinds = new long[3];
    for (int b = 0; b < spec.batch(); b++) {
      for (int h = 0; h < spec.queryHeads(); h++) {
        BlockPlane plane = map.plane(b, h);
        long listed = 0;
        for (int run = 0; run < plane.endRun(plane.rows() - 1); run++) {
          int count = plane.endColumn(run) - plane.firstColumn(run);
          kinds[plane.isFull(run) ? 2 : 1] += count;
          listed += count;
        }
        kinds[0] += (long) plane.rows() * plane.columns() - listed;
      }
    }
    return kinds;
  }

  private static String keysPerQuery(AttentionSpec spec, BlockPlane plane, int b, int h) {
    long least = Long.MAX_VALUE;
    long most = 0;
    long empty = 0;
    int firstKey = Integer.MAX_VALUE;
    int lastKey = -1;
    Mask mask = spec.mask();
    for (int q = 0; q < spec.queryLength(); q++) {
      int row = q / BlockSize.STANDARD.queries();
      long seen = 0;
      for (int run = plane.firstRun(row); run < plane.endRun(row); run++) {
        int from = plane.firstColumn(run) * BlockSize.STANDARD.keys();
        int end =
            (int)
                Math.min(
                    spec.keyLengths().get(b),
                    (long) plane.endColumn(run) * BlockSize.STANDARD.keys());
        for (int key = from; key < end; key++) {
          boolean visible = plane.isFull(run) || mask.visible(b, h, q, spec.position(b, q), key);
          if (visible) {
            firstKey = Math.min(firstKey, key);
            lastKey = Math.max(lastKey, key);
          }
          if (plane.isFull(run)) {
            seen += end - from;
            lastKey = Math.max(lastKey, end - 1);
            break;
          }
          seen += visible ? 1 : 0;
        }
      }
      least = Math.min(least, seen);
      most = Math.max(most, seen);
      empty += seen == 0 ? 1 : 0;
    }
    return "keys per query: %,d to %,d, within keys %s; %,d queries see none"
        .formatted(least, most, lastKey < 0 ? "none" : firstKey + ".." + lastKey, empty);
  }
}
