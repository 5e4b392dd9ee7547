package io.github.attn4j.core.input;

import io.github.attn4j.core.spec.RowPlacement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** Page tables for tests and measurements: what a cache's allocator leaves behind. */
public final class PageTables {
  private PageTables() {}

  /** Pages in the order of the sequences, each with its own. */
  public static RowPlacement.Paged inOrder(int pageSize, List<Integer> lengths) {
    return tables(pageSize, lengths, page -> page);
  }

  /**
   * Each sequence with its own pages, in an order drawn from a seed and among pages that nobody
   * uses: one more of them than every third.
   */
  public static RowPlacement.Paged shuffled(int pageSize, List<Integer> lengths, long seed) {
    int used = lengths.stream().mapToInt(length -> Math.ceilDiv(length, pageSize)).sum();
    int pool = used + used / 3 + 1;
    SplitMix64 random = new SplitMix64(seed, 'P');
    int[] order = new int[pool];
    for (int page = 0; page < pool; page++) {
      int other = random.below(page, page + 1);
      order[page] = order[other];
      order[other] = page;
    }
    return tables(pageSize, lengths, page -> order[page]);
  }

  /**
   * As {@link #shuffled}, but the first pages of all sequences are those of sequence 0.
   *
   * @param prefix rows that all sequences have in common; whole pages of them are shared, as far as
   *     a sequence reaches
   */
  public static RowPlacement.Paged sharingPrefix(
      int pageSize, List<Integer> lengths, int prefix, long seed) {
    RowPlacement.Paged own = shuffled(pageSize, lengths, seed);
    List<List<Integer>> tables = new ArrayList<>();
    List<Integer> first = own.tables().getFirst();
    for (List<Integer> table : own.tables()) {
      List<Integer> shared = new ArrayList<>(table);
      int pages = Math.min(prefix / pageSize, Math.min(first.size(), table.size()));
      for (int page = 0; page < pages; page++) {
        shared.set(page, first.get(page));
      }
      tables.add(shared);
    }
    return new RowPlacement.Paged(pageSize, tables);
  }

  private static RowPlacement.Paged tables(
      int pageSize, List<Integer> lengths, IntUnaryOperator pages) {
    List<List<Integer>> tables = new ArrayList<>();
    int next = 0;
    for (int length : lengths) {
      List<Integer> table = new ArrayList<>();
      for (int page = 0; page < Math.ceilDiv(length, pageSize); page++, next++) {
        table.add(pages.applyAsInt(next));
      }
      tables.add(table);
    }
    return new RowPlacement.Paged(pageSize, tables);
  }
}
