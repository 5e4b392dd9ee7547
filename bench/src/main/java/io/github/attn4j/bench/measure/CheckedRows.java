package io.github.attn4j.bench.measure;

import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which rows of a cell's output are held against the oracle: all that it can compute in the time of
 * a cell's other steps. Where those are not all, they are spread so that no tile of any kernel is
 * left out while the limit allows it.
 */
final class CheckedRows {
  /**
   * Multiply-adds of the oracle for one input set: all rows of 8 heads, N = 512, D = 128, and two
   * rows of every block of N = 4096, D = 64. Seen here: 0.4 s on two cores, the plain float32
   * version included.
   */
  static final long WORK_LIMIT = 1L << 29;

  /**
   * A fault of one work-group or tile spoils a run of rows; kernels' query tiles hold 64 at most.
   */
  private static final int BLOCK_ROWS = 64;

  private CheckedRows() {}

  /**
   * All rows within the limit; otherwise the first and the last row of every head, and beside them
   * as many rows as the limit allows, at random places: the same number in every block of every
   * head, or, where it allows no row a block, one in each of equal parts of every head.
   */
  static RowSample of(AttentionSpec spec, long seed, long workLimit) {
    long workOfRow = (long) spec.kvLength() * (spec.headDim() + spec.valueDim());
    long affordable = workLimit / workOfRow;
    if (affordable >= spec.existingRows()) {
      return RowSample.all(spec);
    }
    int heads = spec.batch() * spec.queryHeads();
    int rowsOfHead = (int) (affordable / heads);
    SplitMix64 random = new SplitMix64(seed, 'C');
    NavigableSet<Integer> chosen = new TreeSet<>();
    for (int head = 0; head < heads; head++) {
      int first = head * spec.queryLength();
      int length = spec.queryLengths().get(head / spec.queryHeads());
      int blocks = Math.ceilDiv(length, BLOCK_ROWS);
      if (length == 0) {
        continue;
      }
      chosen.add(first);
      chosen.add(first + length - 1);
      if (rowsOfHead < blocks) {
        spread(chosen, random, first, length, rowsOfHead);
      } else {
        for (int begin = 0; begin < length; begin += BLOCK_ROWS) {
          int rows = Math.min(BLOCK_ROWS, length - begin);
          spread(chosen, random, first + begin, rows, Math.min(rows, rowsOfHead / blocks));
        }
      }
    }
    return new RowSample(chosen.stream().mapToInt(Integer::intValue).toArray());
  }

  /** One row at random in each of {@code parts} equal parts of a range. */
  private static void spread(
      Set<Integer> chosen, SplitMix64 random, int first, int rows, int parts) {
    for (int part = 0; part < parts; part++) {
      int begin = (int) ((long) part * rows / parts);
      int end = (int) ((part + 1L) * rows / parts);
      chosen.add(first + begin + random.below(first + begin, end - begin));
    }
  }
}
