package io.github.attn4j.core.expression;

import java.util.ArrayList;
import java.util.List;

/** Lays tables, and the slopes if asked for, one behind another into one array of words. */
final class TableWords {
  private final int heads;
  private final List<Table> tables = new ArrayList<>();
  private final List<Integer> starts = new ArrayList<>();
  private final Table slopes;
  private int end;

  TableWords(int heads) {
    this.heads = heads;
    this.slopes = Table.ofFloats(AlibiSlopes.of(heads));
  }

  int heads() {
    return heads;
  }

  int startOfSlopes() {
    return start(slopes);
  }

  /** Where a table begins; the first to ask lays it. */
  int start(Table table) {
    int known = tables.indexOf(table);
    if (known >= 0) {
      return starts.get(known);
    }
    int start = end;
    try {
      end = Math.addExact(end, table.size());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "the tables of one problem hold at most 2147483647 elements together", e);
    }
    tables.add(table);
    starts.add(start);
    return start;
  }

  int[] toArray() {
    // A buffer of no bytes is an error in OpenCL.
    int[] words = new int[Math.max(1, end)];
    for (int index = 0; index < tables.size(); index++) {
      int[] from = tables.get(index).ints();
      System.arraycopy(from, 0, words, starts.get(index), from.length);
    }
    return words;
  }
}
