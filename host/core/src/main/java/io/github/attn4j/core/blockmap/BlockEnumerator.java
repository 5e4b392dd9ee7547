package io.github.attn4j.core.blockmap;

import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.PairPredicate;
import java.util.stream.IntStream;

/**
 * Decides blocks that no proof decided, by looking at their pairs; asked for many blocks at once,
 * so that a device can answer.
 */
@FunctionalInterface
public interface BlockEnumerator {

  /**
   * Decides blocks of one batch and head.
   *
   * @param rows block rows
   * @param columns block columns, as many
   * @param count how many of them to decide
   * @param kinds receives what they are; a block at the edge is judged by the pairs that exist
   */
  void decide(int b, int h, int[] rows, int[] columns, int count, BlockKind[] kinds);

  /**
   * Asks pair by pair, and stops at the first two that differ; blocks in parallel.
   *
   * @param pairs asked by many threads at once
   */
  static BlockEnumerator of(PairPredicate pairs, Domain domain, BlockSize size) {
    return (b, h, rows, columns, count, kinds) ->
        IntStream.range(0, count)
            .parallel()
            .forEach(index ->
                kinds[index] = kind(pairs, domain, size, b, h, rows[index], columns[index]));
  }

  private static BlockKind kind(
      PairPredicate pairs, Domain domain, BlockSize size, int b, int h, int row, int column) {
    int firstQuery = row * size.queries();
    int endQuery = (int) Math.min(domain.queries(b), firstQuery + (long) size.queries());
    int firstKey = column * size.keys();
    int endKey = (int) Math.min(domain.keys(b), firstKey + (long) size.keys());
    int keys = endKey - firstKey;
    boolean someVisible = false;
    boolean someHidden = false;
    for (int q = firstQuery; q < endQuery && !(someVisible && someHidden); q++) {
      int visible = pairs.count(b, h, q, domain.position(b, q), firstKey, endKey);
      someVisible |= visible > 0;
      someHidden |= visible < keys;
    }
    if (someVisible && someHidden) {
      return BlockKind.PARTIAL;
    }
    return someVisible ? BlockKind.FULL : BlockKind.EMPTY;
  }
}
