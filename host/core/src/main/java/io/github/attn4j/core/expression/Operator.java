package io.github.attn4j.core.expression;

/** Operators between two operands; each associates to the left. */
public enum Operator {
  /** Disjunction. */
  OR("||", 1, Kind.LOGICAL),
  /** Conjunction. */
  AND("&&", 2, Kind.LOGICAL),
  /** Equal. */
  EQ("==", 3, Kind.COMPARISON),
  /** Not equal; true where a side is NaN. */
  NE("!=", 3, Kind.COMPARISON),
  /** Less. */
  LT("<", 4, Kind.COMPARISON),
  /** Less or equal. */
  LE("<=", 4, Kind.COMPARISON),
  /** Greater. */
  GT(">", 4, Kind.COMPARISON),
  /** Greater or equal. */
  GE(">=", 4, Kind.COMPARISON),
  /** Sum. */
  ADD("+", 5, Kind.ARITHMETIC),
  /** Difference. */
  SUBTRACT("-", 5, Kind.ARITHMETIC),
  /** Product. */
  MULTIPLY("*", 6, Kind.ARITHMETIC),
  /** Quotient; of ints rounded down, and 0 where the divisor is 0. */
  DIVIDE("/", 6, Kind.ARITHMETIC),
  /** x - y * (x / y), of ints: takes the divisor's sign; 0 where the divisor is 0. */
  MODULO("%", 6, Kind.ARITHMETIC);

  /** Binds tighter than every operator between two operands. */
  static final int UNARY_PRECEDENCE = 7;

  /** What an operator takes and yields. */
  enum Kind {
    /** Conditions to a condition. */
    LOGICAL,
    /** Numbers to a condition. */
    COMPARISON,
    /** Numbers to a number. */
    ARITHMETIC
  }

  private final String symbol;
  private final int precedence;
  private final Kind kind;

  Operator(String symbol, int precedence, Kind kind) {
    this.symbol = symbol;
    this.precedence = precedence;
    this.kind = kind;
  }

  /** As written. */
  public String symbol() {
    return symbol;
  }

  int precedence() {
    return precedence;
  }

  Kind kind() {
    return kind;
  }
}
