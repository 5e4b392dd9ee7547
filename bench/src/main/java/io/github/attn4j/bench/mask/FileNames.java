package io.github.attn4j.bench.mask;

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

  static Path read(String text) {
    try {
      return Path.of(URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "'%s' names no file: %s".formatted(text, e.getReason()), e);
    }
  }
}
