package io.github.attn4j.core.expression;

import io.github.attn4j.core.expression.Expression.Lookup;
import java.util.IdentityHashMap;

/**
 * Finds what is certainly a mistake without running anything: a divisor that is 0 and an index that
 * is out of range for every pair, and a result that leaves 32 bits for some pair. Only what is
 * proved is refused: interval arithmetic overestimates, so an overflow that it suspects needs a
 * pair as its witness.
 */
final class StaticCheck {
  /** Pairs tried beside the corners, where most overflows show. */
  private static final int TRIED_PAIRS = 256;

  private final String text;
  private final Expression tree;
  private final IdentityHashMap<Expression, Integer> positions;

  StaticCheck(String text, Expression tree, IdentityHashMap<Expression, Integer> positions) {
    this.text = text;
    this.tree = tree;
    this.positions = positions;
  }

  /** What is wrong whatever the problem's shape. */
  void anywhere() {
    Listener listener = new Listener("");
    evaluate(Region.ANY, listener);
  }

  /** What is wrong for one problem. */
  void over(Domain domain) {
    if (domain.mostKeys() == 0) {
      return;
    }
    Listener listener = new Listener("");
    evaluate(Region.whole(domain), listener);
    if (listener.suspectsOverflow) {
      for (int corner = 0; corner < 16; corner++) {
        tryPair(domain, corner, Integer.MAX_VALUE);
      }
      for (int index = 0; index < TRIED_PAIRS; index++) {
        tryPair(domain, -1, index);
      }
    }
  }

  private void tryPair(Domain domain, int corner, int index) {
    int b = pick(domain.batch(), corner, 0, index);
    int queries = domain.queries(b);
    int keys = domain.keys(b);
    if (queries == 0 || keys == 0) {
      return;
    }
    int h = pick(domain.heads(), corner, 1, index);
    int q = pick(queries, corner, 2, index);
    int k = pick(keys, corner, 3, index);
    evaluate(
        Region.of(domain, b, h, q, q, k, k),
        new Listener(
            " at b = %d, h = %d, q = %d (p = %d), k = %d"
                .formatted(b, h, q, domain.position(b, q), k)));
  }

  private static int pick(int size, int corner, int bit, int index) {
    if (corner >= 0) {
      return (corner >> bit & 1) == 0 ? 0 : size - 1;
    }
    return Arithmetic.hash(index, bit) % size;
  }

  private void evaluate(Region region, Listener listener) {
    RangeEvaluator evaluator = new RangeEvaluator(region, listener);
    switch (tree.type()) {
      case BOOL -> evaluator.truth(tree);
      case INT, FLOAT -> evaluator.floats(tree);
    }
  }

  private ExpressionException error(Expression at, String problem) {
    return new ExpressionException(text, positions.getOrDefault(at, 0), problem);
  }

  /** A place is where one pair is tried; there, only overflow is wrong: the rest is defined. */
  private final class Listener implements RangeEvaluator.Findings {
    private final String place;
    private boolean suspectsOverflow;

    Listener(String place) {
      this.place = place;
    }

    @Override
    public void dividesByZero(Expression division) {
      if (place.isEmpty()) {
        throw error(division, "the divisor is 0 for every pair");
      }
    }

    @Override
    public void indexOutside(Lookup lookup, int which, IntRange index, int size) {
      if (place.isEmpty()) {
        throw error(
            lookup.operands().get(which),
            "table %s has indices 0 to %d here, but this one is never less than %d nor more than %d"
                .formatted(lookup.name(), size - 1, index.least(), index.greatest()));
      }
    }

    @Override
    public void overflows(Expression operation, IntRange result) {
      suspectsOverflow = true;
      if (result.overflowsAlways()) {
        String value =
            result.isSingle() ? Long.toString(result.least()) : "too large or too small everywhere";
        throw error(
            operation,
            "this is %s%s, but ints go from -2147483648 to 2147483647".formatted(value, place));
      }
    }
  }
}
