package io.github.attn4j.bench.mask;

import java.util.ArrayList;
import java.util.List;

/** Cuts texts at separators that stand outside of all brackets. */
public final class TextParts {
  private TextParts() {}

  /** The parts between the separators, stripped; one part where there is none. */
  public static List<String> of(String text, char separator) {
    return parts(text, String.valueOf(separator));
  }

  /** The parts between single '&', which join masks; '&&' joins conditions within one. */
  static List<String> joined(String text) {
    return parts(text, "&");
  }

  /** The operands of '&&'. */
  static List<String> conditions(String text) {
    return parts(text, "&&");
  }

  /** Whether '||' or '?' stands outside of all brackets: then no '&&' joins the whole text. */
  static boolean hasAlternatives(String text) {
    int depth = 0;
    for (int at = 0; at < text.length(); at++) {
      char character = text.charAt(at);
      if (character == '(' || character == '[') {
        depth++;
      } else if (character == ')' || character == ']') {
        depth--;
      } else if (depth == 0 && (character == '?' || text.startsWith("||", at))) {
        return true;
      }
    }
    return false;
  }

  private static List<String> parts(String text, String separator) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int from = 0;
    int at = 0;
    while (at < text.length()) {
      char character = text.charAt(at);
      int step = 1;
      if (character == '(' || character == '[') {
        depth++;
      } else if (character == ')' || character == ']') {
        depth--;
      } else if (text.startsWith("&&", at)) {
        step = 2;
      }
      // As long as the separator: '&' is not found in '&&'.
      if (depth == 0 && step == separator.length() && text.startsWith(separator, at)) {
        parts.add(text.substring(from, at).strip());
        from = at + step;
      }
      at += step;
    }
    parts.add(text.substring(from).strip());
    return parts;
  }

  /** Whether every bracket closes one that is open. */
  static boolean balanced(String text) {
    int depth = 0;
    for (int at = 0; at < text.length() && depth >= 0; at++) {
      char character = text.charAt(at);
      if (character == '(' || character == '[') {
        depth++;
      } else if (character == ')' || character == ']') {
        depth--;
      }
    }
    return depth == 0;
  }
}
