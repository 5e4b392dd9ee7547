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
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * A seeded draw of expressions, of the names they use, and of shapes to ask them over, for tests of
 * every reader of the language. Masks hold nothing that rounds differently on another machine, so
 * that two machines agree on every pair; scores may hold exp, tanh and log2.
 */
public final class ExpressionDraw {
  private static final int DEPTH = 4;

  private final SplittableRandom random;
  private final Domain domain;
  private final Bindings bindings;

  /** Whether the score and functions that round differently elsewhere may be used. */
  private boolean forScore;

  /** A draw of its own for each seed. */
  public ExpressionDraw(long seed) {
    random = new SplittableRandom(seed);
    int batch = 1 + below(2);
    List<Integer> offsets = new ArrayList<>();
    List<Integer> keyLengths = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      offsets.add(below(3) == 0 ? 0 : below(80) - 40);
      keyLengths.add(1 + below(48));
    }
    domain = new Domain(batch, 1 + below(3), 1 + below(48), offsets, keyLengths);
    bindings =
        Bindings.none()
            .with("w", below(20))
            .with("negative", -1 - below(9))
            .with("x", below(64) / 8f)
            .with("doc", Table.ofInts(batch, 48, documents(batch)))
            .with("ids", Table.ofInts(ints(1 + below(100))))
            .with("bias", Table.ofFloats(3, 7, floats(21)))
            .with("row", Table.ofFloats(floats(1 + below(70))));
  }

  /** A shape: small, with offsets and key lengths of its own for each batch. */
  public Domain domain() {
    return domain;
  }

  /** The names that this draw's expressions use. */
  public Bindings bindings() {
    return bindings;
  }

  /** A mask that its parser accepts. */
  public MaskExpression mask() {
    while (true) {
      String text = ExpressionPrinter.print(maskTree());
      try {
        return MaskExpression.parse(text, bindings);
      } catch (ExpressionException refused) {
        // A constant division by 0, for example: the next draw will do.
      }
    }
  }

  /** A score that its parser accepts. */
  public ScoreExpression score() {
    while (true) {
      String text = ExpressionPrinter.print(scoreTree());
      try {
        return ScoreExpression.parse(text, bindings);
      } catch (ExpressionException refused) {
        // As above.
      }
    }
  }

  /** A mask as a tree, which the static check may refuse. */
  Expression maskTree() {
    forScore = false;
    return condition(DEPTH);
  }

  /** A score as a tree, which the static check may refuse. */
  Expression scoreTree() {
    forScore = true;
    return number(DEPTH);
  }

  private Expression condition(int depth) {
    if (depth <= 1) {
      return comparison(depth);
    }
    return switch (below(8)) {
      case 0, 1 -> new Binary(Operator.AND, condition(depth - 1), condition(depth - 1));
      case 2, 3 -> new Binary(Operator.OR, condition(depth - 1), condition(depth - 1));
      case 4 -> new Not(condition(depth - 1));
      case 5 ->
          below(3) == 0
              ? new Conditional(condition(depth - 1), condition(depth - 1), condition(depth - 1))
              : comparison(depth);
      default -> comparison(depth);
    };
  }

  private Expression comparison(int depth) {
    Operator operator =
        pick(Operator.LT, Operator.LE, Operator.GT, Operator.GE, Operator.EQ, Operator.NE);
    return switch (below(4)) {
      // What masks are made of, more often than chance would make it.
      case 0 -> new Binary(operator, distance(), new IntLiteral(below(24)));
      case 1 -> {
        Expression size = new IntLiteral(1 + below(16));
        Operator both = pick(Operator.DIVIDE, Operator.MODULO);
        yield new Binary(
            operator,
            new Binary(both, name(Variable.K), size),
            new Binary(both, name(Variable.P), size));
      }
      case 2 -> new Binary(operator, number(depth - 1), number(depth - 1));
      default -> new Binary(operator, integer(depth - 1), integer(depth - 1));
    };
  }

  private Expression distance() {
    Expression difference = new Binary(Operator.SUBTRACT, name(Variable.P), name(Variable.K));
    return below(3) == 0 ? new Call(BuiltIn.ABS, List.of(difference)) : difference;
  }

  private Expression number(int depth) {
    return below(3) == 0 ? integer(depth) : real(depth);
  }

  private Expression integer(int depth) {
    if (depth <= 0) {
      return integerLeaf();
    }
    Supplier<Expression> part = () -> integer(depth - 1);
    return switch (below(16)) {
      case 0, 1 -> new Binary(Operator.ADD, part.get(), part.get());
      case 2, 3 -> new Binary(Operator.SUBTRACT, part.get(), part.get());
      case 4 -> new Binary(Operator.MULTIPLY, part.get(), part.get());
      case 5 -> new Binary(Operator.DIVIDE, part.get(), part.get());
      case 6 -> new Binary(Operator.MODULO, part.get(), part.get());
      case 7 -> new Negate(part.get());
      case 8 -> new Conditional(condition(depth - 1), part.get(), part.get());
      case 9 -> new Call(pick(BuiltIn.MIN, BuiltIn.MAX), List.of(part.get(), part.get()));
      case 10 -> new Call(BuiltIn.CLAMP, List.of(part.get(), part.get(), part.get()));
      case 11 -> new Call(BuiltIn.ABS, List.of(part.get()));
      case 12 -> {
        List<Expression> words = new ArrayList<>();
        for (int count = 1 + below(4); count > 0; count--) {
          words.add(part.get());
        }
        Expression hash = new Call(BuiltIn.HASH, words);
        yield below(4) == 0
            ? hash
            : new Binary(Operator.MODULO, hash, new IntLiteral(1 + below(9)));
      }
      case 13 -> lookup("doc", name(Variable.B), part.get());
      case 14 -> lookup("ids", part.get());
      default -> integerLeaf();
    };
  }

  private Expression integerLeaf() {
    return switch (below(9)) {
      case 0 -> new IntLiteral(below(4) == 0 ? below(Integer.MAX_VALUE) : below(64));
      case 1 -> constant("w");
      case 2 -> constant("negative");
      case 3 -> name(pick(Variable.B, Variable.H));
      case 4 -> name(pick(Variable.NQ, Variable.NK));
      case 5 -> name(Variable.Q);
      case 6 -> name(Variable.P);
      default -> name(Variable.K);
    };
  }

  private Expression real(int depth) {
    if (depth <= 0) {
      return realLeaf();
    }
    Supplier<Expression> part = () -> number(depth - 1);
    return switch (below(13)) {
      case 0, 1 -> new Binary(Operator.ADD, part.get(), real(depth - 1));
      case 2 -> new Binary(Operator.SUBTRACT, real(depth - 1), part.get());
      case 3, 4 -> new Binary(Operator.MULTIPLY, part.get(), real(depth - 1));
      case 5 -> new Binary(Operator.DIVIDE, real(depth - 1), part.get());
      case 6 -> new Negate(real(depth - 1));
      case 7 -> new Conditional(condition(depth - 1), part.get(), real(depth - 1));
      case 8 -> new Call(pick(BuiltIn.MIN, BuiltIn.MAX), List.of(part.get(), real(depth - 1)));
      case 9 -> new Call(BuiltIn.CLAMP, List.of(real(depth - 1), part.get(), part.get()));
      case 10 ->
          forScore
              ? new Call(pick(BuiltIn.EXP, BuiltIn.TANH, BuiltIn.LOG2), List.of(part.get()))
              : new Call(BuiltIn.ABS, List.of(real(depth - 1)));
      case 11 -> lookup("bias", name(Variable.H), integer(depth - 1));
      default -> realLeaf();
    };
  }

  private Expression realLeaf() {
    return switch (below(6)) {
      case 0 -> new FloatLiteral(below(800) / 8f);
      case 1 -> new FloatLiteral((float) random.nextDouble(10));
      case 2 -> constant("x");
      case 3 -> new Call(BuiltIn.SLOPE, List.of(name(Variable.H)));
      case 4 -> lookup("row", name(pick(Variable.Q, Variable.P, Variable.K)));
      default ->
          forScore ? name(Variable.S) : new Binary(Operator.MULTIPLY, distance(), constant("x"));
    };
  }

  private Expression lookup(String table, Expression... indices) {
    return new Lookup(table, bindings.table(table), List.of(indices));
  }

  private Expression constant(String name) {
    return switch (bindings.constants().get(name)) {
      case Integer value -> new IntConstant(name, value);
      case Float value -> new FloatConstant(name, value);
      case null, default -> throw new AssertionError(name);
    };
  }

  private static Expression name(Variable variable) {
    return new Name(variable);
  }

  private int[] documents(int batch) {
    int[] ids = new int[batch * 48];
    for (int index = 1; index < ids.length; index++) {
      ids[index] = index % 48 == 0 ? 0 : ids[index - 1] + (below(9) == 0 ? 1 : 0);
    }
    return ids;
  }

  private int[] ints(int count) {
    int[] values = new int[count];
    for (int index = 0; index < count; index++) {
      values[index] = below(8) == 0 ? random.nextInt() : below(12) - 4;
    }
    return values;
  }

  private float[] floats(int count) {
    float[] values = new float[count];
    for (int index = 0; index < count; index++) {
      values[index] =
          switch (below(40)) {
            case 0 -> Float.NaN;
            case 1 -> Float.NEGATIVE_INFINITY;
            case 2 -> -0f;
            default -> (float) random.nextDouble(-4, 4);
          };
    }
    return values;
  }

  private int below(int bound) {
    return random.nextInt(bound);
  }

  @SafeVarargs
  private <T> T pick(T... from) {
    return from[below(from.length)];
  }
}
