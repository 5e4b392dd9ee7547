package io.github.attn4j.core.expression;

import java.util.IdentityHashMap;

/**
 * A parsed expression with the text that its errors point into.
 *
 * @param tree what was meant
 * @param check finds what is certainly wrong with it
 */
record Source(Expression tree, StaticCheck check) {

  static Source parse(String text, Bindings bindings, boolean isScore) {
    Parser parser = new Parser(text, bindings, isScore);
    Expression tree = parser.parse();
    if (isScore != tree.type().isNumber()) {
      throw new ExpressionException(
          text,
          parser.positions().getOrDefault(tree, 0),
          isScore
              ? "a score must be a number, but this is a condition: a mask takes conditions"
              : "a mask must be a condition, but this is %s: compare it with something"
                  .formatted(tree.type().phrase()));
    }
    StaticCheck check = new StaticCheck(text, tree, parser.positions());
    check.anywhere();
    return new Source(tree, check);
  }

  /** Both conditions at once; what is wrong with either has been asked of it alone. */
  Source and(Source other) {
    Expression both = new Expression.Binary(Operator.AND, tree, other.tree);
    return new Source(
        both, new StaticCheck(ExpressionPrinter.print(both), both, new IdentityHashMap<>()));
  }

  /** Whether the tree names a variable. */
  static boolean uses(Expression tree, Variable variable) {
    return (tree instanceof Expression.Name name && name.variable() == variable)
        || tree.operands().stream().anyMatch(operand -> uses(operand, variable));
  }
}
