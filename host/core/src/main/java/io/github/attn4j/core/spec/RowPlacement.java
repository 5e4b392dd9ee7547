package io.github.attn4j.core.spec;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Which rows of a tensor's slots are whose. A layout addresses [slot, head, row in slot, column];
 * row j of sequence b lies in {@link #slot}, there at {@link #rowInSlot}. Rows that no sequence has
 * hold anything, and nobody reads them.
 */
public sealed interface RowPlacement {

  /** Slot of row {@code row} of sequence {@code b}. */
  int slot(int b, int row);

  /** Row within {@link #slot}. */
  int rowInSlot(int b, int row);

  /** Slots of the tensor. */
  int slots(int batch);

  /**
   * Rows of each slot, at least 1.
   *
   * @param allocated rows that the spec's length allocates to a sequence
   * @param lengths rows that each sequence has
   */
  int rowsPerSlot(int allocated, List<Integer> lengths);

  /**
   * Refuses what does not hold the sequences.
   *
   * @param rows what the rows are, for the message: {@code queries} or {@code keys}
   * @param lengths rows that each sequence has
   * @throws IllegalArgumentException naming the sequence and the value
   */
  void requireHolds(String rows, List<Integer> lengths);

  /** Whether two rows of sequences may be one row in memory. */
  default boolean sharesRows() {
    return false;
  }

  /** Name for tables; empty where there is nothing to say. */
  String label();

  /** Sequence b's rows lie in slot b, from its first row on. */
  record Padded() implements RowPlacement {
    @Override
    public int slot(int b, int row) {
      return b;
    }

    @Override
    public int rowInSlot(int b, int row) {
      return row;
    }

    @Override
    public int slots(int batch) {
      return batch;
    }

    @Override
    public int rowsPerSlot(int allocated, List<Integer> lengths) {
      return allocated;
    }

    @Override
    public void requireHolds(String rows, List<Integer> lengths) {}

    @Override
    public String label() {
      return "";
    }
  }

  /**
   * All sequences in slot 0 without padding between them, or with little: FlashAttention's
   * variable-length batches, whose cumulative lengths are the starts.
   *
   * @param starts per batch, the row of the sequence's first one
   */
  record Packed(List<Integer> starts) implements RowPlacement {
    /** Refuses negative starts. */
    public Packed {
      starts = List.copyOf(starts);
      for (int b = 0; b < starts.size(); b++) {
        if (starts.get(b) < 0) {
          throw new IllegalArgumentException(
              "sequence %d cannot start at row %d: rows count from 0".formatted(b, starts.get(b)));
        }
      }
    }

    /** Each sequence behind the one before it, its start rounded up to a multiple. */
    static Packed of(List<Integer> lengths, int multiple) {
      Integer[] starts = new Integer[lengths.size()];
      int next = 0;
      for (int b = 0; b < starts.length; b++) {
        starts[b] = next;
        int end = Math.addExact(next, Math.max(0, lengths.get(b)));
        next = Math.multiplyExact(Math.ceilDiv(end, multiple), multiple);
      }
      return new Packed(List.of(starts));
    }

    @Override
    public int slot(int b, int row) {
      return 0;
    }

    @Override
    public int rowInSlot(int b, int row) {
      return starts.get(b) + row;
    }

    @Override
    public int slots(int batch) {
      return 1;
    }

    @Override
    public int rowsPerSlot(int allocated, List<Integer> lengths) {
      long rows = 1;
      for (int b = 0; b < starts.size(); b++) {
        rows = Math.max(rows, starts.get(b) + (long) lengths.get(b));
      }
      return (int) Math.min(Integer.MAX_VALUE, rows);
    }

    @Override
    public void requireHolds(String rows, List<Integer> lengths) {
      if (starts.size() != lengths.size()) {
        throw new IllegalArgumentException(
            "packed %s have %d starts, but there are %d sequences: give the first row of each"
                .formatted(rows, starts.size(), lengths.size()));
      }
      List<Integer> inOrder =
          IntStream.range(0, starts.size())
              .filter(b -> lengths.get(b) > 0)
              .boxed()
              .sorted(Comparator.comparing(starts::get))
              .toList();
      for (int next = 0; next < inOrder.size(); next++) {
        int b = inOrder.get(next);
        long end = starts.get(b) + (long) lengths.get(b);
        if (end > Integer.MAX_VALUE) {
          throw new IllegalArgumentException(
              "the %d %s of sequence %d start at row %d and end beyond row 2^31: split the batch"
                  .formatted(lengths.get(b), rows, b, starts.get(b)));
        }
        if (next + 1 < inOrder.size() && starts.get(inOrder.get(next + 1)) < end) {
          throw new IllegalArgumentException(
              "sequence %d starts at row %d, but the %d %s of sequence %d reach from row %d to %d; only pages can be shared"
                  .formatted(
                      inOrder.get(next + 1),
                      starts.get(inOrder.get(next + 1)),
                      lengths.get(b),
                      rows,
                      b,
                      starts.get(b),
                      end - 1));
        }
      }
    }

    @Override
    public String label() {
      return "packed";
    }
  }

  /**
   * Pages of a pool, in any order: row j of sequence b lies on page {@code tables[b][j / pageSize]}
   * (Kwon et al. 2023, "Efficient memory management for large language model serving with
   * PagedAttention", section 4.1). Slots are the pool's pages, up to the last one in a table.
   * Sequences may share pages, as those with a common prefix do; a table may be longer than its
   * sequence.
   *
   * @param pageSize rows of a page, a power of two from {@value #SMALLEST_PAGE} to {@value
   *     #LARGEST_PAGE}
   * @param tables per batch, the pages of the sequence in order
   */
  record Paged(int pageSize, List<List<Integer>> tables) implements RowPlacement {
    /** As many rows as share a scale, so that no scale spans pages. */
    public static final int SMALLEST_PAGE = 16;

    /** FlashAttention's own page size, and the largest in use. */
    public static final int LARGEST_PAGE = 256;

    /** Refuses other page sizes and negative pages. */
    public Paged {
      tables = tables.stream().map(List::copyOf).toList();
      requirePageSize("page size", pageSize);
      for (int b = 0; b < tables.size(); b++) {
        for (int page : tables.get(b)) {
          if (page < 0 || page == Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                "the table of sequence %d names page %d, which is not within 0..%d"
                    .formatted(b, page, Integer.MAX_VALUE - 1));
          }
        }
      }
    }

    /**
     * Refuses what is no power of two from {@value #SMALLEST_PAGE} to {@value #LARGEST_PAGE}.
     *
     * @param name of the number, for the message
     */
    public static void requirePageSize(String name, int rows) {
      if (rows < SMALLEST_PAGE || rows > LARGEST_PAGE || Integer.bitCount(rows) != 1) {
        throw new IllegalArgumentException(
            "%s %d: a page has 16, 32, 64, 128 or 256 rows".formatted(name, rows));
      }
    }

    @Override
    public int slot(int b, int row) {
      return tables.get(b).get(row >> pageShift());
    }

    @Override
    public int rowInSlot(int b, int row) {
      return row & (pageSize - 1);
    }

    /** Pages up to the last one that a table names, at least 1. */
    @Override
    public int slots(int batch) {
      int last = 0;
      for (List<Integer> table : tables) {
        for (int page : table) {
          last = Math.max(last, page);
        }
      }
      return last + 1;
    }

    @Override
    public int rowsPerSlot(int allocated, List<Integer> lengths) {
      return pageSize;
    }

    /** Base-2 logarithm of the page size. */
    public int pageShift() {
      return Integer.numberOfTrailingZeros(pageSize);
    }

    @Override
    public void requireHolds(String rows, List<Integer> lengths) {
      if (tables.size() != lengths.size()) {
        throw new IllegalArgumentException(
            "paged %s have %d tables, but there are %d sequences: give each its own"
                .formatted(rows, tables.size(), lengths.size()));
      }
      for (int b = 0; b < lengths.size(); b++) {
        int needed = Math.ceilDiv(lengths.get(b), pageSize);
        if (tables.get(b).size() < needed) {
          throw new IllegalArgumentException(
              "the %d %s of sequence %d need %d pages of %d rows, but its table has %d"
                  .formatted(lengths.get(b), rows, b, needed, pageSize, tables.get(b).size()));
        }
      }
    }

    @Override
    public boolean sharesRows() {
      Set<Integer> seen = new HashSet<>();
      return tables.stream().flatMap(List::stream).anyMatch(page -> !seen.add(page));
    }

    @Override
    public String label() {
      return "pages:" + pageSize;
    }
  }

  /** Each sequence in a slot of its own. */
  static RowPlacement padded() {
    return new Padded();
  }
}
