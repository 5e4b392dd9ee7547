package io.github.attn4j.bench.measure;

import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * Who gets the time budget first. In the order of the table, slow kernels would eat it before the
 * fast ones reach the long contexts that they are there for.
 */
final class CellOrder {
  /** Kernels within this factor of the fastest contend with it. */
  private static final double CONTENDER = 4;

  private CellOrder() {}

  /**
   * First one cell of every kernel, to learn how fast it is. Then all cells of those that contend
   * for the best time, side by side in the table's order. Then the others, cheapest first.
   *
   * @param waiting at least one cell, in the table's order
   * @param met kernels of which a cell has had its turn
   */
  static CellSpec next(List<CellSpec> waiting, Set<String> met, LaunchTimes times) {
    return waiting.stream()
        .filter(cell -> !met.contains(cell.kernel()))
        .findFirst()
        .or(() ->
            waiting.stream().filter(cell -> times.slowness(cell.kernel()) <= CONTENDER).findFirst())
        .or(() ->
            waiting.stream().min(Comparator.comparingDouble(cell -> times.predict(cell).orElse(0))))
        .orElseThrow();
  }
}
