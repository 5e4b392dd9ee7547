package io.github.attn4j.core.report;

import io.github.attn4j.core.input.InvalidFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A document written by hand with places for tables that are generated. */
public final class MarkdownFile {
  private MarkdownFile() {}

  /**
   * Puts a table between a document's marker lines; the file changes whole or not at all.
   *
   * @throws InvalidFileException if the document lacks either line
   * @throws UncheckedIOException if it cannot be read or written
   */
  public static void update(Path document, String marker, String table) {
    String before;
    try {
      before = Files.readString(document);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s (%s)".formatted(document, e), e);
    }
    String after;
    try {
      after = replaceBetween(before, marker, table);
    } catch (IllegalArgumentException e) {
      throw new InvalidFileException(document, String.valueOf(e.getMessage()));
    }
    AtomicFile.write(document, after);
  }

  /**
   * Puts a table between the lines {@code <!-- name:begin -->} and {@code <!-- name:end -->} of a
   * document.
   *
   * @throws IllegalArgumentException if the document lacks either line
   */
  public static String replaceBetween(String document, String marker, String table) {
    String begin = "<!-- " + marker + ":begin -->";
    String end = "<!-- " + marker + ":end -->";
    int from = document.indexOf(begin);
    int to = document.indexOf(end, Math.max(from, 0));
    if (from < 0 || to < 0) {
      throw new IllegalArgumentException(
          "the document has no lines '%s' and '%s'".formatted(begin, end));
    }
    return document.substring(0, from + begin.length())
        + "\n"
        + table.strip()
        + "\n"
        + document.substring(to);
  }
}
