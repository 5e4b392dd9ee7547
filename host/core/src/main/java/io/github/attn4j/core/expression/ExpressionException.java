package io.github.attn4j.core.expression;

/**
 * What is wrong with an expression, and where. Its message has three lines: the problem, the line
 * of the text it stands in, and a caret under the spot.
 */
public final class ExpressionException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** Characters shown on each side of the spot: a line stays on one screen. */
  private static final int SHOWN = 60;

  private final String problem;
  private final int position;

  ExpressionException(String text, int position, String problem) {
    super(problem + "\n" + rendering(text, position));
    this.problem = problem;
    this.position = position;
  }

  /** The first line of the message alone. */
  public String problem() {
    return problem;
  }

  /** Index in the text of the character that the caret stands under; its length for the end. */
  public int position() {
    return position;
  }

  private static String rendering(String text, int position) {
    int lineStart = text.lastIndexOf('\n', Math.max(0, position - 1)) + 1;
    if (lineStart > position) {
      lineStart = position;
    }
    int lineEnd = text.indexOf('\n', position);
    if (lineEnd < 0) {
      lineEnd = text.length();
    }
    int first = Math.max(lineStart, position - SHOWN);
    int end = Math.min(lineEnd, position + SHOWN);
    String before = first > lineStart ? "  ..." : "  ";
    String after = end < lineEnd ? "..." : "";
    return before
        + printable(text.substring(first, end))
        + after
        + "\n"
        + " ".repeat(before.length() + position - first)
        + "^";
  }

  /** One printable character for each: a terminal obeys no text that a message quotes. */
  private static String printable(String text) {
    StringBuilder shown = new StringBuilder();
    for (int index = 0; index < text.length(); index++) {
      char character = text.charAt(index);
      if (character == '\t') {
        shown.append(' ');
      } else {
        shown.append(character >= ' ' && character <= '~' ? character : '?');
      }
    }
    return shown.toString();
  }
}
