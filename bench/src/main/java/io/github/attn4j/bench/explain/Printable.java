package io.github.attn4j.bench.explain;

import java.util.stream.Collectors;

/** What a user's text may send to a terminal: letters, and none of what moves a cursor. */
public final class Printable {
  private static final String INSTEAD = "\uFFFD";

  private Printable() {}

  /** The text with U+FFFD for each control, line separator and mark of writing direction. */
  public static String of(String text) {
    return text.codePoints()
        .mapToObj(point ->
            switch (Character.getType(point)) {
              case Character.CONTROL,
                  Character.FORMAT,
                  Character.LINE_SEPARATOR,
                  Character.PARAGRAPH_SEPARATOR,
                  Character.SURROGATE ->
                  INSTEAD;
              default -> Character.toString(point);
            })
        .collect(Collectors.joining());
  }
}
