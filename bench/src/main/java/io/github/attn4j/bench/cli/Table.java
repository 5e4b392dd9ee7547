package io.github.attn4j.bench.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import io.github.attn4j.bench.picture.TextLines;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table for a terminal, the one way in which commands print some: no line is wider than {@link
 * #WIDEST} characters, or than the terminal, and nothing is cut. Where columns do not fit beside
 * each other, headers are broken at spaces first; then the table is split into parts, of which each
 * says again what its rows are, by their names if those are short, or else by numbers. A name too
 * wide for a line of its own is broken last.
 *
 * @param <T> a row
 */
final class Table<T> {
  /** Characters of a line at most. */
  static final int WIDEST = 100;

  /** Fewer have no room for a name beside figures. */
  private static final int NARROWEST = 60;

  /** Around a cell: a space on both sides, and a border on one. */
  private static final int AROUND = 3;

  /** Of the width: names that take more are not repeated in each part, but numbered. */
  private static final double SHARE_OF_NAMES = 0.4;

  private static final String NUMBER = "#";

  private final List<T> rows;
  private final List<Entry<T>> entries = new ArrayList<>();

  /** A column: names say what a row is, the others what is known of it. */
  private record Entry<R>(
      String header, HorizontalAlign align, boolean name, Function<R, String> value) {}

  /** A column as it is laid out: what stands in it, broken to its width. */
  private record Laid(String header, HorizontalAlign align, List<String> cells) {
    int width() {
      return Math.max(widest(header), cells.stream().mapToInt(Laid::widest).max().orElse(0));
    }

    private static int widest(String text) {
      return text.lines().mapToInt(String::length).max().orElse(0);
    }

    /** The header in lines, none wider than the cells unless a word of it is. */
    Laid withNarrowHeader() {
      int least = Arrays.stream(header.split(" ", -1)).mapToInt(String::length).max().orElse(0);
      int cell = cells.stream().mapToInt(Laid::widest).max().orElse(0);
      return new Laid(
          String.join("\n", TextLines.wrapped(header, Math.max(least, cell))), align, cells);
    }

    /** No line wider than this, wherever it has to be broken. */
    Laid within(int width) {
      return new Laid(
          broken(header, width), align, cells.stream().map(cell -> broken(cell, width)).toList());
    }

    private static String broken(String text, int width) {
      return text.lines()
          .flatMap(line -> TextLines.broken(line, width).stream())
          .collect(Collectors.joining("\n"));
    }
  }

  private Table(Collection<? extends T> rows) {
    this.rows = List.copyOf(rows);
  }

  /** Of these rows, still without a column. */
  static <T> Table<T> of(Collection<? extends T> rows) {
    return new Table<>(rows);
  }

  /** A column that says what a row is. Names come first. */
  Table<T> name(String header, Function<T, String> value) {
    entries.add(new Entry<>(header, HorizontalAlign.LEFT, true, value));
    return this;
  }

  /** A column of words. */
  Table<T> text(String header, Function<T, String> value) {
    entries.add(new Entry<>(header, HorizontalAlign.LEFT, false, value));
    return this;
  }

  /** A column of figures. */
  Table<T> figure(String header, Function<T, String> value) {
    entries.add(new Entry<>(header, HorizontalAlign.RIGHT, false, value));
    return this;
  }

  /** As the terminal has room. */
  String text() {
    return text(Math.max(NARROWEST, Terminal.columns(WIDEST)));
  }

  /** No line wider than this. */
  String text(int width) {
    List<Laid> all = laid(entries);
    if (width(all) <= width) {
      return drawn(all);
    }
    List<Laid> narrow = all.stream().map(Laid::withNarrowHeader).toList();
    return width(narrow) <= width
        ? drawn(narrow)
        : parts(narrow, width).stream()
            .map(Table::drawn)
            .collect(Collectors.joining(System.lineSeparator()));
  }

  private List<Laid> laid(List<Entry<T>> columns) {
    return columns.stream()
        .map(column ->
            new Laid(column.header(), column.align(), rows.stream().map(column.value()).toList()))
        .toList();
  }

  private List<List<Laid>> parts(List<Laid> all, int width) {
    int named = (int) entries.stream().filter(Entry::name).count();
    List<Laid> names = all.subList(0, named);
    boolean repeated = named > 0 && width(names) <= SHARE_OF_NAMES * width;
    List<Laid> again = repeated ? names : numbers();
    List<List<Laid>> parts = new ArrayList<>();
    List<Laid> part = new ArrayList<>(repeated ? names : fitted(numbers(), names, width));
    for (Laid column : all.subList(named, all.size())) {
      if (width(part) + column.width() + AROUND > width && part.size() > again.size()) {
        parts.add(part);
        part = new ArrayList<>(again);
      }
      part.add(column.within(Math.max(1, width - width(part) - AROUND)));
    }
    parts.add(part);
    return parts;
  }

  /** Of a single row everybody knows which it is. */
  private List<Laid> numbers() {
    return rows.size() == 1
        ? List.of()
        : List.of(
            new Laid(
                NUMBER,
                HorizontalAlign.RIGHT,
                IntStream.rangeClosed(1, rows.size()).mapToObj(String::valueOf).toList()));
  }

  /** The widest of the names give way until all of them fit. */
  private static List<Laid> fitted(List<Laid> numbers, List<Laid> names, int width) {
    int room = width - width(numbers) - AROUND * names.size();
    int most = names.stream().mapToInt(Laid::width).max().orElse(1);
    while (most > 1 && sum(names, most) > room) {
      most--;
    }
    List<Laid> part = new ArrayList<>(numbers);
    for (Laid name : names) {
      part.add(name.within(most));
    }
    return part;
  }

  private static int sum(List<Laid> columns, int most) {
    return columns.stream().mapToInt(column -> Math.min(most, column.width())).sum();
  }

  private static int width(List<Laid> columns) {
    return 1 + columns.stream().mapToInt(column -> column.width() + AROUND).sum();
  }

  private static String drawn(List<Laid> columns) {
    int rows = columns.isEmpty() ? 0 : columns.getFirst().cells().size();
    List<ColumnData<Integer>> drawn = new ArrayList<>();
    for (Laid column : columns) {
      drawn.add(
          new Column()
              .header(column.header())
              .dataAlign(column.align())
              .maxWidth(Integer.MAX_VALUE / 2) // it is broken already
              .with(row -> column.cells().get(row)));
    }
    return AsciiTable.getTable(IntStream.range(0, rows).boxed().toList(), drawn);
  }
}
