package io.github.attn4j.core.kernel;

import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who has which page of a cache: a free list, a table and a length for each sequence, and how many
 * tables name each page (Kwon et al. 2023, "Efficient memory management for large language model
 * serving with PagedAttention", sections 4.2 and 4.4). Knows no data: a backend keeps that.
 *
 * <p>A page that several tables name is never written. A sequence whose next row would lie on one,
 * because it was cut short there, gets a copy of its own first.
 */
public final class CachePages {
  private final CacheShape shape;
  private final Deque<Integer> free = new ArrayDeque<>();
  private final int[] users;
  private final int[] lengths;
  private final List<List<Integer>> tables = new ArrayList<>();
  private final long[] rewrites;
  private long removals;

  /** All pages free, all sequences empty. */
  public CachePages(CacheShape shape) {
    this.shape = shape;
    users = new int[shape.pages()];
    lengths = new int[shape.sequences()];
    rewrites = new long[shape.sequences()];
    for (int page = 0; page < shape.pages(); page++) {
      free.add(page);
    }
    for (int sequence = 0; sequence < shape.sequences(); sequence++) {
      tables.add(new ArrayList<>());
    }
  }

  /**
   * A page that a sequence must have a copy of before it can go on writing.
   *
   * @param from shared page
   * @param to free page that takes its place in the sequence's table
   */
  public record PageCopy(int from, int to) {}

  /**
   * What appending rows takes; nothing is changed until {@link #commit}.
   *
   * @param first row that is appended
   * @param rows how many
   * @param copy to be made before anything is written, or null
   * @param taken free pages that the sequence gets behind those it has
   * @param written pages on which the rows lie, from the first one's on
   */
  public record Append(
      int sequence,
      int first,
      int rows,
      @Nullable PageCopy copy,
      List<Integer> taken,
      List<Integer> written) {}

  /**
   * Looks for pages.
   *
   * @throws CacheFullException if there are too few
   */
  public Append plan(int sequence, int rows) {
    List<Integer> table = table(sequence);
    int first = lengths[sequence];
    int size = shape.pageSize();
    boolean onShared = first % size != 0 && users[table.getLast()] > 1;
    long end = first + (long) rows;
    long more = (end + size - 1) / size - table.size();
    long needed = more + (onShared ? 1 : 0);
    if (needed > free.size()) {
      throw new CacheFullException(
          sequence, rows, (int) Math.min(Integer.MAX_VALUE, needed), free.size());
    }
    List<Integer> taken = new ArrayList<>(free.stream().limit(needed).toList());
    PageCopy copy = onShared ? new PageCopy(table.getLast(), taken.removeFirst()) : null;
    List<Integer> written = new ArrayList<>();
    if (first % size != 0) {
      written.add(copy == null ? table.getLast() : copy.to());
    }
    written.addAll(taken);
    return new Append(sequence, first, rows, copy, List.copyOf(taken), List.copyOf(written));
  }

  /** Takes the pages of the latest plan: nothing may have been changed since. */
  public void commit(Append append) {
    List<Integer> table = tables.get(append.sequence());
    if (lengths[append.sequence()] != append.first()) {
      throw new IllegalStateException(
          "sequence %d has %d rows, not the %d of the plan"
              .formatted(append.sequence(), lengths[append.sequence()], append.first()));
    }
    PageCopy copy = append.copy();
    if (copy != null) {
      take(copy.to());
      table.set(table.size() - 1, copy.to());
      users[copy.from()]--; // others still have it
    }
    for (int page : append.taken()) {
      take(page);
      table.add(page);
    }
    if (shape.type().scaled() && append.first() % ElementType.KEYS_PER_SCALE != 0) {
      rewrites[append.sequence()]++;
    }
    lengths[append.sequence()] = append.first() + append.rows();
  }

  private void take(int page) {
    int next = free.remove();
    if (next != page) {
      throw new IllegalStateException("page %d is not the next free one".formatted(page));
    }
    users[page] = 1;
  }

  /**
   * Keeps the first rows of a sequence; pages behind them go back.
   *
   * @throws IllegalArgumentException if it has fewer
   */
  public void truncate(int sequence, int length) {
    List<Integer> table = table(sequence);
    if (length < 0 || length > lengths[sequence]) {
      throw new IllegalArgumentException(
          "sequence %d has %d rows and cannot be cut to %d"
              .formatted(sequence, lengths[sequence], length));
    }
    if (length < lengths[sequence]) {
      removals++;
    }
    lengths[sequence] = length;
    while (table.size() > Math.ceilDiv(length, shape.pageSize())) {
      int page = table.removeLast();
      users[page]--;
      if (users[page] == 0) {
        free.addFirst(page); // what was used last may still be in a cache
      }
    }
  }

  /**
   * Makes the first rows of a sequence those of another one, too, without copying.
   *
   * @param to has no rows yet
   * @param rows whole pages of them
   * @throws IllegalArgumentException if they are no whole pages, if {@code from} has fewer, or if
   *     {@code to} has rows
   */
  public void share(int from, int to, int rows) {
    List<Integer> source = table(from);
    List<Integer> target = table(to);
    if (rows < 0 || rows % shape.pageSize() != 0) {
      throw new IllegalArgumentException(
          "%d rows are no whole pages of %d: share %d and append the rest"
              .formatted(
                  rows, shape.pageSize(), Math.max(0, rows) / shape.pageSize() * shape.pageSize()));
    }
    if (rows > lengths[from]) {
      throw new IllegalArgumentException(
          "sequence %d has %d rows, not the %d to share".formatted(from, lengths[from], rows));
    }
    if (lengths[to] != 0) {
      throw new IllegalArgumentException(
          "sequence %d already has %d rows: a prefix comes first, so evict it before"
              .formatted(to, lengths[to]));
    }
    for (int page : source.subList(0, rows / shape.pageSize())) {
      users[page]++;
      target.add(page);
    }
    lengths[to] = rows;
  }

  /** Rows of a sequence. */
  public int length(int sequence) {
    requireSequence(sequence);
    return lengths[sequence];
  }

  /** Pages that no table names. */
  public int free() {
    return free.size();
  }

  /** How often rows were taken away: what was staged before an increase may read others' rows. */
  public long removals() {
    return removals;
  }

  /**
   * How often rows of some sequences were stored anew, since rows came that share their scale: what
   * was staged before an increase reads other numbers than it was staged with.
   */
  public long rewrites(List<Integer> sequences) {
    return sequences.stream().mapToLong(sequence -> rewrites[sequence]).sum();
  }

  /**
   * Where the rows of sequences lie. The last page of the pool is named behind the first table,
   * past its rows, so that the placement has as many slots as the pool has pages: scales lie behind
   * all of them.
   *
   * @param sequences at least one, in any order, any of them repeatedly
   */
  public RowPlacement.Paged placement(List<Integer> sequences) {
    List<List<Integer>> named = new ArrayList<>();
    for (int sequence : sequences) {
      named.add(new ArrayList<>(table(sequence)));
    }
    if (named.isEmpty()) {
      throw new IllegalArgumentException("no sequence is named: attention needs at least one");
    }
    named.getFirst().add(shape.pages() - 1);
    return new RowPlacement.Paged(shape.pageSize(), named);
  }

  /**
   * Checks that every page is free or in as many tables as is counted, and never both.
   *
   * @throws IllegalStateException naming a page of which that is not so
   */
  public void requireConsistent() {
    int[] named = new int[shape.pages()];
    tables.forEach(table -> table.forEach(page -> named[page]++));
    Set<Integer> unused = new HashSet<>(free);
    for (int page = 0; page < named.length; page++) {
      if (named[page] != users[page] || unused.contains(page) != (named[page] == 0)) {
        throw new IllegalStateException(
            "page %d is in %d tables, %d are counted, and it is %s"
                .formatted(
                    page, named[page], users[page], unused.contains(page) ? "free" : "taken"));
      }
    }
    if (unused.size() != free.size()) {
      throw new IllegalStateException("a page is free twice: " + free);
    }
  }

  private List<Integer> table(int sequence) {
    requireSequence(sequence);
    return tables.get(sequence);
  }

  private void requireSequence(int sequence) {
    if (sequence < 0 || sequence >= lengths.length) {
      throw new IllegalArgumentException(
          "sequence %d is not within 0..%d, the cache's sequences"
              .formatted(sequence, lengths.length - 1));
    }
  }
}
