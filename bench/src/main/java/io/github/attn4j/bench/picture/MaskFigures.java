package io.github.attn4j.bench.picture;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockPlane;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a mask leaves, as lines of text: density of pairs and of blocks, what its block map costs,
 * how many keys queries see. All batches and heads together, except for the last.
 */
public final class MaskFigures {
  /** Pairs of partial blocks beyond which nobody waits for them to be counted: seconds. */
  private static final long MOST_PAIRS = 1L << 30;

  private final AttentionSpec spec;
  private final BlockMap map;
  private final long empty;
  private final long partial;
  private final long full;

  private MaskFigures(AttentionSpec spec, BlockMap map) {
    this.spec = spec;
    this.map = map;
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
    empty = kinds[0];
    partial = kinds[1];
    full = kinds[2];
  }

  /**
   * Of a mask.
   *
   * @param map the spec's own
   */
  public static MaskFigures of(AttentionSpec spec, BlockMap map) {
    return new MaskFigures(spec, map);
  }

  /** What the block map says, which asks for no pair. */
  public List<String> ofBlocks() {
    long all = empty + partial + full;
    return List.of(
        "block map: built in %.1f ms, %,d bytes; %,d regions asked, %,d blocks enumerated"
            .formatted(
                map.buildNanos() / 1e6, map.bytes(), map.regionsAsked(), map.blocksEnumerated()),
        "blocks: %d x %d, %.2f %% not empty: %,d empty, %,d partial, %,d full"
            .formatted(
                map.size().queries(),
                map.size().keys(),
                all == 0 ? 0 : 100.0 * (partial + full) / all,
                empty,
                partial,
                full));
  }

  /**
   * What the pairs say, each of which is asked for once; nothing exact where they are too many.
   *
   * @param b whose queries the last line speaks of
   * @param h likewise
   */
  public List<String> ofPairs(int b, int h) {
    if (pairsAsked() > MOST_PAIRS) {
      long all = empty + partial + full;
      return List.of(
          "pairs: between %.2f %% and %.2f %% visible: too many blocks are partial to count"
              .formatted(100.0 * full / all, 100.0 * (full + partial) / all),
          "keys per query: not counted, too many blocks are partial");
    }
    KeysPerQuery drawn = KeysPerQuery.count(spec, map.plane(b, h), b, h);
    Map<Integer, Long> visibleOf = new HashMap<>();
    visibleOf.put(map.planeIndex(b, h), drawn.visible());
    long visible = 0;
    long pairs = 0;
    for (int batch = 0; batch < spec.batch(); batch++) {
      for (int head = 0; head < spec.queryHeads(); head++) {
        int ofBatch = batch;
        int ofHead = head;
        visible +=
            visibleOf.computeIfAbsent(
                map.planeIndex(batch, head),
                plane ->
                    KeysPerQuery.count(spec, map.planes().get(plane), ofBatch, ofHead).visible());
        pairs += (long) spec.queryLength() * spec.keyLengths().get(batch);
      }
    }
    return List.of(
        "pairs: %.3f %% visible, %,d of %,d"
            .formatted(pairs == 0 ? 0 : 100.0 * visible / pairs, visible, pairs),
        drawn.text());
  }

  /** Planes that batches and heads share are counted once. */
  private long pairsAsked() {
    long shared = Math.max(1, (long) spec.batch() * spec.queryHeads());
    return partial / shared * map.planes().size() * map.size().queries() * map.size().keys();
  }
}
