package io.github.attn4j.core.reference;

import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Which rows of the output are checked. All of them costs what attention costs, in float64; a
 * sample makes long contexts checkable.
 *
 * @param rows ascending indices (b * queryHeads + h) * queryLength + i
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record RowSample(int[] rows) {

  /** Every row that exists. */
  public static RowSample all(AttentionSpec spec) {
    return new RowSample(
        IntStream.range(0, spec.rows()).filter(row -> exists(spec, row)).toArray());
  }

  private static boolean exists(AttentionSpec spec, int row) {
    int head = row / spec.queryLength();
    return row % spec.queryLength() < spec.queryLengths().get(head / spec.queryHeads());
  }

  /**
   * At least {@code count} rows (or all that exist, if there are no more): in every head of every
   * batch the first and the last row, where tails go wrong, the rest seeded at random.
   */
  public static RowSample of(AttentionSpec spec, int count, long seed) {
    if (count >= spec.existingRows()) {
      return all(spec);
    }
    TreeSet<Integer> chosen = new TreeSet<>();
    for (int head = 0; head < spec.batch() * spec.queryHeads(); head++) {
      int queries = spec.queryLengths().get(head / spec.queryHeads());
      if (queries > 0) {
        chosen.add(head * spec.queryLength());
        chosen.add(head * spec.queryLength() + queries - 1);
      }
    }
    SplitMix64 random = new SplitMix64(seed, 'R');
    for (long draw = 0; chosen.size() < count; draw++) {
      int row = random.below(draw, spec.rows());
      if (exists(spec, row)) {
        chosen.add(row);
      }
    }
    return new RowSample(chosen.stream().mapToInt(Integer::intValue).toArray());
  }

  /** The same and one more row, unless it is there. */
  public RowSample with(int row) {
    return new RowSample(
        IntStream.concat(IntStream.of(rows), IntStream.of(row)).sorted().distinct().toArray());
  }

  /** The same but for one row, which need not be there. */
  public RowSample without(int row) {
    return new RowSample(IntStream.of(rows).filter(other -> other != row).toArray());
  }
}
