package io.github.attn4j.bench.mask;

import io.github.attn4j.bench.Letters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Names of files within a mask's text: what has a meaning there, and what no expression may hold,
 * stands as % and two hexadecimal digits.
 */
final class FileNames {
  private FileNames() {}

  static String written(Path file) {
    StringBuilder text = new StringBuilder();
    file.toString()
        .codePoints()
        .forEach(point -> {
          String character = Character.toString(point);
          boolean letter = Character.isLetterOrDigit(point) && point < 128;
          boolean plain = letter || "._-+~@/\\:".contains(character);
          text.append(
              plain
                  ? character
                  : URLEncoder.encode(character, StandardCharsets.UTF_8).replace("+", "%20"));
        });
    return text.toString().replace("*", "%2A");
  }

  /**
   * The file that a mask's text names; the inverse of {@link #written}.
   *
   * @throws IllegalArgumentException where no file can have such a name
   */
  static Path read(String text) {
    String name;
    try {
      name = URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'%s' names no file: behind %% come two hexadecimal digits; %% itself is %%25"
              .formatted(text),
          e);
    }
    return path(name);
  }

  /**
   * The file of a plain name.
   *
   * @throws IllegalArgumentException where no file can have such a name
   * @throws UncheckedIOException where the locale cannot write it
   */
  static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      if (e.getReason().startsWith("Malformed input")) {
        String problem = Letters.missing(name);
        throw new UncheckedIOException(problem, new IOException(problem, e));
      }
      throw new IllegalArgumentException(
          "'%s' names no file: %s".formatted(name, e.getReason()), e);
    }
  }
}
