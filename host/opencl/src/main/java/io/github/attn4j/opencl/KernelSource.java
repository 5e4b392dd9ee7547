package io.github.attn4j.opencl;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads kernels/opencl from the class path and puts included headers in place, so that a program is
 * one string.
 */
final class KernelSource {
  private static final String ROOT = "/io/github/attn4j/kernels/opencl/";
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
    String code =
        text.lines()
            .filter(line -> !line.startsWith("#line"))
            .map(line -> line.replaceFirst("//.*", "").strip())
            .filter(line -> !line.isEmpty())
            .collect(Collectors.joining("\n"));
    return ProgramCache.key(List.of(code)).substring(0, DIGEST_DIGITS);
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
        text.append("#line 1 \"").append(include.group(1)).append("\"\n");
        append(include.group(1), text, included);
        text.append("#line ").append(number + 1).append(" \"").append(path).append("\"\n");
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
