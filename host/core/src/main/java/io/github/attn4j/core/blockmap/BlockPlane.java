package io.github.attn4j.core.blockmap;

import java.util.Arrays;

/**
 * The blocks of one score matrix that are not empty, as ranges along each block row. Shared by all
 * batches and heads whose matrices cannot differ.
 */
public final class BlockPlane {
  /** Two ints a range, in an array somewhat shorter than the longest. */
  private static final long MOST_RUNS = (1 << 30) - 8;

  private final int columns;
  private final int[] rowStarts;
  private final int[] runs;

  private BlockPlane(int columns, int[] rowStarts, int[] runs) {
    this.columns = columns;
    this.rowStarts = rowStarts;
    this.runs = runs;
  }

  static BlockPlane of(int columns, RunList[] rows) {
    long found = Arrays.stream(rows).mapToLong(RunList::count).sum();
    if (found > MOST_RUNS) {
      // As the JDK's own collections answer where an array cannot be so long.
      throw new OutOfMemoryError(
          "%,d ranges of blocks in one score matrix need %,d bytes, and an array holds %,d: larger patterns than single blocks make fewer ranges"
              .formatted(found, 8 * found, 8 * MOST_RUNS));
    }
    int[] rowStarts = new int[rows.length + 1];
    for (int row = 0; row < rows.length; row++) {
      rowStarts[row + 1] = rowStarts[row] + rows[row].count();
    }
    int[] runs = new int[2 * rowStarts[rows.length]];
    int at = 0;
    for (RunList row : rows) {
      for (int run = 0; run < row.count(); run++) {
        runs[at++] = row.first(run);
        runs[at++] = (row.end(run) - row.first(run)) << 1 | (row.kind(run) == RunList.FULL ? 1 : 0);
      }
    }
    return new BlockPlane(columns, rowStarts, runs);
  }

  /** Block rows. */
  public int rows() {
    return rowStarts.length - 1;
  }

  /** Block columns. */
  public int columns() {
    return columns;
  }

  /** First range of a block row; those up to the next row's first are its own. */
  public int firstRun(int row) {
    return rowStarts[row];
  }

  /** One past the last range of a block row. */
  public int endRun(int row) {
    return rowStarts[row + 1];
  }

  /** First block column of a range. */
  public int firstColumn(int run) {
    return runs[2 * run];
  }

  /** One past the last block column of a range. */
  public int endColumn(int run) {
    return runs[2 * run] + (runs[2 * run + 1] >>> 1);
  }

  /**
   * Whether every existing pair of the range's blocks is visible; else some of each block's are.
   */
  public boolean isFull(int run) {
    return (runs[2 * run + 1] & 1) == 1;
  }

  /** What a block is. */
  public BlockKind kind(int row, int column) {
    for (int run = firstRun(row); run < endRun(row); run++) {
      if (column >= firstColumn(run) && column < endColumn(run)) {
        return isFull(run) ? BlockKind.FULL : BlockKind.PARTIAL;
      }
    }
    return BlockKind.EMPTY;
  }

  /** Blocks of a row that are not empty: its work. */
  public int listedBlocks(int row) {
    int count = 0;
    for (int run = firstRun(row); run < endRun(row); run++) {
      count += endColumn(run) - firstColumn(run);
    }
    return count;
  }

  /** For a device: index of the first range of each row, and the number of ranges at the end. */
  public int[] rowStarts() {
    return rowStarts.clone();
  }

  /** For a device: two words a range: its first column; twice its length, plus 1 where full. */
  public int[] runs() {
    return runs.clone();
  }

  /** What it occupies. */
  public long bytes() {
    return 4L * (rowStarts.length + runs.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BlockPlane that
        && columns == that.columns
        && Arrays.equals(rowStarts, that.rowStarts)
        && Arrays.equals(runs, that.runs);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(rowStarts) + Arrays.hashCode(runs);
  }
}
