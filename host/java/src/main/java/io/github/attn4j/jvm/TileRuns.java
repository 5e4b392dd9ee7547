package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.MicroKernels.WIDTH;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockPlane;

/**
 * The blocks of keys that a tile of rows visits, from left to right. Lanes may stand in several
 * block rows, of one head's plane or of several: visited is what any of these lists, and full what
 * all of them list as full.
 */
final class TileRuns {
  private final BlockMap blocks;

  // Block rows of the tile, each once, and how far each has been read.
  private final int[] plane = new int[WIDTH];
  private final int[] blockRow = new int[WIDTH];
  private final int[] run = new int[WIDTH];
  private final int[] endRun = new int[WIDTH];
  private int rows;

  private int column;
  private int first;
  private boolean full;

  TileRuns(BlockMap blocks) {
    this.blocks = blocks;
  }

  static long bytes() {
    return 4L * Integer.BYTES * WIDTH;
  }

  long allocatedBytes() {
    return (long) Integer.BYTES * (plane.length + blockRow.length + run.length + endRun.length);
  }

  /** Begins another tile. */
  void clear() {
    rows = 0;
    column = 0;
  }

  /** Adds the row of a lane. */
  void add(int b, int h, int q) {
    int itsPlane = blocks.planeIndex(b, h);
    int itsRow = q / blocks.size().queries();
    // From the end: lanes of one block row are neighbours.
    for (int row = rows - 1; row >= 0; row--) {
      if (plane[row] == itsPlane && blockRow[row] == itsRow) {
        return;
      }
    }
    plane[rows] = itsPlane;
    blockRow[rows] = itsRow;
    run[rows] = blocks.planes().get(itsPlane).firstRun(itsRow);
    endRun[rows] = blocks.planes().get(itsPlane).endRun(itsRow);
    rows++;
  }

  /** Goes on to the next blocks that are alike; false where there are none. */
  boolean next() {
    first = Integer.MAX_VALUE;
    for (int row = 0; row < rows; row++) {
      BlockPlane runs = blocks.planes().get(plane[row]);
      while (run[row] < endRun[row] && runs.endColumn(run[row]) <= column) {
        run[row]++;
      }
      if (run[row] < endRun[row]) {
        first = Math.min(first, Math.max(column, runs.firstColumn(run[row])));
      }
    }
    if (first == Integer.MAX_VALUE) {
      return false;
    }
    full = true;
    column = Integer.MAX_VALUE;
    for (int row = 0; row < rows; row++) {
      BlockPlane runs = blocks.planes().get(plane[row]);
      if (run[row] == endRun[row]) {
        full = false;
      } else if (runs.firstColumn(run[row]) > first) {
        full = false;
        column = Math.min(column, runs.firstColumn(run[row]));
      } else {
        full &= runs.isFull(run[row]);
        column = Math.min(column, runs.endColumn(run[row]));
      }
    }
    return true;
  }

  /** First key of the blocks that {@link #next} went to. */
  int firstKey() {
    return first * blocks.size().keys();
  }

  /** One past their last, where so many exist. */
  int endKey() {
    return (int) Math.min(Integer.MAX_VALUE, (long) column * blocks.size().keys());
  }

  /** Whether every lane sees every key of them that exists. */
  boolean isFull() {
    return full;
  }
}
