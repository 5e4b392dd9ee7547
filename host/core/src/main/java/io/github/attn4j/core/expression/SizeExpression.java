package io.github.attn4j.core.expression;

import io.github.attn4j.core.expression.Expression.Binary;
import io.github.attn4j.core.expression.Expression.Call;
import io.github.attn4j.core.expression.Expression.Conditional;
import io.github.attn4j.core.expression.Expression.IntConstant;
import io.github.attn4j.core.expression.Expression.IntLiteral;
import io.github.attn4j.core.expression.Expression.Negate;
import io.github.attn4j.core.expression.Expression.Not;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;

/**
 * A whole number, or a condition on whole numbers, from named ones: how a kernel that a user brings
 * says its launch, its memory and what it requires. The operators of docs/masks.md, with {@code
 * min}, {@code max}, {@code abs} and {@code clamp}; no pair is named, and there are no floats.
 *
 * <p>Unlike a mask it counts in 64 bits and refuses to leave them, and a divisor of 0 is refused:
 * of a size neither is ever meant.
 */
public final class SizeExpression {
  private static final Set<BuiltIn> FUNCTIONS =
      Set.of(BuiltIn.MIN, BuiltIn.MAX, BuiltIn.ABS, BuiltIn.CLAMP);

  private final String text;
  private final Expression tree;

  private SizeExpression(String text, Set<String> names) {
    this.text = text;
    requireKnown(text, names);
    Bindings bindings = Bindings.none();
    for (String name : names) {
      bindings = bindings.with(name, 1);
    }
    tree = new Parser(text, bindings, false).parse();
    if (hasFloat(tree)) {
      throw new ExpressionException(text, 0, "sizes are whole numbers: leave the floats out");
    }
  }

  /**
   * Parses a number.
   *
   * @param names that it may use
   * @throws ExpressionException with the spot, where it is none, or uses another name
   */
  public static SizeExpression number(String text, Set<String> names) {
    SizeExpression expression = new SizeExpression(text, names);
    if (expression.tree.type() != Type.INT) {
      throw new ExpressionException(text, 0, "this is a condition: a whole number is wanted");
    }
    return expression;
  }

  /**
   * Parses a condition.
   *
   * @param names that it may use
   * @throws ExpressionException with the spot, where it is none, or uses another name
   */
  public static SizeExpression condition(String text, Set<String> names) {
    SizeExpression expression = new SizeExpression(text, names);
    if (expression.tree.type() != Type.BOOL) {
      throw new ExpressionException(
          text, 0, "this is a number: compare it with something, as in head_dim % 4 == 0");
    }
    return expression;
  }

  /** As it was written. */
  public String text() {
    return text;
  }

  /** Whether it uses a name. */
  public boolean uses(String name) {
    return uses(tree, name);
  }

  /**
   * The number.
   *
   * @param values of all names that it uses
   * @throws IllegalArgumentException where a divisor is 0 or the result leaves 64 bits
   */
  public long value(Map<String, Long> values) {
    return value(name -> named(name, values));
  }

  /**
   * The number.
   *
   * @param values asked for a name when its value is needed, and never for one behind a {@code ?},
   *     an {@code &&} or an {@code ||} that goes another way
   * @throws IllegalArgumentException where a divisor is 0 or the result leaves 64 bits
   */
  public long value(ToLongFunction<String> values) {
    try {
      return number(tree, values);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("'%s': %s".formatted(text, e.getMessage()), e);
    }
  }

  /** Whether the condition holds; as {@link #value(Map)}. */
  public boolean holds(Map<String, Long> values) {
    return holds(name -> named(name, values));
  }

  /** Whether the condition holds; as {@link #value(ToLongFunction)}. */
  public boolean holds(ToLongFunction<String> values) {
    try {
      return truth(tree, values);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("'%s': %s".formatted(text, e.getMessage()), e);
    }
  }

  /** The parser's own answer would offer what only masks have. */
  private static void requireKnown(String text, Set<String> names) {
    Set<String> known = new TreeSet<>(names);
    FUNCTIONS.forEach(function -> known.add(function.text()));
    for (Token token : Lexer.tokens(text)) {
      if (token.kind() == Token.Kind.NAME && !known.contains(token.text())) {
        throw new ExpressionException(
            text, token.position(), NearMiss.unknown(token.text(), known));
      }
    }
  }

  private static boolean hasFloat(Expression tree) {
    return tree.type() == Type.FLOAT || tree.operands().stream().anyMatch(SizeExpression::hasFloat);
  }

  private static boolean uses(Expression tree, String name) {
    return (tree instanceof IntConstant constant && constant.name().equals(name))
        || tree.operands().stream().anyMatch(operand -> uses(operand, name));
  }

  private static long number(Expression tree, ToLongFunction<String> values) {
    return switch (tree) {
      case IntLiteral literal -> literal.value();
      case IntConstant constant -> values.applyAsLong(constant.name());
      case Negate negate -> Math.negateExact(number(negate.operand(), values));
      case Conditional choice ->
          truth(choice.condition(), values)
              ? number(choice.whenTrue(), values)
              : number(choice.whenFalse(), values);
      case Binary binary ->
          arithmetic(
              binary.operator(), number(binary.left(), values), number(binary.right(), values));
      case Call call ->
          called(
              call.function(),
              call.operands().stream().map(operand -> number(operand, values)).toList());
      default -> throw new IllegalStateException("no whole number: " + tree);
    };
  }

  private static long named(String name, Map<String, Long> values) {
    Long value = values.get(name);
    if (value == null) {
      throw new IllegalStateException("no value of " + name + " among " + values.keySet());
    }
    return value;
  }

  private static long arithmetic(Operator operator, long left, long right) {
    return switch (operator) {
      case ADD -> Math.addExact(left, right);
      case SUBTRACT -> Math.subtractExact(left, right);
      case MULTIPLY -> Math.multiplyExact(left, right);
      case DIVIDE -> Math.floorDiv(left, divisor(right));
      case MODULO -> Math.floorMod(left, divisor(right));
      default -> throw new IllegalStateException("no arithmetic: " + operator);
    };
  }

  private static long divisor(long value) {
    if (value == 0) {
      throw new ArithmeticException("it divides by 0");
    }
    return value;
  }

  private static long called(BuiltIn function, List<Long> operands) {
    return switch (function) {
      case MIN -> Math.min(operands.get(0), operands.get(1));
      case MAX -> Math.max(operands.get(0), operands.get(1));
      case ABS -> Math.absExact(operands.getFirst());
      case CLAMP -> Math.min(Math.max(operands.get(0), operands.get(1)), operands.get(2));
      default -> throw new IllegalStateException("no function of sizes: " + function);
    };
  }

  private static boolean truth(Expression tree, ToLongFunction<String> values) {
    return switch (tree) {
      case Not not -> !truth(not.operand(), values);
      case Conditional choice ->
          truth(choice.condition(), values)
              ? truth(choice.whenTrue(), values)
              : truth(choice.whenFalse(), values);
      case Binary binary ->
          switch (binary.operator()) {
            case AND -> truth(binary.left(), values) && truth(binary.right(), values);
            case OR -> truth(binary.left(), values) || truth(binary.right(), values);
            default ->
                compared(
                    binary.operator(),
                    number(binary.left(), values),
                    number(binary.right(), values));
          };
      default -> throw new IllegalStateException("no condition: " + tree);
    };
  }

  private static boolean compared(Operator operator, long left, long right) {
    return switch (operator) {
      case EQ -> left == right;
      case NE -> left != right;
      case LT -> left < right;
      case LE -> left <= right;
      case GT -> left > right;
      case GE -> left >= right;
      default -> throw new IllegalStateException("no comparison: " + operator);
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
