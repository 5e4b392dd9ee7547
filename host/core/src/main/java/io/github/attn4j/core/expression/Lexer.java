package io.github.attn4j.core.expression;

import java.util.ArrayList;
import java.util.List;

/** Cuts a text into tokens; ASCII only. */
final class Lexer {
  /** Longer than any pattern a person writes; tables hold what would not fit. */
  static final int MAX_LENGTH = 4096;

  // Two characters before one, so that <= is not read as <.
  private static final List<String> SYMBOLS =
      List.of(
          "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", "(",
          ")", "[", "]", ",");

  private final String text;
  private int at;

  private Lexer(String text) {
    this.text = text;
  }

  static List<Token> tokens(String text) {
    if (text.length() > MAX_LENGTH) {
      throw new ExpressionException(
          text,
          MAX_LENGTH,
          "an expression has at most %,d characters, but this one has %,d: put long lists into a table"
              .formatted(MAX_LENGTH, text.length()));
    }
    Lexer lexer = new Lexer(text);
    List<Token> tokens = new ArrayList<>();
    do {
      tokens.add(lexer.next());
    } while (tokens.getLast().kind() != Token.Kind.END);
    return tokens;
  }

  private Token next() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    int start = at;
    if (at == text.length()) {
      return new Token(Token.Kind.END, "", start);
    }
    char first = text.charAt(at);
    if (isDigit(first) || (first == '.' && isDigit(peek(1)))) {
      return number(start);
    }
    if (isLetter(first)) {
      while (isLetter(peek(0)) || isDigit(peek(0))) {
        at++;
      }
      return new Token(Token.Kind.NAME, text.substring(start, at), start);
    }
    for (String symbol : SYMBOLS) {
      if (text.startsWith(symbol, at)) {
        at += symbol.length();
        return new Token(Token.Kind.SYMBOL, symbol, start);
      }
    }
    throw new ExpressionException(text, start, unexpected(first));
  }

  private Token number(int start) {
    boolean isFloat = false;
    skipDigits();
    if (peek(0) == '.') {
      isFloat = true;
      at++;
      if (!isDigit(peek(0))) {
        throw new ExpressionException(text, at, "a digit must follow the point");
      }
      skipDigits();
    }
    if (peek(0) == 'e' || peek(0) == 'E') {
      isFloat = true;
      at++;
      if (peek(0) == '+' || peek(0) == '-') {
        at++;
      }
      if (!isDigit(peek(0))) {
        throw new ExpressionException(text, at, "the exponent needs a digit");
      }
      skipDigits();
    }
    if (isLetter(peek(0))) {
      throw new ExpressionException(
          text, at, "a number ends before a letter: put an operator between them");
    }
    return new Token(isFloat ? Token.Kind.FLOAT : Token.Kind.INT, text.substring(start, at), start);
  }

  private void skipDigits() {
    while (isDigit(peek(0))) {
      at++;
    }
  }

  private char peek(int ahead) {
    return at + ahead < text.length() ? text.charAt(at + ahead) : '\0';
  }

  private static String unexpected(char character) {
    return switch (character) {
      case '&' -> "'&' stands alone: and is '&&'";
      case '|' -> "'|' stands alone: or is '||'";
      case '=' -> "'=' stands alone: equal is '=='";
      default ->
          character > ' ' && character <= '~'
              ? "'" + character + "' has no meaning here"
              : "character U+%04X has no meaning here".formatted((int) character);
    };
  }

  private static boolean isDigit(char character) {
    return character >= '0' && character <= '9';
  }

  private static boolean isLetter(char character) {
    return (character >= 'a' && character <= 'z')
        || (character >= 'A' && character <= 'Z')
        || character == '_';
  }
}
