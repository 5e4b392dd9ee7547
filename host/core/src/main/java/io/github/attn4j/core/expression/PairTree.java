package io.github.attn4j.core.expression;

import io.github.attn4j.core.expression.Expression.Binary;
import io.github.attn4j.core.expression.Expression.Call;
import io.github.attn4j.core.expression.Expression.Conditional;
import io.github.attn4j.core.expression.Expression.IntConstant;
import io.github.attn4j.core.expression.Expression.IntLiteral;
import io.github.attn4j.core.expression.Expression.Lookup;
import io.github.attn4j.core.expression.Expression.Name;
import io.github.attn4j.core.expression.Expression.Negate;
import io.github.attn4j.core.expression.Expression.Not;
import java.util.List;

/**
 * Makes functions of a tree's nodes: the part that is the same in every precision, ints and logic.
 * Shares neither code nor form with the bytecode of {@link PairCompiler}, so that a mistake in
 * either shows.
 *
 * @param <P> what the functions know of the pair at hand
 */
abstract class PairTree<P extends PairTree.Pair> {
  private final Domain domain;

  PairTree(Domain domain) {
    this.domain = domain;
  }

  /** The pair at hand; not for several threads. */
  static class Pair {
    final int b;
    final int h;
    final int q;
    final int p;
    int k;

    Pair(int b, int h, int q, int p, int k) {
      this.b = b;
      this.h = h;
      this.q = q;
      this.p = p;
      this.k = k;
    }
  }

  /** An int's value. */
  interface Whole<P> {
    int of(P at);
  }

  /** A condition's. */
  interface Condition<P> {
    boolean of(P at);
  }

  /** A comparison of which at least one side is a float. */
  abstract Condition<P> floats(Binary comparison);

  final Domain domain() {
    return domain;
  }

  final Condition<P> condition(Expression tree) {
    return switch (tree) {
      case Not not -> {
        Condition<P> operand = condition(not.operand());
        yield at -> !operand.of(at);
      }
      case Conditional conditional -> {
        Condition<P> condition = condition(conditional.condition());
        Condition<P> yes = condition(conditional.whenTrue());
        Condition<P> no = condition(conditional.whenFalse());
        yield at -> condition.of(at) ? yes.of(at) : no.of(at);
      }
      case Binary binary when binary.operator().kind() == Operator.Kind.LOGICAL -> {
        Condition<P> left = condition(binary.left());
        Condition<P> right = condition(binary.right());
        yield binary.operator() == Operator.AND
            ? at -> left.of(at) && right.of(at)
            : at -> left.of(at) || right.of(at);
      }
      case Binary comparison
          when comparison.left().type() == Type.INT && comparison.right().type() == Type.INT -> {
        Whole<P> left = whole(comparison.left());
        Whole<P> right = whole(comparison.right());
        Operator operator = comparison.operator();
        yield at -> holds(operator, Integer.compare(left.of(at), right.of(at)));
      }
      case Binary comparison -> floats(comparison);
      default -> throw new AssertionError("no condition: " + tree);
    };
  }

  static boolean holds(Operator operator, int order) {
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

  final Whole<P> whole(Expression tree) {
    return switch (tree) {
      case IntLiteral literal -> at -> literal.value();
      case IntConstant constant -> at -> constant.value();
      case Name name -> variable(name.variable());
      case Negate negate -> {
        Whole<P> operand = whole(negate.operand());
        yield at -> -operand.of(at);
      }
      case Binary binary -> {
        Whole<P> left = whole(binary.left());
        Whole<P> right = whole(binary.right());
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
        Condition<P> condition = condition(conditional.condition());
        Whole<P> yes = whole(conditional.whenTrue());
        Whole<P> no = whole(conditional.whenFalse());
        yield at -> condition.of(at) ? yes.of(at) : no.of(at);
      }
      case Call call ->
          wholeCall(call.function(), call.operands().stream().map(this::whole).toList());
      case Lookup lookup -> {
        Whole<P> place = place(lookup);
        Table table = lookup.table();
        yield at -> table.intAt(place.of(at));
      }
      default -> throw new AssertionError("no int: " + tree);
    };
  }

  private Whole<P> wholeCall(BuiltIn function, List<Whole<P>> of) {
    Whole<P> first = of.getFirst();
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

  private Whole<P> variable(Variable variable) {
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

  final Whole<P> place(Lookup lookup) {
    Table table = lookup.table();
    Whole<P> last = whole(lookup.operands().getLast());
    if (table.indices() == 1) {
      return at -> table.place(0, last.of(at));
    }
    Whole<P> row = whole(lookup.operands().getFirst());
    return at -> table.place(row.of(at), last.of(at));
  }

  static int nearest(int index, int size) {
    return Arithmetic.nearest(index, size);
  }
}
