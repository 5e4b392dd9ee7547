package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.MicroKernels.ROWS;
import static io.github.attn4j.jvm.MicroKernels.WIDTH;
import static io.github.attn4j.jvm.VectorMath.LANES;
import static io.github.attn4j.jvm.VectorMath.SPECIES;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * One thread's tile of queries: reads their keys and values once, tile by tile, and keeps scores,
 * weights and output transposed in its own scratch, lanes being queries (FlashAttention-2, Dao
 * 2023, Algorithm 1).
 *
 * <p>Lanes past the last row repeat it and are not written.
 */
final class FlashTile {
  /** Keys of a tile: with D = Dv = 64 its K, V, P, Q^T and O^T fit the first cache level. */
  static final int KEYS = 64;

  private final FlashProblem problem;
  private final int headDim;
  private final int valueDim;
  private final FloatRows keyRows;
  private final FloatRows valueRows;

  private final float[] queries;
  private final float[] weights;
  private final float[] output;
  private final float[] maximum = new float[WIDTH];
  private final float[] sum = new float[WIDTH];
  private final float[] row; // of Q or O
  private final float[] decay = new float[WIDTH];
  private final @Nullable ExpressionLanes expressions;
  private final @Nullable TileRuns runs;
  private final MaskTile mask;

  // The tile at hand.
  private int batch;
  private int queryLength;

  private long scoredTiles;

  FlashTile(FlashProblem problem) {
    AttentionSpec spec = problem.spec;
    this.problem = problem;
    headDim = spec.headDim();
    valueDim = spec.valueDim();
    keyRows = new FloatRows(spec, problem.k, spec.k(), headDim);
    valueRows = new FloatRows(spec, problem.v, spec.v(), valueDim);
    row = new float[Math.max(headDim, valueDim)];
    queries = new float[Math.multiplyExact(headDim, WIDTH)];
    output = new float[Math.multiplyExact(padded(valueDim), WIDTH)];
    weights = new float[KEYS * WIDTH];
    runs = problem.blocks == null ? null : new TileRuns(problem.blocks);
    expressions =
        problem.condition == null && problem.modifier == null
            ? null
            : new ExpressionLanes(problem.condition, problem.modifier);
    mask = new MaskTile(problem.dense, problem.condition == null ? null : expressions);
  }

  /** Bytes of one thread's scratch, array headers left out. */
  static long bytes(AttentionSpec spec) {
    CanonicalMask mask = spec.canonicalMask();
    boolean condition = mask.expression() != null;
    boolean expression = condition || !(spec.scoreModifier() instanceof ScoreModifier.None);
    long floats = (long) spec.headDim() + padded(spec.valueDim()) + KEYS + 3;
    return (long) Float.BYTES * (WIDTH * floats + Math.max(spec.headDim(), spec.valueDim()))
        + FloatRows.bytes(spec)
        + MaskTile.bytes(mask.dense() != null, condition)
        + (expression ? ExpressionLanes.bytes() : 0)
        + (condition ? TileRuns.bytes() : 0);
  }

  /** Bytes of this thread's scratch, counted; {@link #bytes} is the formula. */
  long allocatedBytes() {
    long floats =
        0L
            + queries.length
            + weights.length
            + output.length
            + maximum.length
            + sum.length
            + decay.length
            + row.length;
    return Float.BYTES * floats
        + keyRows.allocatedBytes()
        + valueRows.allocatedBytes()
        + mask.allocatedBytes()
        + (expressions == null ? 0 : expressions.allocatedBytes())
        + (runs == null ? 0 : runs.allocatedBytes());
  }

  private static int padded(int columns) {
    return Math.ceilDiv(columns, ROWS) * ROWS;
  }

  /** Tiles of keys whose scores this thread has computed so far: what masks have not saved it. */
  long scoredTiles() {
    return scoredTiles;
  }

  /** Computes O and LSE of one tile of rows. */
  void compute(int tile) {
    batch = problem.batchOf(tile);
    int kvHead = problem.kvHeadOf(tile);
    queryLength = problem.queryLength(batch);
    keyRows.start(batch, kvHead);
    valueRows.start(batch, kvHead);
    int firstRow = problem.firstRowOf(tile);
    int rows = Math.min(WIDTH, problem.rowsPerGroup(batch) - firstRow);
    load(kvHead, firstRow, rows);

    Arrays.fill(output, 0);
    Arrays.fill(maximum, Float.NEGATIVE_INFINITY);
    Arrays.fill(sum, 0);
    TileRuns listed = runs;
    if (listed == null) {
      for (int key = mask.from(); key < mask.to(); key += KEYS) {
        int keys = Math.min(KEYS, mask.to() - key);
        visit(mask.classify(key, keys), key, keys);
      }
    } else {
      problem.startRuns(tile, listed);
      while (listed.next()) {
        visitRun(listed);
      }
    }
    store(kvHead, firstRow, rows);
  }

  private void visitRun(TileRuns run) {
    int end = Math.min(run.endKey(), problem.keyLength(batch));
    for (int key = run.firstKey(); key < end; key += KEYS) {
      int keys = Math.min(KEYS, end - key);
      MaskTile.Visibility visibility =
          run.isFull() ? mask.classifyFull(key, keys) : mask.classify(key, keys);
      visit(visibility, key + mask.skipped(), mask.kept());
    }
  }

  private void visit(MaskTile.Visibility visibility, int key, int keys) {
    switch (visibility) {
      case NONE_VISIBLE -> {}
      case ALL_VISIBLE -> {
        score(key, keys);
        boolean hides = modify(key, keys) && mask.hideInfinite(weights, keys);
        Softmax.update(weights, keys, maximum, sum, decay);
        accumulate(key, keys, hides);
      }
      case SOME_VISIBLE -> {
        score(key, keys);
        boolean modified = modify(key, keys);
        boolean hides = mask.apply(weights, key, keys);
        if (modified) {
          hides = mask.hideInfinite(weights, keys);
        }
        Softmax.update(weights, keys, maximum, sum, decay);
        accumulate(key, keys, hides);
      }
    }
  }

  private boolean modify(int key, int keys) {
    ExpressionLanes lanes = expressions;
    if (lanes == null || !lanes.hasModifier()) {
      return false;
    }
    lanes.modify(weights, key, keys);
    return true;
  }

  private void accumulate(int key, int keys, boolean hides) {
    int first = valueRows.place(key, keys);
    if (hides && !allFinite(first, keys)) {
      accumulateSelecting(first, keys);
    } else {
      accumulate(first, keys);
    }
  }

  private void load(int kvHead, int firstRow, int rows) {
    AttentionSpec spec = problem.spec;
    mask.clear();
    ExpressionLanes asked = expressions;
    if (asked != null) {
      asked.clear(batch);
    }
    for (int lane = 0; lane < WIDTH; lane++) {
      int rowOfGroup = firstRow + Math.min(lane, rows - 1);
      int head = kvHead * problem.group + rowOfGroup / queryLength;
      int i = rowOfGroup % queryLength;
      problem.q.read(spec.queryRow(batch, head, i), headDim, -1, row, 0);
      for (int d = 0; d < headDim; d++) {
        queries[d * WIDTH + lane] = row[d];
      }
      int first = problem.firstKey(batch, i);
      DenseMask dense = problem.dense;
      int maskRow = dense == null ? 0 : Math.toIntExact(dense.row(batch, head, i));
      mask.set(lane, first, problem.endKey(batch, i, first), maskRow);
      if (asked != null && lane < rows) {
        asked.add(head, i, problem.position(batch, i));
      }
    }
  }

  /**
   * weights[j, :] = soft-capped scores of keys key..key+keys; the rest of the last eight is junk.
   */
  private void score(int key, int keys) {
    scoredTiles++;
    float scale = problem.spec.scale();
    int first = keyRows.place(key, keys);
    for (int j = 0; j < keys; j += ROWS) {
      MicroKernels.scores(
          queries,
          headDim,
          keyRows.floats(),
          keyRow(first, j + 0, keys),
          keyRow(first, j + 1, keys),
          keyRow(first, j + 2, keys),
          keyRow(first, j + 3, keys),
          keyRow(first, j + 4, keys),
          keyRow(first, j + 5, keys),
          keyRow(first, j + 6, keys),
          keyRow(first, j + 7, keys),
          scale,
          weights,
          j * WIDTH);
    }
    if (problem.spec.softCap() > 0) {
      Softmax.cap(weights, keys, problem.spec.softCap());
    }
  }

  /** Past the tile's end its last key stands in: what lies behind it may not be read. */
  private int keyRow(int first, int j, int keys) {
    return first + Math.min(j, keys - 1) * keyRows.stride();
  }

  private void accumulate(int first, int keys) {
    float[] values = valueRows.floats();
    int stride = valueRows.stride();
    int column = 0;
    for (; column + ROWS <= valueDim; column += ROWS) {
      MicroKernels.values(
          weights, keys, values, first + column, stride, output, column * WIDTH, decay);
    }
    for (; column < valueDim; column++) {
      MicroKernels.valueColumn(
          weights, keys, values, first + column, stride, output, column * WIDTH, decay);
    }
  }

  private void accumulateSelecting(int first, int keys) {
    for (int column = 0; column < valueDim; column++) {
      MicroKernels.valueColumnSelecting(
          weights,
          mask.hidden(),
          keys,
          valueRows.floats(),
          first + column,
          valueRows.stride(),
          output,
          column * WIDTH,
          decay);
    }
  }

  /** Whether the tile's values are all finite: then a weight of 0 removes a hidden pair. */
  private boolean allFinite(int first, int keys) {
    for (int j = 0; j < keys; j++) {
      if (!Finite.all(valueRows.floats(), first + j * valueRows.stride(), valueDim)) {
        return false;
      }
    }
    return true;
  }

  private void store(int kvHead, int firstRow, int rows) {
    AttentionSpec spec = problem.spec;
    for (int lane = 0; lane < rows; lane++) {
      int rowOfGroup = firstRow + lane;
      int head = kvHead * problem.group + rowOfGroup / queryLength;
      int i = rowOfGroup % queryLength;
      // No visible key: the sum stays 0, and the output is 0, not 0 / 0.
      boolean empty = sum[lane] == 0;
      float factor = 1 / sum[lane];
      for (int column = 0; column < valueDim; column++) {
        row[column] = empty ? 0 : output[column * WIDTH + lane] * factor;
      }
      problem.o.write(row, 0, valueDim, spec.outputRow(batch, head, i));
      problem.lse[spec.lseIndex(batch, head, i)] =
          empty ? Float.NEGATIVE_INFINITY : maximum[lane] + (float) Math.log(sum[lane]);
    }
  }

  /** The finiteness test, apart so that it is compiled alone. */
  private static final class Finite {
    private Finite() {}

    static boolean all(float[] values, int from, int count) {
      FloatVector zeros = FloatVector.zero(SPECIES);
      int bound = SPECIES.loopBound(count);
      int column = 0;
      for (; column < bound; column += LANES) {
        // 0 * x is NaN for NaN and the infinities alone, and stays NaN.
        zeros =
            FloatVector.fromArray(SPECIES, values, from + column)
                .fma(FloatVector.zero(SPECIES), zeros);
      }
      float rest = 0;
      for (; column < count; column++) {
        rest += 0 * values[from + column];
      }
      return rest == 0 && zeros.eq(0f).allTrue();
    }
  }
}
