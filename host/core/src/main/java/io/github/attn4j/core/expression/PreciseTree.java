package io.github.attn4j.core.expression;

import io.github.attn4j.core.expression.Expression.Binary;
import io.github.attn4j.core.expression.Expression.Call;
import io.github.attn4j.core.expression.Expression.Conditional;
import io.github.attn4j.core.expression.Expression.FloatConstant;
import io.github.attn4j.core.expression.Expression.FloatLiteral;
import io.github.attn4j.core.expression.Expression.Lookup;
import io.github.attn4j.core.expression.Expression.Name;
import io.github.attn4j.core.expression.Expression.Negate;

/**
 * Makes functions of a tree's nodes, each of which leaves the error of its value with the row: a
 * running error analysis (Higham, "Accuracy and Stability of Numerical Algorithms", section 3.3) to
 * first order.
 */
final class PreciseTree extends PairTree<PreciseScore.Row> {
  private static final double LN2 = Math.log(2);

  // Roundoffs that an operation adds, a quarter of what OpenCL 1.2, section 7.4, grants: budgets
  // multiply all of them by 4. A unit in the last place is up to two roundoffs.
  private static final double BASIC = 1; // correctly rounded: 1 would do with a quarter
  private static final double DIVISION = 1.5; // 2.5 units
  private static final double EXP_LOG = 2; // 3 units
  private static final double TANH = 3; // 5 units

  PreciseTree(Domain domain) {
    super(domain);
  }

  /** A float's value. */
  interface Real {
    double of(PreciseScore.Row at);
  }

  Real real(Expression tree) {
    if (tree.type() == Type.INT) {
      Whole<PreciseScore.Row> whole = whole(tree);
      return at -> {
        int value = whole.of(at);
        return (float) value == (double) value ? at.exact(value) : at.rounded(value, 0, BASIC);
      };
    }
    return switch (tree) {
      case FloatLiteral literal -> at -> at.exact(literal.value());
      case FloatConstant constant -> at -> at.exact(constant.value());
      case Name score -> at -> at.passedOn(at.s, at.scoreError());
      case Negate negate -> {
        Real operand = real(negate.operand());
        yield at -> -operand.of(at); // and its error stays
      }
      case Binary binary -> binary(binary);
      case Conditional conditional -> {
        Condition<PreciseScore.Row> condition = condition(conditional.condition());
        Real yes = real(conditional.whenTrue());
        Real no = real(conditional.whenFalse());
        yield at -> condition.of(at) ? yes.of(at) : no.of(at);
      }
      case Call call -> call(call);
      case Lookup lookup -> {
        Whole<PreciseScore.Row> place = place(lookup);
        Table table = lookup.table();
        yield at -> at.exact(table.floatAt(place.of(at)));
      }
      default -> throw new AssertionError("no float: " + tree);
    };
  }

  private Real binary(Binary binary) {
    Real left = real(binary.left());
    Real right = real(binary.right());
    Operator operator = binary.operator();
    return at -> {
      double x = left.of(at);
      double dx = at.error();
      double y = right.of(at);
      double dy = at.error();
      return switch (operator) {
        case ADD -> at.rounded(x + y, dx + dy, BASIC);
        case SUBTRACT -> at.rounded(x - y, dx + dy, BASIC);
        case MULTIPLY -> at.rounded(x * y, Math.abs(x) * dy + Math.abs(y) * dx, BASIC);
        case DIVIDE -> {
          double quotient = x / y;
          yield at.rounded(quotient, (dx + Math.abs(quotient) * dy) / Math.abs(y), DIVISION);
        }
        default -> throw new AssertionError("no float: " + binary);
      };
    };
  }

  private Real call(Call call) {
    if (call.function() == BuiltIn.SLOPE) {
      float[] slopes = AlibiSlopes.of(domain().heads());
      Whole<PreciseScore.Row> head = whole(call.operands().getFirst());
      return at -> at.exact(slopes[nearest(head.of(at), slopes.length)]);
    }
    Real first = real(call.operands().getFirst());
    return switch (call.function()) {
      case MIN -> lesser(first, real(call.operands().get(1)), false);
      case MAX -> lesser(first, real(call.operands().get(1)), true);
      case CLAMP ->
          lesser(
              lesser(first, real(call.operands().get(1)), true),
              real(call.operands().get(2)),
              false);
      case ABS -> at -> Math.abs(first.of(at));
      case EXP ->
          at -> {
            double power = Math.exp(first.of(at));
            return at.rounded(power, power * at.error(), EXP_LOG);
          };
      case TANH ->
          at -> {
            double tanh = Math.tanh(first.of(at));
            return at.rounded(tanh, (1 - tanh * tanh) * at.error(), TANH);
          };
      case LOG2 ->
          at -> {
            double x = first.of(at);
            return at.rounded(Math.log(x) / LN2, at.error() / (Math.abs(x) * LN2), EXP_LOG);
          };
      case HASH, SLOPE -> throw new AssertionError("no float: " + call);
    };
  }

  /** The lesser of two, or the greater; the first where neither is. Whichever it is in float32. */
  private static Real lesser(Real first, Real second, boolean greater) {
    return at -> {
      double x = first.of(at);
      double dx = at.error();
      double y = second.of(at);
      double dy = at.error();
      boolean takesSecond = greater ? x < y : y < x;
      return at.passedOn(takesSecond ? y : x, Math.max(dx, dy));
    };
  }

  @Override
  Condition<PreciseScore.Row> floats(Binary comparison) {
    if (isExact(comparison)) {
      Condition<Pair> asCompiled = new FloatTree(domain()).condition(comparison);
      return asCompiled::of;
    }
    Real left = real(comparison.left());
    Real right = real(comparison.right());
    Operator operator = comparison.operator();
    return at -> {
      double x = left.of(at);
      double dx = at.error();
      double y = right.of(at);
      double dy = at.error();
      if (Double.isNaN(x) || Double.isNaN(y)) {
        return operator == Operator.NE;
      }
      // Subtracted, since Double.compare tells -0 from 0; equal infinities are equal.
      double difference = x == y ? 0 : x - y;
      return at.decided(holds(operator, (int) Math.signum(difference)), difference, dx + dy);
    };
  }

  /**
   * Whether every device decides it as float32 here does: then it is no matter of precision. Not
   * quotients, which a device may round as it likes.
   */
  private static boolean isExact(Expression tree) {
    boolean varies =
        switch (tree) {
          case Name name -> name.variable() == Variable.S;
          case Binary binary -> binary.operator() == Operator.DIVIDE && binary.type() == Type.FLOAT;
          case Call call ->
              switch (call.function()) {
                case EXP, TANH, LOG2 -> true;
                case MIN, MAX, ABS, CLAMP, HASH, SLOPE -> false;
              };
          default -> false;
        };
    return !varies && tree.operands().stream().allMatch(PreciseTree::isExact);
  }
}
