package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.spec.RowPlacement;
import java.util.List;

/**
 * Where the rows of the four tensors lie.
 *
 * @param queries which rows of Q's and O's slots are whose
 * @param keys which rows of K's and V's slots are whose
 * @param q what lies between and around Q's
 * @param k what lies between and around K's
 * @param v what lies between and around V's
 * @param o what lies between O's
 */
public record FuzzPlaces(Rows queries, Rows keys, Gaps q, Gaps k, Gaps v, Gaps o) {
  /** Contiguous, each sequence in a slot of its own. */
  public static final FuzzPlaces PLAIN =
      new FuzzPlaces(Rows.PADDED, Rows.PADDED, Gaps.NONE, Gaps.NONE, Gaps.NONE, Gaps.NONE);

  /**
   * A {@link RowPlacement} as JSON has it: padded where both lists are empty, packed where there
   * are starts, paged where there are tables.
   *
   * @param starts per sequence, its first row
   * @param pageSize rows of a page; 0 where there are none
   * @param tables per sequence, its pages
   */
  public record Rows(List<Integer> starts, int pageSize, List<List<Integer>> tables) {
    /** A slot for each sequence. */
    public static final Rows PADDED = new Rows(List.of(), 0, List.of());

    /** Copies the lists; one of them at most holds something. */
    public Rows {
      starts = List.copyOf(starts);
      tables = tables.stream().map(List::copyOf).toList();
      if ((!starts.isEmpty() && !tables.isEmpty()) || (pageSize == 0) != tables.isEmpty()) {
        throw new IllegalArgumentException(
            "rows are padded, packed (starts) or on pages (pageSize and tables), but there are %d starts, pages of %d and %d tables"
                .formatted(starts.size(), pageSize, tables.size()));
      }
    }

    static Rows packed(List<Integer> starts) {
      return new Rows(starts, 0, List.of());
    }

    static Rows paged(RowPlacement.Paged pages) {
      return new Rows(List.of(), pages.pageSize(), pages.tables());
    }

    boolean padded() {
      return starts.isEmpty() && tables.isEmpty();
    }

    RowPlacement placement() {
      if (!tables.isEmpty()) {
        return new RowPlacement.Paged(pageSize, tables);
      }
      return starts.isEmpty() ? RowPlacement.padded() : new RowPlacement.Packed(starts);
    }

    /** Those of one sequence. */
    Rows only(int b) {
      return new Rows(
          starts.isEmpty() ? starts : List.of(starts.get(b)),
          pageSize,
          tables.isEmpty() ? tables : List.of(tables.get(b)));
    }
  }

  FuzzPlaces withQueries(Rows rows) {
    return new FuzzPlaces(rows, keys, q, k, v, o);
  }

  FuzzPlaces withKeys(Rows rows) {
    return new FuzzPlaces(queries, rows, q, k, v, o);
  }

  FuzzPlaces withGaps(Gaps ofQ, Gaps ofK, Gaps ofV, Gaps ofO) {
    return new FuzzPlaces(queries, keys, ofQ, ofK, ofV, ofO);
  }
}
