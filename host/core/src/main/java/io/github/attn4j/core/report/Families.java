package io.github.attn4j.core.report;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which cells of a report stand on one line of a chart: those whose shapes differ in lengths alone,
 * {@code B1 H8/2 D64 causal}. Where the number of queries does not grow with the keys, as in
 * decoding, it is part of the name; so are types, modes and pages, since a line through cells of
 * several says nothing about growth.
 */
final class Families {
  /** Shapes without lengths of which more than one square was measured. */
  private final Set<String> growingSquares = new HashSet<>();

  /** Families with a fixed number of queries. */
  private final Set<String> fixedQueries = new HashSet<>();

  Families(Collection<BenchCell> cells) {
    Set<List<Object>> squares = new HashSet<>();
    Set<String> met = new HashSet<>();
    for (BenchCell cell : cells) {
      String name = name(cell, false);
      if (cell.queryLength() != cell.keyLength()) {
        fixedQueries.add(name(cell, true));
      } else if (squares.add(List.of(name, cell.keyLength())) && !met.add(name)) {
        growingSquares.add(name);
      }
    }
  }

  /**
   * The family of one of the cells. A lone square among cells of as many queries is one of them: a
   * sweep over keys passes it.
   */
  String of(BenchCell cell) {
    boolean square = cell.queryLength() == cell.keyLength();
    boolean alone = !growingSquares.contains(name(cell, false));
    return name(cell, !square || (alone && fixedQueries.contains(name(cell, true))));
  }

  private static String name(BenchCell cell, boolean withQueries) {
    StringBuilder text =
        new StringBuilder("B").append(cell.batch()).append(" H").append(cell.queryHeads());
    if (cell.kvHeads() != cell.queryHeads()) {
      text.append('/').append(cell.kvHeads());
    }
    if (withQueries) {
      text.append(" S").append(cell.queryLength()).append("xN");
    }
    text.append(" D").append(cell.headDim());
    if (cell.valueDim() != cell.headDim()) {
      text.append('x').append(cell.valueDim());
    }
    text.append(' ').append(cell.mask());
    if (!cell.mode().isEmpty()) {
      text.append(' ').append(cell.mode());
    }
    return text.append(storage(cell)).toString();
  }

  /** As {@link io.github.attn4j.core.spec.AttentionSpec#label} has it: nothing of plain float32. */
  private static String storage(BenchCell cell) {
    String types = cell.types();
    return (types.equals("f32") ? "" : " " + types)
        + (cell.pageSize() == 0 ? "" : " keys pages:" + cell.pageSize())
        + (cell.deterministic() ? " deterministic" : "");
  }
}
