package io.github.attn4j.core.blockmap;

import io.github.attn4j.core.expression.Domain;
import java.util.Arrays;

/**
 * Builds one plane: asks for a region as a whole and halves it while the answer is MIXED, down to
 * single blocks; what is then still undecided is enumerated. A boundary of length n costs O(n)
 * regions, where asking every block would cost n squared.
 */
final class Subdivision {
  /** Undecided blocks handed to the enumerator at once: enough work for a device's launch. */
  private static final int ENUMERATED_AT_ONCE = 1 << 14;

  private final Domain domain;
  private final BlockSize size;
  private final int b;
  private final int h;
  private final RunList[] rows;
  private long asked;
  private long enumerated;

  Subdivision(Domain domain, BlockSize size, int b, int h) {
    this.domain = domain;
    this.size = size;
    this.b = b;
    this.h = h;
    this.rows = new RunList[size.rows(domain.queries())];
    Arrays.setAll(rows, row -> new RunList());
  }

  BlockPlane build(RegionTruth truth, BlockEnumerator enumerator) {
    int columns = size.columns(domain.keys(b));
    int existing = size.rows(domain.queries(b)); // of a shorter sequence, the rest stays empty
    if (columns > 0 && existing > 0) {
      divide(truth, 0, existing, 0, columns);
      enumerate(enumerator);
    }
    return BlockPlane.of(columns, rows);
  }

  /** Regions asked about. */
  long asked() {
    return asked;
  }

  /** Blocks that had to be enumerated. */
  long enumerated() {
    return enumerated;
  }

  /** Within each row, regions come from left to right: rows only ever grow at their end. */
  private void divide(RegionTruth truth, int firstRow, int endRow, int firstColumn, int endColumn) {
    asked++;
    switch (truth.over(
        b,
        h,
        firstRow * size.queries(),
        last(endRow, size.queries(), domain.queries(b)),
        firstColumn * size.keys(),
        last(endColumn, size.keys(), domain.keys(b)))) {
      case NEVER -> {}
      case ALWAYS -> append(firstRow, endRow, firstColumn, endColumn, RunList.FULL);
      case MIXED -> {
        int height = endRow - firstRow;
        int width = endColumn - firstColumn;
        if (height == 1 && width == 1) {
          append(firstRow, endRow, firstColumn, endColumn, RunList.UNDECIDED);
          return;
        }
        // The longer side alone until the region is nearly square, then both.
        int middleRow = 2 * height > width ? firstRow + height / 2 : firstRow;
        int middleColumn = 2 * width > height ? firstColumn + width / 2 : firstColumn;
        if (middleRow > firstRow) {
          divideColumns(truth, firstRow, middleRow, firstColumn, middleColumn, endColumn);
        }
        divideColumns(truth, middleRow, endRow, firstColumn, middleColumn, endColumn);
      }
    }
  }

  private void divideColumns(
      RegionTruth truth, int firstRow, int endRow, int firstColumn, int middle, int endColumn) {
    if (middle > firstColumn) {
      divide(truth, firstRow, endRow, firstColumn, middle);
    }
    divide(truth, firstRow, endRow, middle, endColumn);
  }

  private void append(int firstRow, int endRow, int firstColumn, int endColumn, int kind) {
    for (int row = firstRow; row < endRow; row++) {
      rows[row].append(firstColumn, endColumn, kind);
    }
  }

  private static int last(int endBlock, int blockSize, int count) {
    return (int) Math.min(count, (long) endBlock * blockSize) - 1;
  }

  private void enumerate(BlockEnumerator enumerator) {
    int firstRow = 0;
    while (firstRow < rows.length) {
      int endRow = firstRow;
      int blocks = 0;
      while (endRow < rows.length && blocks < ENUMERATED_AT_ONCE) {
        blocks += undecided(rows[endRow++]);
      }
      if (blocks > 0) {
        enumerate(enumerator, firstRow, endRow, blocks);
      }
      firstRow = endRow;
    }
  }

  private void enumerate(BlockEnumerator enumerator, int firstRow, int endRow, int blocks) {
    int[] blockRows = new int[blocks];
    int[] blockColumns = new int[blocks];
    int at = 0;
    for (int row = firstRow; row < endRow; row++) {
      RunList runs = rows[row];
      for (int run = 0; run < runs.count(); run++) {
        for (int column = runs.first(run);
            runs.kind(run) == RunList.UNDECIDED && column < runs.end(run);
            column++) {
          blockRows[at] = row;
          blockColumns[at++] = column;
        }
      }
    }
    BlockKind[] kinds = new BlockKind[blocks];
    enumerator.decide(b, h, blockRows, blockColumns, blocks, kinds);
    enumerated += blocks;
    at = 0;
    for (int row = firstRow; row < endRow; row++) {
      int undecided = undecided(rows[row]);
      if (undecided > 0) {
        rows[row] = decided(rows[row], kinds, at);
        at += undecided;
      }
    }
  }

  private static RunList decided(RunList runs, BlockKind[] kinds, int from) {
    RunList result = new RunList();
    int at = from;
    for (int run = 0; run < runs.count(); run++) {
      if (runs.kind(run) != RunList.UNDECIDED) {
        result.append(runs.first(run), runs.end(run), runs.kind(run));
        continue;
      }
      for (int column = runs.first(run); column < runs.end(run); column++) {
        BlockKind kind = kinds[at++];
        if (kind != BlockKind.EMPTY) {
          result.append(
              column, column + 1, kind == BlockKind.FULL ? RunList.FULL : RunList.PARTIAL);
        }
      }
    }
    return result;
  }

  private static int undecided(RunList runs) {
    int count = 0;
    for (int run = 0; run < runs.count(); run++) {
      if (runs.kind(run) == RunList.UNDECIDED) {
        count += runs.end(run) - runs.first(run);
      }
    }
    return count;
  }
}
