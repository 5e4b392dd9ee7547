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
 * Makes functions of a tree's nodes, each of which leaves the error of its value with the row: a
 * running error analysis (Higham, "Accuracy and Stability of Numerical Algorithms", section 3.3) to
 * first order.
 */
final class PreciseTree {
  private static final double LN2 = Math.log(2);

  // Roundoffs that an operation adds, a quarter of what OpenCL 1.2, section 7.4, grants: budgets
  // multiply all of them by 4. A unit in the last place is up to two roundoffs.
  private static final double BASIC = 1; // correctly rounded: 1 would do with a quarter
  private static final double DIVISION = 1.5; // 2.5 units
  private static final double EXP_LOG = 2; // 3 units
  private static final double TANH = 3; // 5 units

  private final Domain domain;

  PreciseTree(Domain domain) {
    this.domain = domain;
  }

  /** A float's value. */
  interface Real {
    double of(PreciseScore.Row at);
  }

  /** An int's. */
  interface Whole {
    int of(PreciseScore.Row at);
  }

  /** A condition's. */
  interface Condition {
    boolean of(PreciseScore.Row at);
  }

  Real real(Expression tree) {
    if (tree.type() == Type.INT) {
      Whole whole = whole(tree);
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
        Condition condition = condition(conditional.condition());
        Real yes = real(conditional.whenTrue());
        Real no = real(conditional.whenFalse());
        yield at -> condition.of(at) ? yes.of(at) : no.of(at);
      }
      case Call call -> call(call);
      case Lookup lookup -> {
        Whole place = place(lookup);
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
      float[] slopes = AlibiSlopes.of(domain.heads());
      Whole head = whole(call.operands().getFirst());
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

  private Condition condition(Expression tree) {
    return switch (tree) {
      case Not not -> {
        Condition operand = condition(not.operand());
        yield at -> !operand.of(at);
      }
      case Conditional conditional -> {
        Condition condition = condition(conditional.condition());
        Condition yes = condition(conditional.whenTrue());
        Condition no = condition(conditional.whenFalse());
        yield at -> condition.of(at) ? yes.of(at) : no.of(at);
      }
      case Binary binary when binary.operator().kind() == Operator.Kind.LOGICAL -> {
        Condition left = condition(binary.left());
        Condition right = condition(binary.right());
        yield binary.operator() == Operator.AND
            ? at -> left.of(at) && right.of(at)
            : at -> left.of(at) || right.of(at);
      }
      case Binary comparison
          when comparison.left().type() == Type.INT && comparison.right().type() == Type.INT -> {
        Whole left = whole(comparison.left());
        Whole right = whole(comparison.right());
        Operator operator = comparison.operator();
        yield at -> holds(operator, Integer.compare(left.of(at), right.of(at)));
      }
      case Binary comparison -> floats(comparison);
      default -> throw new AssertionError("no condition: " + tree);
    };
  }

  private Condition floats(Binary comparison) {
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

  private static boolean holds(Operator operator, int order) {
    return switch (operator) {
      case LT -> order < 0;
      case LE -> order <= 0;
      case GT -> order > 0;
      case GE -> order >= 0;
      case EQ -> order == 0;
      case NE -> order != 0;
      default -> throw new AssertionError("no comparison: " + operator);
    };
  }

  private Whole whole(Expression tree) {
    return switch (tree) {
      case IntLiteral literal -> at -> literal.value();
      case IntConstant constant -> at -> constant.value();
      case Name name -> variable(name.variable());
      case Negate negate -> {
        Whole operand = whole(negate.operand());
        yield at -> -operand.of(at);
      }
      case Binary binary -> {
        Whole left = whole(binary.left());
        Whole right = whole(binary.right());
        yield switch (binary.operator()) {
          case ADD -> at -> left.of(at) + right.of(at);
          case SUBTRACT -> at -> left.of(at) - right.of(at);
          case MULTIPLY -> at -> left.of(at) * right.of(at);
          case DIVIDE -> at -> Arithmetic.floorDivide(left.of(at), right.of(at));
          case MODULO -> at -> Arithmetic.floorModulo(left.of(at), right.of(at));
          default -> throw new AssertionError("no int: " + tree);
        };
      }
      case Conditional conditional -> {
        Condition condition = condition(conditional.condition());
        Whole yes = whole(conditional.whenTrue());
        Whole no = whole(conditional.whenFalse());
        yield at -> condition.of(at) ? yes.of(at) : no.of(at);
      }
      case Call call ->
          wholeCall(call.function(), call.operands().stream().map(this::whole).toList());
      case Lookup lookup -> {
        Whole place = place(lookup);
        Table table = lookup.table();
        yield at -> table.intAt(place.of(at));
      }
      default -> throw new AssertionError("no int: " + tree);
    };
  }

  private static Whole wholeCall(BuiltIn function, List<Whole> of) {
    Whole first = of.getFirst();
    return switch (function) {
      case MIN -> at -> Math.min(first.of(at), of.get(1).of(at));
      case MAX -> at -> Math.max(first.of(at), of.get(1).of(at));
      case ABS -> at -> Math.abs(first.of(at));
      case CLAMP -> at -> Arithmetic.clamp(first.of(at), of.get(1).of(at), of.get(2).of(at));
      case HASH ->
          switch (of.size()) {
            case 1 -> at -> Arithmetic.hash(first.of(at));
            case 2 -> at -> Arithmetic.hash(first.of(at), of.get(1).of(at));
            case 3 -> at -> Arithmetic.hash(first.of(at), of.get(1).of(at), of.get(2).of(at));
            default ->
                at ->
                    Arithmetic.hash(
                        first.of(at), of.get(1).of(at), of.get(2).of(at), of.get(3).of(at));
          };
      case EXP, TANH, LOG2, SLOPE -> throw new AssertionError("no int: " + function);
    };
  }

  private Whole variable(Variable variable) {
    return switch (variable) {
      case B -> at -> at.b;
      case H -> at -> at.h;
      case Q -> at -> at.q;
      case P -> at -> at.p;
      case K -> at -> at.k;
      case NQ -> at -> domain.queries();
      case NK -> at -> domain.keys(at.b);
      case S -> throw new AssertionError("the score is a float");
    };
  }

  private Whole place(Lookup lookup) {
    Table table = lookup.table();
    Whole last = whole(lookup.operands().getLast());
    if (table.indices() == 1) {
      return at -> table.place(0, last.of(at));
    }
    Whole row = whole(lookup.operands().getFirst());
    return at -> table.place(row.of(at), last.of(at));
  }

  private static int nearest(int index, int size) {
    return Arithmetic.nearest(index, size);
  }
}
