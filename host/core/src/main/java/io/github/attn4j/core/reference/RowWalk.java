package io.github.attn4j.core.reference;

import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Visits sampled rows, those that share keys and values together, in parallel within a group. */
final class RowWalk {
  private RowWalk() {}

  /**
   * Prepares the keys and values of one (batch, key-value head) and returns what computes a row of
   * it.
   */
  interface Group {
    RowComputation open(int b, int kvHead);
  }

  /** Computes one row. */
  interface RowComputation {
    /**
     * Computes query i of head h.
     *
     * @param slot where in the sample the row stands
     */
    void compute(int slot, int h, int i);
  }

  static void forEach(AttentionSpec spec, RowSample sample, Group group) {
    int[] rows = sample.rows();
    int headsPerGroup = spec.queryHeads() / spec.kvHeads();
    int rowsPerGroup = headsPerGroup * spec.queryLength();
    int begin = 0;
    while (begin < rows.length) {
      int groupIndex = rows[begin] / rowsPerGroup;
      int found = Arrays.binarySearch(rows, begin, rows.length, (groupIndex + 1) * rowsPerGroup);
      int end = found < 0 ? -found - 1 : found;
      RowComputation computation =
          group.open(groupIndex / spec.kvHeads(), groupIndex % spec.kvHeads());
      IntStream.range(begin, end)
          .parallel()
          .forEach(slot ->
              computation.compute(
                  slot,
                  rows[slot] / spec.queryLength() % spec.queryHeads(),
                  rows[slot] % spec.queryLength()));
      begin = end;
    }
  }
}
