package io.github.attn4j.core.expression;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What masks and scores have in common: a checked tree over pairs. Equal where trees are equal. */
public abstract sealed class PairExpression permits MaskExpression, ScoreExpression {
  private final Source source;

  PairExpression(Source source) {
    this.source = source;
  }

  Source source() {
    return source;
  }

  /** What was meant. */
  public final Expression tree() {
    return source.tree();
  }

  /** The expression with no more brackets than it needs; parses to an equal one. */
  public final String text() {
    return ExpressionPrinter.print(source.tree());
  }

  /** Whether it names a variable. */
  public final boolean uses(Variable variable) {
    return Source.uses(source.tree(), variable);
  }

  /** Whether it divides a float, or by one: not every device rounds quotients correctly. */
  public final boolean dividesFloats() {
    return any(
        tree(),
        node ->
            node instanceof Expression.Binary binary
                && binary.operator() == Operator.DIVIDE
                && binary.type() == Type.FLOAT);
  }

  /** Whether what holds depends on how floats are rounded, or on what becomes of tiny ones. */
  public final boolean comparesFloats() {
    return any(tree(), PairExpression::isFloatComparison);
  }

  /**
   * Whether what holds depends on a value of exp, tanh or log2, which every device rounds its own
   * way.
   */
  public final boolean comparesTranscendentals() {
    return any(
        tree(), node -> isFloatComparison(node) && any(node, PairExpression::isTranscendental));
  }

  private static boolean isFloatComparison(Expression node) {
    return node instanceof Expression.Binary binary
        && binary.operator().kind() == Operator.Kind.COMPARISON
        && (binary.left().type() == Type.FLOAT || binary.right().type() == Type.FLOAT);
  }

  private static boolean isTranscendental(Expression node) {
    return node instanceof Expression.Call call
        && switch (call.function()) {
          case EXP, TANH, LOG2 -> true;
          case MIN, MAX, ABS, CLAMP, HASH, SLOPE -> false;
        };
  }

  private static boolean any(Expression tree, Predicate<Expression> wanted) {
    return wanted.test(tree) || tree.operands().stream().anyMatch(operand -> any(operand, wanted));
  }

  /** Bytes of the tables that it looks things up in, each counted once. */
  public final long tableBytes() {
    Set<Table> tables = Collections.newSetFromMap(new IdentityHashMap<>());
    addTables(tree(), tables);
    return tables.stream().mapToLong(table -> (long) Integer.BYTES * table.size()).sum();
  }

  private static void addTables(Expression tree, Set<Table> tables) {
    if (tree instanceof Expression.Lookup lookup) {
      tables.add(lookup.table());
    }
    tree.operands().forEach(operand -> addTables(operand, tables));
  }

  /**
   * Refuses what is certainly a mistake for a shape.
   *
   * @throws ExpressionException where a divisor is always 0, an index always out of range, or a
   *     result leaves 32 bits for a pair that was tried
   */
  public final void check(Domain domain) {
    source.check().over(domain);
  }

  /** Interval arithmetic over a block of pairs of one batch and head; both ends inclusive. */
  final RangeEvaluator ranges(
      Domain domain, int b, int h, int firstQuery, int lastQuery, int firstKey, int lastKey) {
    Region region = Region.of(domain, b, h, firstQuery, lastQuery, firstKey, lastKey);
    return new RangeEvaluator(region, RangeEvaluator.Findings.NONE);
  }

  @Override
  public final boolean equals(@Nullable Object other) {
    return other instanceof PairExpression that
        && getClass() == that.getClass()
        && tree().equals(that.tree());
  }

  @Override
  public final int hashCode() {
    return tree().hashCode();
  }

  @Override
  public final String toString() {
    return text();
  }
}
