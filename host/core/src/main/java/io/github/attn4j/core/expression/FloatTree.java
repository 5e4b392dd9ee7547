package io.github.attn4j.core.expression;

import io.github.attn4j.core.expression.Expression.Binary;
import io.github.attn4j.core.expression.Expression.Call;
import io.github.attn4j.core.expression.Expression.Conditional;
import io.github.attn4j.core.expression.Expression.FloatConstant;
import io.github.attn4j.core.expression.Expression.FloatLiteral;
import io.github.attn4j.core.expression.Expression.Lookup;
import io.github.attn4j.core.expression.Expression.Name;
import io.github.attn4j.core.expression.Expression.Negate;

/** Functions of a tree's nodes whose floats are float32, each operation rounded. */
final class FloatTree extends PairTree<PairTree.Pair> {
  FloatTree(Domain domain) {
    super(domain);
  }

  /** A float's value; those that name the score know its pair. */
  interface Single {
    float of(Pair at);
  }

  /** A pair and its score so far. */
  static final class Scored extends Pair {
    private final float s;

    Scored(float s, int b, int h, int q, int p, int k) {
      super(b, h, q, p, k);
      this.s = s;
    }
  }

  Single single(Expression tree) {
    if (tree.type() == Type.INT) {
      Whole<Pair> whole = whole(tree);
      return at -> whole.of(at);
    }
    return switch (tree) {
      case FloatLiteral literal -> at -> literal.value();
      case FloatConstant constant -> at -> constant.value();
      case Name score -> at -> ((Scored) at).s;
      case Negate negate -> {
        Single operand = single(negate.operand());
        yield at -> -operand.of(at);
      }
      case Binary binary -> binary(binary);
      case Conditional conditional -> {
        Condition<Pair> condition = condition(conditional.condition());
        Single yes = single(conditional.whenTrue());
        Single no = single(conditional.whenFalse());
        yield at -> condition.of(at) ? yes.of(at) : no.of(at);
      }
      case Call call -> call(call);
      case Lookup lookup -> {
        Whole<Pair> place = place(lookup);
        Table table = lookup.table();
        yield at -> table.floatAt(place.of(at));
      }
      default -> throw new AssertionError("no float: " + tree);
    };
  }

  private Single binary(Binary binary) {
    Single left = single(binary.left());
    Single right = single(binary.right());
    return switch (binary.operator()) {
      case ADD -> at -> left.of(at) + right.of(at);
      case SUBTRACT -> at -> left.of(at) - right.of(at);
      case MULTIPLY -> at -> left.of(at) * right.of(at);
      case DIVIDE -> at -> left.of(at) / right.of(at);
      default -> throw new AssertionError("no float: " + binary);
    };
  }

  private Single call(Call call) {
    if (call.function() == BuiltIn.SLOPE) {
      float[] slopes = AlibiSlopes.of(domain().heads());
      Whole<Pair> head = whole(call.operands().getFirst());
      return at -> slopes[nearest(head.of(at), slopes.length)];
    }
    Single first = single(call.operands().getFirst());
    return switch (call.function()) {
      case MIN -> {
        Single second = single(call.operands().get(1));
        yield at -> Arithmetic.min(first.of(at), second.of(at));
      }
      case MAX -> {
        Single second = single(call.operands().get(1));
        yield at -> Arithmetic.max(first.of(at), second.of(at));
      }
      case CLAMP -> {
        Single low = single(call.operands().get(1));
        Single high = single(call.operands().get(2));
        yield at -> Arithmetic.clamp(first.of(at), low.of(at), high.of(at));
      }
      case ABS -> at -> Math.abs(first.of(at));
      case EXP -> at -> Arithmetic.exp(first.of(at));
      case TANH -> at -> Arithmetic.tanh(first.of(at));
      case LOG2 -> at -> Arithmetic.log2(first.of(at));
      case HASH, SLOPE -> throw new AssertionError("no float: " + call);
    };
  }

  @Override
  Condition<Pair> floats(Binary comparison) {
    Single left = single(comparison.left());
    Single right = single(comparison.right());
    // Java's operators are IEEE 754's: NaN fails all but !=.
    return switch (comparison.operator()) {
      case LT -> at -> left.of(at) < right.of(at);
      case LE -> at -> left.of(at) <= right.of(at);
      case GT -> at -> left.of(at) > right.of(at);
      case GE -> at -> left.of(at) >= right.of(at);
      case EQ -> at -> left.of(at) == right.of(at);
      case NE -> at -> left.of(at) != right.of(at);
      default -> throw new AssertionError("no comparison: " + comparison);
    };
  }
}
