package io.github.attn4j.core.expression;

import java.util.List;

/**
 * The tree of a mask or score expression. Every reader of the language works on it: {@link
 * PairCompiler}, {@link RangeEvaluator}, {@link OpenClSource}, {@link ExpressionPrinter}.
 *
 * <p>Constructors hold the typing rules, so that a tree that exists is well typed; ints become
 * floats where they meet one, without a node of their own. Trees know nothing of positions in a
 * text, so two texts that mean the same tree give equal trees.
 */
public sealed interface Expression {

  /** The type of the value. */
  Type type();

  /** Direct operands, left to right. */
  List<Expression> operands();

  /** An int of 0 or more, as written; negative ones are negations. */
  record IntLiteral(int value) implements Expression {
    /** Checks the sign. */
    public IntLiteral {
      require(value >= 0, "a literal has no sign: negate it");
    }

    @Override
    public Type type() {
      return Type.INT;
    }

    @Override
    public List<Expression> operands() {
      return List.of();
    }
  }

  /** A finite float of 0 or more, as written. */
  record FloatLiteral(float value) implements Expression {
    /** Checks sign and finiteness. */
    public FloatLiteral {
      require(
          Float.isFinite(value) && Float.floatToRawIntBits(value) >= 0,
          "a literal is finite and has no sign");
    }

    @Override
    public Type type() {
      return Type.FLOAT;
    }

    @Override
    public List<Expression> operands() {
      return List.of();
    }
  }

  /** An int that the user named. */
  record IntConstant(String name, int value) implements Expression {
    @Override
    public Type type() {
      return Type.INT;
    }

    @Override
    public List<Expression> operands() {
      return List.of();
    }
  }

  /** A float that the user named; finite. */
  record FloatConstant(String name, float value) implements Expression {
    @Override
    public Type type() {
      return Type.FLOAT;
    }

    @Override
    public List<Expression> operands() {
      return List.of();
    }
  }

  /** One of the names that every pair binds. */
  record Name(Variable variable) implements Expression {
    @Override
    public Type type() {
      return variable.type();
    }

    @Override
    public List<Expression> operands() {
      return List.of();
    }
  }

  /** Unary minus. */
  record Negate(Expression operand) implements Expression {
    /** Checks that there is a number to negate. */
    public Negate {
      require(operand.type().isNumber(), "'-' needs a number, not a condition");
    }

    @Override
    public Type type() {
      return operand.type();
    }

    @Override
    public List<Expression> operands() {
      return List.of(operand);
    }
  }

  /** The opposite of a condition. */
  record Not(Expression operand) implements Expression {
    /** Checks that there is a condition. */
    public Not {
      require(operand.type() == Type.BOOL, "'!' needs a condition, not " + operand.type().phrase());
    }

    @Override
    public Type type() {
      return Type.BOOL;
    }

    @Override
    public List<Expression> operands() {
      return List.of(operand);
    }
  }

  /** An operator between two operands. */
  record Binary(Operator operator, Expression left, Expression right) implements Expression {
    /** Checks the operands' types. */
    public Binary {
      if (operator.kind() == Operator.Kind.LOGICAL) {
        require(
            left.type() == Type.BOOL && right.type() == Type.BOOL,
            "'%s' needs a condition on both sides, but has %s and %s"
                .formatted(operator.symbol(), left.type().phrase(), right.type().phrase()));
      } else {
        require(
            left.type().isNumber() && right.type().isNumber(),
            "'%s' needs a number on both sides, but has %s and %s%s"
                .formatted(
                    operator.symbol(),
                    left.type().phrase(),
                    right.type().phrase(),
                    operator.kind() == Operator.Kind.COMPARISON
                        ? ": join conditions with && and ||"
                        : ""));
      }
      require(
          operator != Operator.MODULO || (left.type() == Type.INT && right.type() == Type.INT),
          "'%' needs an int on both sides, but has %s and %s"
              .replaceFirst("%s", left.type().phrase())
              .replaceFirst("%s", right.type().phrase()));
    }

    @Override
    public Type type() {
      if (operator.kind() != Operator.Kind.ARITHMETIC) {
        return Type.BOOL;
      }
      return common(left.type(), right.type());
    }

    @Override
    public List<Expression> operands() {
      return List.of(left, right);
    }
  }

  /** One of two values, by a condition. */
  record Conditional(Expression condition, Expression whenTrue, Expression whenFalse)
      implements Expression {
    /** Checks the condition and that both values are numbers, or both conditions. */
    public Conditional {
      require(
          condition.type() == Type.BOOL,
          "'?' needs a condition before it, not " + condition.type().phrase());
      require(
          whenTrue.type().isNumber() == whenFalse.type().isNumber(),
          "'? :' needs two numbers or two conditions, but has %s and %s"
              .formatted(whenTrue.type().phrase(), whenFalse.type().phrase()));
    }

    @Override
    public Type type() {
      return common(whenTrue.type(), whenFalse.type());
    }

    @Override
    public List<Expression> operands() {
      return List.of(condition, whenTrue, whenFalse);
    }
  }

  /** A function's value. */
  record Call(BuiltIn function, List<Expression> operands) implements Expression {
    /** Checks number and types of the arguments. */
    public Call {
      operands = List.copyOf(operands);
      require(
          operands.size() >= function.leastArguments()
              && operands.size() <= function.mostArguments(),
          "%s takes %s, not %d"
              .formatted(function.text(), function.arityPhrase(), operands.size()));
      for (Expression operand : operands) {
        require(
            function.takesIntsOnly() ? operand.type() == Type.INT : operand.type().isNumber(),
            "%s takes %s, not %s"
                .formatted(
                    function.text(),
                    function.takesIntsOnly() ? "ints" : "numbers",
                    operand.type().phrase()));
      }
    }

    @Override
    public Type type() {
      if (function.yieldsFloat()) {
        return Type.FLOAT;
      }
      Type type = Type.INT;
      for (Expression operand : operands) {
        type = common(type, operand.type());
      }
      return type;
    }
  }

  /** An element of a table; an index out of range counts as the nearest one in range. */
  record Lookup(String name, Table table, List<Expression> operands) implements Expression {
    /** Checks number and types of the indices. */
    public Lookup {
      operands = List.copyOf(operands);
      require(
          operands.size() == table.indices(),
          "table %s takes %s, not %d"
              .formatted(
                  name, table.indices() == 1 ? "one index" : "two indices", operands.size()));
      for (Expression operand : operands) {
        require(
            operand.type() == Type.INT,
            "table %s takes ints as indices, not %s".formatted(name, operand.type().phrase()));
      }
    }

    @Override
    public Type type() {
      return table.type();
    }
  }

  private static Type common(Type first, Type second) {
    return first == Type.FLOAT ? first : second;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
