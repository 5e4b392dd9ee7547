package io.github.attn4j.core.expression;

/**
 * A piece of the text.
 *
 * @param kind what it is
 * @param text as it stands; empty at the end
 * @param position of its first character
 */
record Token(Kind kind, String text, int position) {
  enum Kind {
    INT,
    FLOAT,
    NAME,
    SYMBOL,
    END
  }

  boolean is(String symbol) {
    return kind == Kind.SYMBOL && text.equals(symbol);
  }

  /** For messages. */
  String phrase() {
    return kind == Kind.END ? "the end" : "'" + text + "'";
  }
}
