package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernel that docs/your-own-kernel.md writes from nothing, as files. */
final class DocumentedKernel {
  static final String ID = "file:row_team";

  private static final Path PAGE =
      Path.of(System.getProperty("basedir", "."), "../docs/your-own-kernel.md");

  private DocumentedKernel() {}

  /** Its source. */
  static String source() {
    return block("c");
  }

  /** Its descriptor. */
  static String descriptor() {
    return block("json");
  }

  private static String block(String language) {
    try {
      Path page = Files.exists(PAGE) ? PAGE : Path.of("docs/your-own-kernel.md");
      Matcher blocks =
          Pattern.compile("(?s)```" + language + "\\n(.*?)```").matcher(Files.readString(page));
      assertThat(blocks.find()).as("a block of " + language).isTrue();
      String block = blocks.group(1);
      assertThat(blocks.find()).as("one block of " + language).isFalse();
      return block;
    } catch (IOException e) {
      throw new UncheckedIOException("no page at " + PAGE.toAbsolutePath(), e);
    }
  }

  /** Writes both; the kernel's file. */
  static Path write(Path folder) {
    return write(folder, source(), descriptor());
  }

  /** Writes the kernel with a text replaced, which must be there; its file. */
  static Path writeReplacing(Path folder, String text, String replacement) {
    assertThat(source()).contains(text);
    return write(folder, source().replace(text, replacement), descriptor());
  }

  /** Writes these texts; the kernel's file. */
  static Path write(Path folder, String source, String descriptor) {
    try {
      Path file = folder.resolve("row_team.cl");
      Files.writeString(file, source);
      Files.writeString(folder.resolve("row_team.json"), descriptor);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + folder, e);
    }
  }

  /** Number of the line of a kernel file in which a text stands first. */
  static int lineOf(Path file, String text) {
    try {
      int number = 0;
      for (String line : Files.readAllLines(file)) {
        number++;
        if (line.contains(text)) {
          return number;
        }
      }
      throw new AssertionError(text + " is not in " + file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
