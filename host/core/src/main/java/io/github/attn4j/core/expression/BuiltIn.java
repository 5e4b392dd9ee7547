package io.github.attn4j.core.expression;

import java.util.Locale;

/** The functions of the language. */
public enum BuiltIn {
  /** Lesser of two numbers: {@code min(x, y)} is y where y &lt; x, else x (so x where x is NaN). */
  MIN(2, 2),
  /** Greater of two numbers: {@code max(x, y)} is y where x &lt; y, else x. */
  MAX(2, 2),
  /** Magnitude; that of -2147483648 is itself. */
  ABS(1, 1),
  /** {@code clamp(x, low, high)} is {@code min(max(x, low), high)}. */
  CLAMP(3, 3),
  /** e to the power x. */
  EXP(1, 1),
  /** Hyperbolic tangent. */
  TANH(1, 1),
  /** Logarithm to base 2. */
  LOG2(1, 1),
  /** MurmurHash3 (x86, 32 bits, seed 0) of up to four ints, without its sign bit. */
  HASH(1, 4),
  /** ALiBi's slope of a head (Press, Smith, Lewis, 2022). */
  SLOPE(1, 1);

  private final int leastArguments;
  private final int mostArguments;

  BuiltIn(int leastArguments, int mostArguments) {
    this.leastArguments = leastArguments;
    this.mostArguments = mostArguments;
  }

  /** As written. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  int leastArguments() {
    return leastArguments;
  }

  int mostArguments() {
    return mostArguments;
  }

  boolean takesIntsOnly() {
    return this == HASH || this == SLOPE;
  }

  boolean yieldsFloat() {
    return this == EXP || this == TANH || this == LOG2 || this == SLOPE;
  }

  /** "one argument", "two arguments", "one to four arguments". */
  String arityPhrase() {
    String least = number(leastArguments);
    String noun = mostArguments == 1 ? " argument" : " arguments";
    return least + (mostArguments == leastArguments ? "" : " to " + number(mostArguments)) + noun;
  }

  private static String number(int count) {
    return switch (count) {
      case 1 -> "one";
      case 2 -> "two";
      case 3 -> "three";
      default -> "four";
    };
  }
}
