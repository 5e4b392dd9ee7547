package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tables are as wide as the terminal at most, and nothing of them is lost. */
class TableTest {
  private static final Path ROOT =
      Path.of(
          System.getProperty(
              "attn.root", Path.of(System.getProperty("basedir", "."), "..").toString()));

  private record Row(List<String> cells) {
    String cell(int column) {
      return cells.get(column);
    }
  }

  private static Row row(String... cells) {
    return new Row(List.of(cells));
  }

  private static Table<Row> table(List<Row> rows, String... headers) {
    Table<Row> table = Table.of(rows);
    for (int column = 0; column < headers.length; column++) {
      int index = column;
      if (column == 0) {
        table.name(headers[column], row -> row.cell(index));
      } else {
        table.figure(headers[column], row -> row.cell(index));
      }
    }
    return table;
  }

  @Test
  void whatFitsIsOneTable() {
    assertThat(table(List.of(row("flash", "1"), row("naive", "12")), "kernel", "cases").text(60))
        .isEqualToNormalizingNewlines(
            """
            +--------+-------+
            | kernel | cases |
            +--------+-------+
            | flash  |     1 |
            +--------+-------+
            | naive  |    12 |
            +--------+-------+\
            """);
  }

  @Test
  void headersAreBrokenBeforeTheTableIsSplit() {
    String narrow = table(List.of(row("flash", "1")), "kernel", "max error / budget").text(25);
    assertThat(narrow.lines()).allMatch(line -> line.length() <= 25);
    assertThat(narrow).containsOnlyOnce("flash").contains("budget |");
  }

  @Test
  void aSplitTableRepeatsShortNamesInEachOfItsParts() {
    String wide = "x".repeat(30);
    String text = table(List.of(row("flash", wide, wide)), "kernel", "one", "two").text(60);
    assertThat(text.lines()).allMatch(line -> line.length() <= 60);
    assertThat(text.split("flash", -1)).hasSize(3);
  }

  @Test
  void aSplitTableNumbersLongNames() {
    String name = "a".repeat(40);
    String wide = "x".repeat(30);
    List<Row> rows = List.of(row(name, wide, wide), row("b".repeat(40), wide, wide));
    String text = table(rows, "kernel", "one", "two").text(60);
    assertThat(text.lines()).allMatch(line -> line.length() <= 60);
    assertThat(text).containsOnlyOnce(name).contains("| 1 | " + name, "| 2 | " + wide);
  }

  @Test
  void aRowAloneNeedsNoNumber() {
    String text = table(List.of(row("a".repeat(90), "1")), "kernel", "one").text(60);
    assertThat(text).doesNotContain("#").contains("a".repeat(56));
  }

  @Test
  void noLineIsWiderThanTheTerminalAndNoLetterIsLost() {
    Random random = new Random(7);
    for (int trial = 0; trial < 300; trial++) {
      int width = 60 + random.nextInt(41);
      int names = 1 + random.nextInt(3);
      int columns = names + random.nextInt(12);
      List<Row> rows = new ArrayList<>();
      for (int row = random.nextInt(4); row >= 0; row--) {
        rows.add(
            new Row(
                IntStream.range(0, columns)
                    .mapToObj(column -> words(random, column < names ? 'a' : 'n'))
                    .toList()));
      }
      Table<Row> table = Table.of(rows);
      for (int column = 0; column < columns; column++) {
        int index = column;
        String header = "H" + "H ".repeat(random.nextInt(8)) + "H";
        if (column < names) {
          table.name(header, row -> row.cell(index));
        } else if (random.nextBoolean()) {
          table.figure(header, row -> row.cell(index));
        } else {
          table.text(header, row -> row.cell(index));
        }
      }
      String text = table.text(width);
      assertThat(text.lines().mapToInt(String::length).max().orElse(0))
          .as("trial %d, %d wide:%n%s", trial, width, text)
          .isLessThanOrEqualTo(width);
      assertThat(letters(Stream.of(text), 'n'))
          .as("figures of trial %d:%n%s", trial, text)
          .isEqualTo(letters(rows.stream().flatMap(row -> row.cells().stream()), 'n'));
      assertThat(letters(Stream.of(text), 'a'))
          .as("names of trial %d:%n%s", trial, text)
          .isGreaterThanOrEqualTo(letters(rows.stream().flatMap(row -> row.cells().stream()), 'a'));
    }
  }

  /** Of the thirteen letters from the first, seldom one that no line takes. */
  private static String words(Random random, char first) {
    StringBuilder text = new StringBuilder();
    for (int word = random.nextInt(4); word >= 0; word--) {
      int length = random.nextInt(20) == 0 ? 130 : 1 + random.nextInt(20);
      for (int letter = 0; letter < length; letter++) {
        text.append((char) (first + random.nextInt(13)));
      }
      text.append(word == 0 ? "" : " ");
    }
    return text.toString();
  }

  private static long letters(Stream<String> texts, char first) {
    return texts.flatMapToInt(String::chars).filter(c -> c >= first && c < first + 13).count();
  }

  @Test
  void noOtherClassMakesTables() throws IOException {
    Path sources = ROOT.resolve("bench/src/main/java");
    try (Stream<Path> files = Files.walk(sources)) {
      assertThat(
              files.filter(file -> file.toString().endsWith(".java")).filter(TableTest::drawsOne))
          .extracting(file -> file.getFileName().toString())
          .containsExactly("Table.java");
    }
  }

  private static boolean drawsOne(Path file) {
    try {
      return Files.readString(file).contains("asciitable");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
