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

/**
 * docs/masks.md read aloud: values as objects, arithmetic on longs and doubles rounded afterwards.
 * Shares nothing with the compiler or with {@link Arithmetic} but murmur's definition.
 */
record NaiveEvaluation(Domain domain, float s, int b, int h, int q, int k) {

  boolean condition(Expression tree) {
    return (Boolean) value(tree);
  }

  float number(Expression tree) {
    return asFloat(value(tree));
  }

  private Object value(Expression tree) {
    return switch (tree) {
      case IntLiteral literal -> literal.value();
      case FloatLiteral literal -> literal.value();
      case IntConstant constant -> constant.value();
      case FloatConstant constant -> constant.value();
      case Name name -> variable(name.variable());
      case Negate negate -> {
        Object operand = value(negate.operand());
        yield operand instanceof Integer x ? (Object) (int) -(long) x : (Object) (-(Float) operand);
      }
      case Not not -> !condition(not.operand());
      case Conditional conditional -> {
        Object chosen =
            condition(conditional.condition())
                ? value(conditional.whenTrue())
                : value(conditional.whenFalse());
        yield conditional.type() == Type.FLOAT ? (Object) asFloat(chosen) : chosen;
      }
      case Binary binary -> binary(binary.operator(), value(binary.left()), value(binary.right()));
      case Call call -> call(call, call.operands().stream().map(this::value).toList());
      case Lookup lookup -> {
        Table table = lookup.table();
        int place = 0;
        for (int index = 0; index < table.indices(); index++) {
          int size = index == table.indices() - 1 ? table.columns() : table.rows();
          int at = (Integer) value(lookup.operands().get(index));
          place = place * size + (at < 0 ? 0 : at >= size ? size - 1 : at);
        }
        yield table.type() == Type.INT
            ? (Object) table.intAt(place)
            : (Object) table.floatAt(place);
      }
    };
  }

  private Object variable(Variable variable) {
    return switch (variable) {
      case B -> b;
      case H -> h;
      case Q -> q;
      case P -> q + domain.queryOffsets().get(b);
      case K -> k;
      case NQ -> domain.queries();
      case NK -> domain.keyLengths().get(b);
      case S -> s;
    };
  }

  private static Object binary(Operator operator, Object left, Object right) {
    if (left instanceof Boolean first && right instanceof Boolean second) {
      return operator == Operator.AND ? first && second : first || second;
    }
    if (left instanceof Integer x && right instanceof Integer y) {
      return ints(operator, x, y);
    }
    float x = asFloat(left);
    float y = asFloat(right);
    // Doubles hold sums and products of floats so well that rounding them again changes nothing.
    return switch (operator) {
      case ADD -> (float) ((double) x + y);
      case SUBTRACT -> (float) ((double) x - y);
      case MULTIPLY -> (float) ((double) x * y);
      case DIVIDE -> (float) ((double) x / y);
      case LT -> x < y;
      case LE -> x <= y;
      case GT -> x > y;
      case GE -> x >= y;
      case EQ -> x == y;
      case NE -> x != y;
      default -> throw new AssertionError(operator);
    };
  }

  private static Object ints(Operator operator, long x, long y) {
    return switch (operator) {
      case ADD -> (int) (x + y);
      case SUBTRACT -> (int) (x - y);
      case MULTIPLY -> (int) (x * y);
      case DIVIDE -> (int) floor(x, y);
      case MODULO -> y == 0 ? 0 : (int) (x - y * floor(x, y));
      case LT -> x < y;
      case LE -> x <= y;
      case GT -> x > y;
      case GE -> x >= y;
      case EQ -> x == y;
      case NE -> x != y;
      default -> throw new AssertionError(operator);
    };
  }

  /** A quotient of ints is never so near a whole number that a double would round it there. */
  private static long floor(long x, long y) {
    return y == 0 ? 0 : (long) Math.floor((double) x / y);
  }

  private Object call(Call call, List<Object> operands) {
    return switch (call.function()) {
      case MIN -> least(operands.get(0), operands.get(1));
      case MAX -> greatest(operands.get(0), operands.get(1));
      case CLAMP -> {
        Object clamped = least(greatest(operands.get(0), operands.get(1)), operands.get(2));
        yield call.type() == Type.FLOAT ? (Object) asFloat(clamped) : clamped;
      }
      case ABS ->
          operands.getFirst() instanceof Integer x
              ? (Object) (int) Math.abs((long) x)
              : (Object) Math.abs(asFloat(operands.getFirst()));
      case EXP -> (float) Math.exp(asFloat(operands.getFirst()));
      case TANH -> (float) Math.tanh(asFloat(operands.getFirst()));
      case LOG2 -> (float) (Math.log(asFloat(operands.getFirst())) / Math.log(2));
      case HASH -> {
        int[] words = operands.stream().mapToInt(word -> (Integer) word).toArray();
        yield Murmur.hash(words) & 0x7fffffff;
      }
      case SLOPE -> {
        int head = Math.clamp((Integer) operands.getFirst(), 0, domain.heads() - 1);
        yield AlibiSlopes.of(domain.heads())[head];
      }
    };
  }

  private static Object least(Object x, Object y) {
    boolean second = (Boolean) binary(Operator.LT, y, x);
    return promoted(second ? y : x, x, y);
  }

  private static Object greatest(Object x, Object y) {
    boolean second = (Boolean) binary(Operator.LT, x, y);
    return promoted(second ? y : x, x, y);
  }

  private static Object promoted(Object chosen, Object x, Object y) {
    return x instanceof Integer && y instanceof Integer ? chosen : (Object) asFloat(chosen);
  }

  private static float asFloat(Object number) {
    return number instanceof Integer value ? (float) (int) value : (Float) number;
  }
}
