package io.github.attn4j.bench.picture;

import java.util.ArrayList;
import java.util.List;

/** Breaks texts into lines. */
public final class TextLines {
  private TextLines() {}

  /** Breaks at spaces; a longer word stays whole. */
  public static List<String> wrapped(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  /** The same, and a word longer than a line is broken wherever the line ends: none is wider. */
  public static List<String> broken(String text, int width) {
    List<String> lines = new ArrayList<>();
    for (String line : wrapped(text, width)) {
      int start = 0;
      for (; line.length() - start > width; start += width) {
        lines.add(line.substring(start, start + width));
      }
      lines.add(line.substring(start));
    }
    return lines;
  }
}
