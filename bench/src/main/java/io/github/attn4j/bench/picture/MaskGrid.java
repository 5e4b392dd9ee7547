package io.github.attn4j.bench.picture;

import io.github.attn4j.core.blockmap.BlockPlane;
import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ScoreModifier;

/**
 * One batch's and head's pairs in cells, each of one pair or, where there are more than fit a
 * picture, of a rectangle of them. Up to 8 x 8 pairs of a cell are looked at, each somewhere within
 * its own 64th of it, and only those in partial blocks are computed: a million tokens cost as much
 * as a thousand.
 */
final class MaskGrid {
  private static final int SAMPLES = 8;

  private final AttentionSpec spec;
  private final BlockPlane plane;
  private final int b;
  private final int h;
  private final float at;
  private final int rows;
  private final int columns;
  private final int keys;
  private final SplitMix64 jitter = new SplitMix64(1, 'G');

  /** Of each cell, row by row: the shares of its pairs, which add up to 1 with the empty ones. */
  private final float[] full;

  private final float[] partialVisible;
  private final float[] partialHidden;

  /** Whether a block that is not empty reaches into the cell. */
  private final boolean[] touched;

  /** Mean score of the visible pairs; NaN where there is none. */
  private final float[] scores;

  private MaskGrid(
      AttentionSpec spec, BlockPlane plane, int b, int h, int rows, int columns, float at) {
    this.spec = spec;
    this.plane = plane;
    this.b = b;
    this.h = h;
    this.at = at;
    this.rows = rows;
    this.columns = columns;
    keys = spec.keyLengths().get(b);
    full = new float[rows * columns];
    partialVisible = new float[full.length];
    partialHidden = new float[full.length];
    touched = new boolean[full.length];
    scores = new float[full.length];
  }

  /**
   * Looks at the pairs.
   *
   * @param plane of this batch and head, from the spec's block map
   * @param rows cells from top to bottom, at most as many as queries
   * @param columns cells from left to right, at most as many as keys
   * @param at the score that the spec's modifier is asked with
   */
  static MaskGrid of(
      AttentionSpec spec, BlockPlane plane, int b, int h, int rows, int columns, float at) {
    MaskGrid grid = new MaskGrid(spec, plane, b, h, rows, columns, at);
    for (int row = 0; row < rows; row++) {
      grid.look(row);
      grid.touch(row);
    }
    return grid;
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  /** Share of visible pairs. */
  float visible(int row, int column) {
    return full[place(row, column)] + partialVisible[place(row, column)];
  }

  float full(int row, int column) {
    return full[place(row, column)];
  }

  float partialVisible(int row, int column) {
    return partialVisible[place(row, column)];
  }

  float partialHidden(int row, int column) {
    return partialHidden[place(row, column)];
  }

  /**
   * Whether visible pairs may have been overlooked: a block that is not empty reaches into the
   * cell, which has too many pairs to look at all of them.
   */
  boolean mayHideMore(int row, int column) {
    int queries = from(row + 1, rows, spec.queryLength()) - from(row, rows, spec.queryLength());
    int cellKeys = from(column + 1, columns, keys) - from(column, columns, keys);
    return (queries > SAMPLES || cellKeys > SAMPLES) && touched[place(row, column)];
  }

  float score(int row, int column) {
    return scores[place(row, column)];
  }

  private int place(int row, int column) {
    return row * columns + column;
  }

  /** First of a cell's queries or keys; that of the next cell ends them. */
  private static int from(int cell, int cells, int count) {
    return (int) ((long) cell * count / cells);
  }

  private void look(int row) {
    int first = from(row, rows, spec.queryLength());
    int count = from(row + 1, rows, spec.queryLength()) - first;
    int looks = Math.min(SAMPLES, count);
    int[] seen = new int[columns];
    int[] visible = new int[columns];
    double[] sums = new double[columns];
    for (int look = 0; look < looks; look++) {
      look(row, first + sample(look, looks, count, row), seen, visible, sums);
    }
    for (int column = 0; column < columns; column++) {
      int place = place(row, column);
      full[place] /= seen[column];
      partialVisible[place] /= seen[column];
      partialHidden[place] /= seen[column];
      scores[place] = visible[column] == 0 ? Float.NaN : (float) (sums[column] / visible[column]);
    }
  }

  private void look(int row, int q, int[] seen, int[] visible, double[] sums) {
    int blockRow = q / BlockSize.STANDARD.queries();
    int run = plane.firstRun(blockRow);
    for (int column = 0; column < columns; column++) {
      int first = from(column, columns, keys);
      int count = from(column + 1, columns, keys) - first;
      int looks = Math.min(SAMPLES, count);
      for (int look = 0; look < looks; look++) {
        int key = first + sample(look, looks, count, 31L * q + column);
        int block = key / BlockSize.STANDARD.keys();
        while (run < plane.endRun(blockRow) && plane.endColumn(run) <= block) {
          run++;
        }
        boolean listed = run < plane.endRun(blockRow) && plane.firstColumn(run) <= block;
        int place = place(row, column);
        boolean sees = listed && (plane.isFull(run) || spec.visible(b, h, q, key));
        if (sees) {
          float score = modified(q, key);
          sees = score != Float.NEGATIVE_INFINITY;
          sums[column] += sees ? score : 0;
        }
        seen[column]++;
        if (listed) {
          (sees ? plane.isFull(run) ? full : partialVisible : partialHidden)[place]++;
        }
        visible[column] += sees ? 1 : 0;
      }
    }
  }

  private float modified(int q, int key) {
    ScoreModifier modifier = spec.scoreModifier();
    return modifier.apply(at, b, h, q, spec.position(b, q), key);
  }

  /** All of few; of many, one somewhere within each of equal parts. */
  private int sample(int look, int looks, int count, long salt) {
    if (looks == count) {
      return look;
    }
    int first = from(look, looks, count);
    return first + jitter.below(salt * SAMPLES + look, from(look + 1, looks, count) - first);
  }

  private void touch(int row) {
    int firstBlock = from(row, rows, spec.queryLength()) / BlockSize.STANDARD.queries();
    int lastBlock = (from(row + 1, rows, spec.queryLength()) - 1) / BlockSize.STANDARD.queries();
    for (int blockRow = firstBlock; blockRow <= lastBlock; blockRow++) {
      for (int run = plane.firstRun(blockRow); run < plane.endRun(blockRow); run++) {
        long first = (long) plane.firstColumn(run) * BlockSize.STANDARD.keys();
        long last = Math.min(keys, (long) plane.endColumn(run) * BlockSize.STANDARD.keys()) - 1;
        int lastColumn = cell(last);
        for (int column = cell(first); column <= lastColumn; column++) {
          touched[place(row, column)] = true;
        }
      }
    }
  }

  /** The column that a key is in: the inverse of {@link #from}. */
  private int cell(long key) {
    int column = (int) (key * columns / keys);
    while (column + 1 < columns && from(column + 1, columns, keys) <= key) {
      column++;
    }
    return column;
  }
}
