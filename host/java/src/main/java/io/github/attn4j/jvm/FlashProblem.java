package io.github.attn4j.jvm;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.expression.PairPredicate;
import io.github.attn4j.core.expression.PairScore;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A spec and its buffers as the tiles read them, and the list of tiles. The rows of a key-value
 * head are those of all its query heads, one head after the other, so that a short query length
 * still fills the lanes where heads are grouped.
 */
final class FlashProblem {
  final AttentionSpec spec;
  final HeapTensor q;
  final HeapTensor k;
  final HeapTensor v;
  final HeapTensor.Plain o;
  final float[] lse;
  final @Nullable DenseMask dense;

  /** What hides pairs besides, or null. */
  final @Nullable PairPredicate condition;

  /** What changes scores after the soft cap, or null. */
  final @Nullable PairScore modifier;

  /** Blocks that hold visible pairs; null where window and length say as much. */
  final @Nullable BlockMap blocks;

  /** Query heads per key-value head. */
  final int group;

  private final CanonicalMask mask;
  private final int[] queryOffsets;
  private final int[] keyLengths;
  private final int[] queryLengths;

  /** Of each batch, and behind them how many tiles there are. */
  private final int[] firstTiles;

  FlashProblem(AttentionSpec spec, JavaStagedInputs.Buffers buffers) {
    this.spec = spec;
    this.mask = buffers.mask();
    this.dense = mask.dense();
    this.condition = mask.expression() == null ? null : mask.expression().compile(spec.domain());
    this.modifier =
        spec.scoreModifier() instanceof ScoreModifier.Expression score
            ? score.expression().compile(spec.domain())
            : null;
    this.blocks = buffers.blocks();
    this.q = buffers.q();
    this.k = buffers.k();
    this.v = buffers.v();
    this.o = buffers.o();
    this.lse = buffers.lse();
    group = spec.queryHeads() / spec.kvHeads();
    queryOffsets = spec.queryOffsets().stream().mapToInt(Integer::intValue).toArray();
    keyLengths = spec.keyLengths().stream().mapToInt(Integer::intValue).toArray();
    queryLengths = spec.queryLengths().stream().mapToInt(Integer::intValue).toArray();
    firstTiles = new int[spec.batch() + 1];
    long tiles = 0;
    for (int b = 0; b < spec.batch(); b++) {
      tiles += (long) spec.kvHeads() * tilesPerGroup(spec, queryLengths[b]);
      firstTiles[b + 1] = Math.toIntExact(tiles);
    }
  }

  static long tileCount(AttentionSpec spec) {
    return spec.kvHeads()
        * spec.queryLengths().stream().mapToLong(length -> tilesPerGroup(spec, length)).sum();
  }

  private static int tilesPerGroup(AttentionSpec spec, int queryLength) {
    long rows = (long) queryLength * (spec.queryHeads() / spec.kvHeads());
    return (int) ((rows + MicroKernels.WIDTH - 1) / MicroKernels.WIDTH);
  }

  /** Queries of batch b. */
  int queryLength(int b) {
    return queryLengths[b];
  }

  /** Rows of a key-value head of batch b: group * its queries. */
  int rowsPerGroup(int b) {
    return group * queryLengths[b];
  }

  /** First key that window and length leave to query i of batch b. */
  int firstKey(int b, int i) {
    long first = mask.left() < 0 ? 0 : (long) i + queryOffsets[b] - mask.left();
    return (int) Math.min(Math.max(first, 0), keyLengths[b]);
  }

  /** One past the last key that window and length leave to query i of batch b. */
  int endKey(int b, int i, int firstKey) {
    long end = keyLengths[b];
    if (mask.right() >= 0) {
      end = Math.min(end, (long) i + queryOffsets[b] + mask.right() + 1);
    }
    return (int) Math.max(end, firstKey);
  }

  int batchOf(int tile) {
    int low = 0;
    int high = spec.batch() - 1;
    while (low < high) { // the last one that begins here or before: those without tiles are passed
      int middle = (low + high + 1) >>> 1;
      if (firstTiles[middle] <= tile) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  int kvHeadOf(int tile) {
    int b = batchOf(tile);
    return (tile - firstTiles[b]) / tilesPerGroup(spec, queryLengths[b]);
  }

  int firstRowOf(int tile) {
    int b = batchOf(tile);
    return (tile - firstTiles[b]) % tilesPerGroup(spec, queryLengths[b]) * MicroKernels.WIDTH;
  }

  /**
   * Every tile: groups (a batch's key-value heads) with the longest tile first, in each the tiles
   * with the most first, so that what is left for the end, when threads run dry, is short. Groups
   * stay apart, since tiles of one find its keys and values in a shared cache: taken by length
   * alone, causal tiles of 8 heads, N = 4096 and D = 128 (32 MiB of K and V, as much as the last
   * cache), took 1.9 times as long on 2 cores. What is alike keeps its order.
   */
  int[] tilesByLength() {
    int count = firstTiles[spec.batch()];
    int[] keys = new int[count];
    BlockMap map = blocks;
    TileRuns runs = map == null ? null : new TileRuns(map);
    for (int tile = 0; tile < count; tile++) {
      keys[tile] = runs == null ? keysOf(tile) : keysOf(tile, runs);
    }
    int[] firsts = firstTilesOfGroups();
    int[] order = new int[count];
    int next = 0;
    for (int group :
        longestFirst(firsts.length - 1, group -> most(keys, firsts[group], firsts[group + 1]))) {
      int first = firsts[group];
      for (int tile : longestFirst(firsts[group + 1] - first, within -> keys[first + within])) {
        order[next++] = first + tile;
      }
    }
    return order;
  }

  /** And behind them how many tiles there are. */
  private int[] firstTilesOfGroups() {
    int[] firsts = new int[Math.multiplyExact(spec.batch(), spec.kvHeads()) + 1];
    for (int group = 0; group < firsts.length - 1; group++) {
      int tiles = tilesPerGroup(spec, queryLengths[group / spec.kvHeads()]);
      firsts[group + 1] = firsts[group] + tiles;
    }
    return firsts;
  }

  private static int most(int[] keys, int from, int to) {
    return Arrays.stream(keys, from, to).max().orElse(0);
  }

  /** 0 to count, by length. */
  private static int[] longestFirst(int count, IntUnaryOperator length) {
    long[] keyed = new long[count];
    for (int i = 0; i < count; i++) {
      keyed[i] = ((long) -length.applyAsInt(i) << 32) | i;
    }
    Arrays.sort(keyed);
    return IntStream.range(0, count).map(i -> (int) keyed[i]).toArray();
  }

  private int keysOf(int tile) {
    int b = batchOf(tile);
    int first = firstRowOf(tile);
    int last = Math.min(first + MicroKernels.WIDTH, rowsPerGroup(b)) - 1;
    int length = queryLengths[b];
    // A tile that spans heads holds first and last queries alike; its widest row is near enough.
    int i = first / length == last / length ? last % length : length - 1;
    int from = firstKey(b, i);
    return endKey(b, i, from) - from;
  }

  private int keysOf(int tile, TileRuns runs) {
    startRuns(tile, runs);
    int keys = 0;
    while (runs.next()) {
      keys += runs.endKey() - runs.firstKey();
    }
    return keys;
  }

  /** Gives the rows of a tile to what finds the blocks that they see. */
  void startRuns(int tile, TileRuns runs) {
    int b = batchOf(tile);
    int firstHead = kvHeadOf(tile) * group;
    int first = firstRowOf(tile);
    int end = Math.min(first + MicroKernels.WIDTH, rowsPerGroup(b));
    runs.clear();
    for (int row = first; row < end; row++) {
      runs.add(b, firstHead + row / queryLengths[b], row % queryLengths[b]);
    }
  }

  /** Position of query i of batch b; there where expressions are, since they need it as an int. */
  int position(int b, int i) {
    return i + queryOffsets[b];
  }

  /** Keys of batch b. */
  int keyLength(int b) {
    return keyLengths[b];
  }
}
