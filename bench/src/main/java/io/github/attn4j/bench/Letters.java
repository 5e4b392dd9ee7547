package io.github.attn4j.bench;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * Letters that this JVM's locale has not. It reads arguments and names of files in the locale's
 * encoding; under LC_ALL=C each byte that is not ASCII has become U+FFFD before {@code main}
 * begins, and nothing tells any more what was typed.
 */
public final class Letters {
  private static final char LOST = '\uFFFD';

  private Letters() {}

  /** What is said of a text or a name that has them. */
  public static String missing(String text) {
    return "cannot read '%s': this locale has no such letters; try LC_ALL=C.UTF-8".formatted(text);
  }

  /**
   * Checks that an argument is what was typed.
   *
   * @throws IllegalArgumentException if letters of it were lost
   */
  public static void requireRead(String argument) {
    requireRead(argument, Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
  }

  /** With the encoding of arguments. In UTF-8 a U+FFFD is one that was typed. */
  static void requireRead(String argument, Charset ofArguments) {
    if (argument.indexOf(LOST) >= 0 && !ofArguments.equals(StandardCharsets.UTF_8)) {
      throw new IllegalArgumentException(missing(argument));
    }
  }
}
