package io.github.attn4j.opencl;

import io.github.attn4j.core.input.InvalidFileException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads kernels/opencl from the class path and puts included headers in place, so that a program is
 * one string.
 */
final class KernelSource {
  private static final String ROOT = "/io/github/attn4j/kernels/opencl/";

  /** A text between quotes may hold what looks like a comment, and is none. */
  private static final Pattern TEXT_OR_COMMENT =
      Pattern.compile("(?<text>\"(?:\\\\.|[^\"\\\\\\n])*\")|/\\*.*?\\*/|//[^\\n]*", Pattern.DOTALL);

  private static final Pattern INCLUDE = Pattern.compile("^\\s*#\\s*include\\s+\"([^\"]+)\".*$");

  /** Enough to tell the versions of a file apart, few enough to read. */
  private static final int DIGEST_DIGITS = 16;

  private KernelSource() {}

  /**
   * The text of a kernel file with its headers in it. {@code #line} directives keep the compiler's
   * messages pointing at the file's own lines.
   *
   * @param path below kernels/opencl, for example {@code attention/naive.cl}
   */
  static String load(String path) {
    StringBuilder text = new StringBuilder();
    append(path, text, new HashSet<>());
    return text.toString();
  }

  /**
   * A digest of a program's text, headers included and comments left out: what is compiled, and not
   * what is said about it.
   *
   * @param path below kernels/opencl
   */
  static String digest(String path) {
    return digestOf(load(path));
  }

  static String digestOf(String text) {
    return shortened(List.of(code(text.lines().map(line -> line.replaceFirst("//.*", "")))));
  }

  /**
   * A digest of a user's program, comments left out, and of what its descriptor says, to the
   * letter: {@code //} begins no comment there, nor in a text of the program.
   */
  static String digestOf(String text, String descriptor) {
    return shortened(List.of(code(withoutComments(text).lines()), descriptor));
  }

  private static String shortened(List<String> parts) {
    return ProgramCache.key(parts).substring(0, DIGEST_DIGITS);
  }

  private static String code(Stream<String> lines) {
    return lines
        .filter(line -> !line.startsWith("#line"))
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n"));
  }

  /** The text with a blank in the place of each comment. */
  static String withoutComments(String text) {
    return TEXT_OR_COMMENT
        .matcher(text)
        .replaceAll(
            found -> found.group("text") == null ? " " : Matcher.quoteReplacement(found.group()));
  }

  /**
   * A user's file with what it includes in its place: what lies beside the file that asks for it,
   * or else a header of the suite. Each is taken once, as by {@link #load}.
   *
   * @param file as messages and the compiler's log are to name it
   * @throws UncheckedIOException where the file cannot be read
   * @throws InvalidFileException naming file and line of an include that is neither
   */
  static String load(Path file) {
    StringBuilder text = new StringBuilder();
    append(file, text, new HashSet<>());
    return text.toString();
  }

  private static void append(Path file, StringBuilder text, Set<String> included) {
    if (!included.add(file.toAbsolutePath().normalize().toString())) {
      return;
    }
    int number = 0;
    for (String line : text(file).split("\r?\n", -1)) {
      number++;
      Matcher include = INCLUDE.matcher(line);
      if (!include.matches()) {
        text.append(line).append('\n');
        continue;
      }
      String name = include.group(1);
      Path beside = file.resolveSibling(name);
      if (Files.isRegularFile(beside)) {
        text.append(line(1, beside.toString()));
        append(beside, text, included);
      } else if (KernelSource.class.getResource(ROOT + name) != null) {
        text.append(line(1, name));
        append(name, text, included);
      } else {
        throw new InvalidFileException(
            file,
            "line %d includes \"%s\", which is neither beside it nor a header of the suite (kernels/opencl/*.clh)"
                .formatted(number, name));
      }
      text.append(line(number + 1, file.toString()));
    }
  }

  /** A user's file as it is. */
  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (MalformedInputException e) {
      throw new InvalidFileException(file, "it is no text in UTF-8 (%s)".formatted(e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the kernel file %s (%s)".formatted(file, e), e);
    }
  }

  /** Tells the compiler where the next line stands. */
  static String line(int number, String path) {
    return "#line %d \"%s\"\n".formatted(number, path.replace("\\", "\\\\").replace("\"", "\\\""));
  }

  private static void append(String path, StringBuilder text, Set<String> included) {
    if (!included.add(path)) {
      return;
    }
    int number = 0;
    for (String line : text(path).split("\n", -1)) {
      number++;
      Matcher include = INCLUDE.matcher(line);
      if (include.matches()) {
        text.append(line(1, include.group(1)));
        append(include.group(1), text, included);
        text.append(line(number + 1, path));
      } else {
        text.append(line).append('\n');
      }
    }
  }

  /** A file below kernels/opencl as it is. */
  static String text(String path) {
    try (InputStream stream = KernelSource.class.getResourceAsStream(ROOT + path)) {
      if (stream == null) {
        throw new IllegalStateException("the class path has no " + ROOT + path);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + ROOT + path, e);
    }
  }
}
