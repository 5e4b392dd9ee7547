package io.github.attn4j.opencl;

import io.github.attn4j.core.blockmap.BlockEnumerator;
import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockPlane;
import io.github.attn4j.core.expression.OpenClSource;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import io.github.attn4j.core.spec.RowPlacement;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.Comparator;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the argument {@code sequences} holds: offset and length of each batch, behind them where its
 * rows lie (kernels/opencl/places.clh), what expressions look up and the block map
 * (kernels/opencl/block_map.clh); and the functions that expressions become.
 */
final class SequenceWords {
  /** Their bytes go through one Java array. */
  private static final long MOST_WORDS = Integer.MAX_VALUE / Integer.BYTES;

  /** Ints of a batch's rows. Devices read them as one vector, which needs as many of alignment. */
  private static final int ROW_WORDS = 4;

  private final int[] words;
  private final int sequenceRows;
  private final int expressionWords;
  private final int blockMapWords;
  private final String prologue;
  private final boolean dividesFloats;
  private final @Nullable BlockMap blockMap;

  private SequenceWords(
      int[] words,
      int sequenceRows,
      int expressionWords,
      int blockMapWords,
      String prologue,
      boolean dividesFloats,
      @Nullable BlockMap blockMap) {
    this.words = words;
    this.sequenceRows = sequenceRows;
    this.expressionWords = expressionWords;
    this.blockMapWords = blockMapWords;
    this.prologue = prologue;
    this.dividesFloats = dividesFloats;
    this.blockMap = blockMap;
  }

  /** Builds the block map where there is a mask expression, and enumerates in Java. */
  static SequenceWords of(AttentionSpec spec) {
    return of(spec, withoutMap -> spec.blockEnumerator());
  }

  /**
   * Builds the block map where there is a mask expression.
   *
   * @param enumerators who decides what no proof does, given all of these words but the map
   */
  static SequenceWords of(
      AttentionSpec spec, Function<SequenceWords, BlockEnumerator> enumerators) {
    int sequenceRows = Math.ceilDiv(2 * spec.batch(), ROW_WORDS) * ROW_WORDS;
    int[] sequences = sequences(spec, sequenceRows);
    CanonicalMask mask = spec.canonicalMask();
    ScoreModifier.Expression score =
        spec.scoreModifier() instanceof ScoreModifier.Expression own ? own : null;
    if (mask.expression() == null && score == null) {
      return new SequenceWords(sequences, sequenceRows, -1, -1, "", false, null);
    }
    OpenClSource source =
        OpenClSource.of(
            mask.expression(), score == null ? null : score.expression(), spec.queryHeads());
    String prologue =
        (mask.expression() == null ? "" : "#define MASK_EXPRESSION\n")
            + (score == null ? "" : "#define SCORE_EXPRESSION\n")
            + source.text();
    int[] lookedUp = source.words();
    SequenceWords withoutMap =
        new SequenceWords(
            concatenate(sequences, lookedUp),
            sequenceRows,
            sequences.length,
            -1,
            prologue,
            source.dividesFloats(),
            null);
    if (mask.expression() == null) {
      return withoutMap;
    }
    BlockMap map = spec.blockMap(enumerators.apply(withoutMap));
    int[] encoded = encode(map, spec);
    requireIndexable(spec, (long) withoutMap.words.length + encoded.length);
    return new SequenceWords(
        concatenate(withoutMap.words, encoded),
        sequenceRows,
        sequences.length,
        withoutMap.words.length,
        prologue,
        source.dividesFloats(),
        map);
  }

  /** What to upload. */
  int[] words() {
    return words;
  }

  /** Index of the rows of sequences. */
  int sequenceRows() {
    return sequenceRows;
  }

  /** Index of what expressions look up; -1 where there are none. */
  int expressionWords() {
    return expressionWords;
  }

  /** Index of the block map; -1 where there is none. */
  int blockMapWords() {
    return blockMapWords;
  }

  /** OpenCL C to put before a kernel's text; empty where there are no expressions. */
  String prologue() {
    return prologue;
  }

  /** Whether agreeing with the host takes division to be rounded correctly. */
  boolean dividesFloats() {
    return dividesFloats;
  }

  /** The map that {@link #words} holds; null where there is none. */
  @Nullable BlockMap blockMap() {
    return blockMap;
  }

  /** Offsets and lengths, where rows lie, and page tables, as far as keys reach. */
  private static int[] sequences(AttentionSpec spec, int sequenceRows) {
    int tables = sequenceRows + ROW_WORDS * spec.batch();
    int[] pages = IntStream.range(0, spec.batch()).flatMap(b -> pages(spec, b)).toArray();
    int[] words = new int[Math.addExact(tables, pages.length)];
    System.arraycopy(pages, 0, words, tables, pages.length);
    for (int b = 0; b < spec.batch(); b++) {
      words[2 * b] = spec.queryOffsets().get(b);
      words[2 * b + 1] = spec.keyLengths().get(b);
      int row = sequenceRows + ROW_WORDS * b;
      boolean paged = spec.keyPlacement() instanceof RowPlacement.Paged;
      words[row] = start(spec.queryPlacement(), b);
      words[row + 1] = spec.queryLengths().get(b);
      words[row + 2] = start(spec.keyPlacement(), b);
      words[row + 3] = paged ? tables : -1;
      tables += (int) pages(spec, b).count();
    }
    return words;
  }

  private static int start(RowPlacement placement, int b) {
    return placement instanceof RowPlacement.Packed packed ? packed.starts().get(b) : 0;
  }

  private static IntStream pages(AttentionSpec spec, int b) {
    return spec.keyPlacement() instanceof RowPlacement.Paged paged
        ? paged.tables().get(b).stream()
            .limit(Math.ceilDiv(spec.keyLengths().get(b), paged.pageSize()))
            .mapToInt(Integer::intValue)
        : IntStream.empty();
  }

  /** The layout of block_map.clh. */
  private static int[] encode(BlockMap map, AttentionSpec spec) {
    int heads = map.domain().batch() * map.domain().heads(); // whose planes the map has counted
    int rows = map.size().rows(spec.queryLength());
    int[] begins = new int[map.planes().size()];
    long end = heads + (long) heads * rows;
    for (int plane = 0; plane < begins.length; plane++) {
      begins[plane] = (int) end; // where it is more, the last end is too
      end += map.planes().get(plane).bytes() / Integer.BYTES;
    }
    int size = requireIndexable(spec, end);
    int[] order = order(map, spec, rows);
    int[] encoded = new int[size];
    for (int head = 0; head < heads; head++) {
      encoded[head] = begins[planeOf(map, spec, head)];
    }
    System.arraycopy(order, 0, encoded, heads, order.length);
    for (int plane = 0; plane < begins.length; plane++) {
      int[] starts = map.planes().get(plane).rowStarts();
      int[] runs = map.planes().get(plane).runs();
      System.arraycopy(starts, 0, encoded, begins[plane], starts.length);
      System.arraycopy(runs, 0, encoded, begins[plane] + starts.length, runs.length);
    }
    return encoded;
  }

  /**
   * Checks that so many words can be uploaded as one array of bytes.
   *
   * @throws BackendException.OutOfMemory if they cannot
   */
  static int requireIndexable(AttentionSpec spec, long words) {
    if (words > MOST_WORDS) {
      throw new BackendException.OutOfMemory(
          "the block map of %s in one buffer (fewer batches, or a mask without b or h, make it smaller)"
              .formatted(spec.label()),
          Integer.BYTES * words,
          Integer.BYTES * MOST_WORDS);
    }
    return (int) words;
  }

  /**
   * Rows of blocks: the head with most listed blocks first, in it the row with most; equal ones in
   * their own order. Work that comes last is then short, and a head's rows, which read the same
   * keys, stay together.
   */
  private static int[] order(BlockMap map, AttentionSpec spec, int rows) {
    int[][] rowsOf = new int[map.planes().size()][];
    long[] blocksOf = new long[rowsOf.length];
    for (int index = 0; index < rowsOf.length; index++) {
      BlockPlane plane = map.planes().get(index);
      int[] blocks = IntStream.range(0, rows).map(plane::listedBlocks).toArray();
      blocksOf[index] = IntStream.of(blocks).asLongStream().sum();
      rowsOf[index] =
          IntStream.range(0, rows)
              .boxed()
              .sorted(Comparator.comparingInt(row -> -blocks[row]))
              .mapToInt(Integer::intValue)
              .toArray();
    }
    return IntStream.range(0, spec.batch() * spec.queryHeads())
        .boxed()
        .sorted(Comparator.comparingLong(head -> -blocksOf[planeOf(map, spec, head)]))
        .flatMapToInt(
            head -> IntStream.of(rowsOf[planeOf(map, spec, head)]).map(row -> head * rows + row))
        .toArray();
  }

  private static int planeOf(BlockMap map, AttentionSpec spec, int head) {
    return map.planeIndex(head / spec.queryHeads(), head % spec.queryHeads());
  }

  private static int[] concatenate(int[]... parts) {
    return IntStream.range(0, parts.length).flatMap(part -> IntStream.of(parts[part])).toArray();
  }
}
