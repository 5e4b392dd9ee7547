package io.github.attn4j.core.expression;

import io.github.attn4j.core.expression.Expression.Binary;
import io.github.attn4j.core.expression.Expression.Call;
import io.github.attn4j.core.expression.Expression.Conditional;
import io.github.attn4j.core.expression.Expression.IntLiteral;
import io.github.attn4j.core.expression.Expression.Lookup;
import io.github.attn4j.core.expression.Expression.Negate;
import io.github.attn4j.core.expression.Expression.Not;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Makes a failing expression as small as it fails, so that a person can see why. */
public final class ExpressionShrink {
  private ExpressionShrink() {}

  /**
   * A tree that still fails, none of whose parts can be replaced by one of its own operands or by
   * 0.
   *
   * @param fails asked of smaller trees of the same type; an exception of its own passes through
   */
  public static Expression smallest(Expression failing, Predicate<Expression> fails) {
    Expression smallest = failing;
    boolean shrunk;
    do {
      shrunk = false;
      for (Expression candidate : smaller(smallest)) {
        if (fails.test(candidate)) {
          smallest = candidate;
          shrunk = true;
          break;
        }
      }
    } while (shrunk);
    return smallest;
  }

  /** Trees of the same type with one part less; boldest first. */
  private static List<Expression> smaller(Expression tree) {
    List<Expression> candidates = new ArrayList<>();
    if (tree.type() == Type.INT && !tree.operands().isEmpty()) {
      candidates.add(new IntLiteral(0));
    }
    for (Expression operand : tree.operands()) {
      if (operand.type() == tree.type()) {
        candidates.add(operand);
      }
    }
    for (int index = 0; index < tree.operands().size(); index++) {
      for (Expression operand : smaller(tree.operands().get(index))) {
        List<Expression> operands = new ArrayList<>(tree.operands());
        operands.set(index, operand);
        candidates.add(with(tree, operands));
      }
    }
    return candidates;
  }

  private static Expression with(Expression tree, List<Expression> operands) {
    return switch (tree) {
      case Negate negate -> new Negate(operands.getFirst());
      case Not not -> new Not(operands.getFirst());
      case Binary binary -> new Binary(binary.operator(), operands.get(0), operands.get(1));
      case Conditional conditional ->
          new Conditional(operands.get(0), operands.get(1), operands.get(2));
      case Call call -> new Call(call.function(), operands);
      case Lookup lookup -> new Lookup(lookup.name(), lookup.table(), operands);
      default -> throw new AssertionError("no operands: " + tree);
    };
  }
}
