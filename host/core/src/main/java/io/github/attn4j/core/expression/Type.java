package io.github.attn4j.core.expression;

/** What an expression's value is. */
public enum Type {
  /** 32 bits, two's complement. */
  INT("an int"),
  /** IEEE 754 single precision. */
  FLOAT("a float"),
  /** A condition. */
  BOOL("a condition");

  private final String phrase;

  Type(String phrase) {
    this.phrase = phrase;
  }

  /** With its article, for messages. */
  String phrase() {
    return phrase;
  }

  boolean isNumber() {
    return this != BOOL;
  }
}
