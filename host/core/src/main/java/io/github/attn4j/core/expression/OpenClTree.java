package io.github.attn4j.core.expression;

import io.github.attn4j.core.expression.Expression.Binary;
import io.github.attn4j.core.expression.Expression.Call;
import io.github.attn4j.core.expression.Expression.Conditional;
import io.github.attn4j.core.expression.Expression.FloatConstant;
import io.github.attn4j.core.expression.Expression.FloatLiteral;
import io.github.attn4j.core.expression.Expression.IntConstant;
import io.github.attn4j.core.expression.Expression.IntLiteral;
import io.github.attn4j.core.expression.Expression.Lookup;
import io.github.attn4j.core.expression.Expression.Name;
import io.github.attn4j.core.expression.Expression.Negate;
import io.github.attn4j.core.expression.Expression.Not;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes trees as expressions of OpenCL C, and notes which helpers and words they need. */
final class OpenClTree {
  private final TableWords words;
  private final Set<OpenClHelpers> helpers;
  private boolean dividesFloats;

  OpenClTree(TableWords words, Set<OpenClHelpers> helpers) {
    this.words = words;
    this.helpers = helpers;
  }

  boolean dividesFloats() {
    return dividesFloats;
  }

  String condition(Expression condition) {
    return switch (condition) {
      case Not not -> "!" + condition(not.operand());
      case Binary binary when binary.operator().kind() == Operator.Kind.LOGICAL ->
          "(" + chain(binary) + ")";
      case Binary comparison -> {
        boolean ints =
            comparison.left().type() == Type.INT && comparison.right().type() == Type.INT;
        yield "(%s %s %s)"
            .formatted(
                ints ? intValue(comparison.left()) : floatValue(comparison.left()),
                comparison.operator().symbol(),
                ints ? intValue(comparison.right()) : floatValue(comparison.right()));
      }
      case Conditional conditional ->
          "(%s ? %s : %s)"
              .formatted(
                  condition(conditional.condition()),
                  condition(conditional.whenTrue()),
                  condition(conditional.whenFalse()));
      default -> throw new AssertionError("no condition: " + condition);
    };
  }

  /** A chain of one operator in one pair of brackets: compilers count how deep they nest. */
  private String chain(Binary binary) {
    String left =
        binary.left() instanceof Binary next && next.operator() == binary.operator()
            ? chain(next)
            : condition(binary.left());
    return left + " " + binary.operator().symbol() + " " + condition(binary.right());
  }

  private String intValue(Expression number) {
    return switch (number) {
      case IntLiteral literal -> intText(literal.value());
      case IntConstant constant -> intText(constant.value());
      case Name name -> name.variable().text();
      case Negate negate ->
          helper(OpenClHelpers.NEGATE, "attn_expr_negate", intValue(negate.operand()));
      case Binary binary -> intBinary(binary);
      case Conditional conditional ->
          "(%s ? %s : %s)"
              .formatted(
                  condition(conditional.condition()),
                  intValue(conditional.whenTrue()),
                  intValue(conditional.whenFalse()));
      case Call call -> intCall(call);
      case Lookup lookup -> word(lookup);
      default -> throw new AssertionError("no int: " + number);
    };
  }

  private String intBinary(Binary binary) {
    String left = intValue(binary.left());
    String right = intValue(binary.right());
    boolean positive = isPositive(binary.right());
    return switch (binary.operator()) {
      case ADD -> helper(OpenClHelpers.ADD, "attn_expr_add", left, right);
      case SUBTRACT -> helper(OpenClHelpers.SUBTRACT, "attn_expr_subtract", left, right);
      case MULTIPLY -> helper(OpenClHelpers.MULTIPLY, "attn_expr_multiply", left, right);
      case DIVIDE ->
          positive
              ? helper(
                  OpenClHelpers.FLOOR_DIVIDE_POSITIVE,
                  "attn_expr_floor_divide_positive",
                  left,
                  right)
              : helper(OpenClHelpers.FLOOR_DIVIDE, "attn_expr_floor_divide", left, right);
      case MODULO ->
          positive
              ? helper(
                  OpenClHelpers.FLOOR_MODULO_POSITIVE,
                  "attn_expr_floor_modulo_positive",
                  left,
                  right)
              : helper(OpenClHelpers.FLOOR_MODULO, "attn_expr_floor_modulo", left, right);
      default -> throw new AssertionError("no int: " + binary);
    };
  }

  private static boolean isPositive(Expression divisor) {
    return (divisor instanceof IntLiteral literal && literal.value() > 0)
        || (divisor instanceof IntConstant constant && constant.value() > 0);
  }

  private String intCall(Call call) {
    List<String> operands = call.operands().stream().map(this::intValue).toList();
    String list = String.join(", ", operands);
    return switch (call.function()) {
      case MIN -> "min(" + list + ")";
      case MAX -> "max(" + list + ")";
      // The builtin gives an unsigned int, which alone holds the magnitude of the least one.
      case ABS -> "as_int(abs(" + list + "))";
      case CLAMP -> helper(OpenClHelpers.CLAMP_INT, "attn_expr_clamp_int", list);
      case HASH ->
          helper(OpenClHelpers.hash(operands.size()), "attn_expr_hash_" + operands.size(), list);
      case EXP, TANH, LOG2, SLOPE -> throw new AssertionError("no int: " + call);
    };
  }

  String floatValue(Expression number) {
    if (number.type() == Type.INT) {
      return "convert_float_rte(" + intValue(number) + ")";
    }
    return switch (number) {
      case FloatLiteral literal -> floatText(literal.value());
      case FloatConstant constant -> floatText(constant.value());
      case Name score -> score.variable().text();
      case Negate negate -> "(-" + floatValue(negate.operand()) + ")";
      case Binary binary -> {
        dividesFloats |= binary.operator() == Operator.DIVIDE;
        yield "(%s %s %s)"
            .formatted(
                floatValue(binary.left()), binary.operator().symbol(), floatValue(binary.right()));
      }
      case Conditional conditional ->
          "(%s ? %s : %s)"
              .formatted(
                  condition(conditional.condition()),
                  floatValue(conditional.whenTrue()),
                  floatValue(conditional.whenFalse()));
      case Call call -> floatCall(call);
      case Lookup lookup -> "as_float(" + word(lookup) + ")";
      default -> throw new AssertionError("no float: " + number);
    };
  }

  private String floatCall(Call call) {
    if (call.function() == BuiltIn.SLOPE) {
      String head = intValue(call.operands().getFirst());
      return "as_float(words[%d + %s])"
          .formatted(words.startOfSlopes(), nearest(head, words.heads()));
    }
    String list = call.operands().stream().map(this::floatValue).collect(Collectors.joining(", "));
    return switch (call.function()) {
      case MIN -> helper(OpenClHelpers.MIN, "attn_expr_min", list);
      case MAX -> helper(OpenClHelpers.MAX, "attn_expr_max", list);
      case ABS -> "fabs(" + list + ")";
      case CLAMP -> helper(OpenClHelpers.CLAMP, "attn_expr_clamp", list);
      case EXP -> "exp(" + list + ")";
      case TANH -> "tanh(" + list + ")";
      case LOG2 -> "log2(" + list + ")";
      case HASH, SLOPE -> throw new AssertionError("no float: " + call);
    };
  }

  private String word(Lookup lookup) {
    Table table = lookup.table();
    int start = words.start(table);
    if (table.indices() == 1) {
      String index = intValue(lookup.operands().getFirst());
      return "words[%d + %s]".formatted(start, nearest(index, table.columns()));
    }
    String row = intValue(lookup.operands().get(0));
    String column = intValue(lookup.operands().get(1));
    return "words[%d + %s * %d + %s]"
        .formatted(
            start, nearest(row, table.rows()), table.columns(), nearest(column, table.columns()));
  }

  private String nearest(String index, int size) {
    return helper(OpenClHelpers.NEAREST, "attn_expr_nearest", index, Integer.toString(size));
  }

  private String helper(OpenClHelpers helper, String function, String... operands) {
    helpers.add(helper);
    return function + "(" + String.join(", ", operands) + ")";
  }

  private static String intText(int value) {
    if (value == Integer.MIN_VALUE) {
      return "(-2147483647 - 1)"; // C reads the digits before the sign
    }
    return value < 0 ? "(" + value + ")" : Integer.toString(value);
  }

  /** Hexadecimal, so that no decimal conversion of another compiler comes between. */
  private static String floatText(float value) {
    String text = Float.toHexString(value) + "f";
    return Float.floatToRawIntBits(value) < 0 ? "(" + text + ")" : text;
  }
}
