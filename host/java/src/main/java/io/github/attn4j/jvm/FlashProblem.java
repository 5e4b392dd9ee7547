package io.github.attn4j.jvm;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.expression.PairPredicate;
import io.github.attn4j.core.expression.PairScore;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Layout;
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
  final float[] q;
  final float[] k;
  final float[] v;
  final float[] o;
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

  /** Rows per key-value head: group * queryLength. */
  final int rowsPerGroup;

  private final CanonicalMask mask;
  private final int[] queryOffsets;
  private final int[] keyLengths;

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
    rowsPerGroup = Math.multiplyExact(group, spec.queryLength());
    queryOffsets = spec.queryOffsets().stream().mapToInt(Integer::intValue).toArray();
    keyLengths = spec.keyLengths().stream().mapToInt(Integer::intValue).toArray();
  }

  static long tileCount(AttentionSpec spec) {
    return (long) spec.batch() * spec.kvHeads() * tilesPerGroup(spec);
  }

  private static int tilesPerGroup(AttentionSpec spec) {
    long rows = (long) spec.queryLength() * (spec.queryHeads() / spec.kvHeads());
    return (int) ((rows + MicroKernels.WIDTH - 1) / MicroKernels.WIDTH);
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
    return tile / tilesPerGroup(spec) / spec.kvHeads();
  }

  int kvHeadOf(int tile) {
    return tile / tilesPerGroup(spec) % spec.kvHeads();
  }

  int firstRowOf(int tile) {
    return tile % tilesPerGroup(spec) * MicroKernels.WIDTH;
  }

  /**
   * Every tile: groups (a batch's key-value heads) with the longest tile first, in each the tiles
   * with the most first, so that what is left for the end, when threads run dry, is short. Groups
   * stay apart, since tiles of one find its keys and values in a shared cache: taken by length
   * alone, causal tiles of 8 heads, N = 4096 and D = 128 (32 MiB of K and V, as much as the last
   * cache), took 1.9 times as long on 2 cores. What is alike keeps its order.
   */
  int[] tilesByLength() {
    int count = Math.toIntExact(tileCount(spec));
    int ofGroup = tilesPerGroup(spec);
    int[] keys = new int[count];
    BlockMap map = blocks;
    TileRuns runs = map == null ? null : new TileRuns(map);
    for (int tile = 0; tile < count; tile++) {
      keys[tile] = runs == null ? keysOf(tile) : keysOf(tile, runs);
    }
    int[] order = new int[count];
    int next = 0;
    for (int group : longestFirst(count / ofGroup, group -> most(keys, group * ofGroup, ofGroup))) {
      int first = group * ofGroup;
      for (int tile : longestFirst(ofGroup, within -> keys[first + within])) {
        order[next++] = first + tile;
      }
    }
    return order;
  }

  private static int most(int[] keys, int from, int count) {
    return Arrays.stream(keys, from, from + count).max().orElse(0);
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
    int last = Math.min(first + MicroKernels.WIDTH, rowsPerGroup) - 1;
    int length = spec.queryLength();
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
    int end = Math.min(first + MicroKernels.WIDTH, rowsPerGroup);
    runs.clear();
    for (int row = first; row < end; row++) {
      runs.add(b, firstHead + row / spec.queryLength(), row % spec.queryLength());
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

  /**
   * Elements from one row to the next; 0 where there is but one row, whose stride may be anything.
   */
  static int rowStride(Layout layout, int rows) {
    return rows == 1 ? 0 : Math.toIntExact(layout.rowStride());
  }
}
