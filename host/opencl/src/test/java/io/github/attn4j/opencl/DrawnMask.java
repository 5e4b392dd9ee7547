package io.github.attn4j.opencl;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.Expression;
import io.github.attn4j.core.expression.ExpressionDraw;
import io.github.attn4j.core.expression.ExpressionException;
import io.github.attn4j.core.expression.ExpressionPrinter;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.expression.Table;
import io.github.attn4j.core.expression.Variable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A random mask and the pairs to ask it about.
 *
 * @param seed of the draw
 * @param bindings constants and tables that its text names
 * @param mask the condition
 * @param domain shape; offsets and key lengths differ from batch to batch
 * @param allocatedKeys at least the longest key length, mostly more
 */
record DrawnMask(
    int seed, Bindings bindings, MaskExpression mask, Domain domain, int allocatedKeys) {
  /** Comparisons with exp, tanh and log2 that a seed may give before it is passed over. */
  private static final int SCORES_TRIED = 200;

  /** One that every machine answers alike, bit for bit. */
  static DrawnMask of(int seed) {
    ExpressionDraw draw = new ExpressionDraw(seed);
    return of(seed, draw, draw.mask());
  }

  /** One that compares a value of exp, tanh or log2, which devices may round their own way. */
  static DrawnMask rounding(int seed) {
    ExpressionDraw draw = new ExpressionDraw(seed);
    for (int tries = 0; tries < SCORES_TRIED; tries++) {
      ScoreExpression value = draw.score();
      if (!value.uses(Variable.S) && value.text().matches(".*\\b(exp|tanh|log2)\\(.*")) {
        String text = "(%s) < x * 0.5".formatted(value.text());
        try {
          return of(seed, draw, MaskExpression.parse(text, draw.bindings()));
        } catch (ExpressionException refused) {
          // One level too deep, say: the next draw will do.
        }
      }
    }
    throw new AssertionError("seed " + seed + " draws no value of exp, tanh or log2");
  }

  private static DrawnMask of(int seed, ExpressionDraw draw, MaskExpression mask) {
    SplittableRandom random = new SplittableRandom(~(long) seed);
    Domain small = draw.domain();
    Domain domain = random.nextInt(8) == 0 ? larger(small, random) : small;
    return new DrawnMask(
        seed, draw.bindings(), mask, domain, domain.mostKeys() + random.nextInt(40));
  }

  /** Blocks of 64 need more queries and keys than a draw has; and a batch may have no key. */
  private static Domain larger(Domain small, SplittableRandom random) {
    List<Integer> offsets = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    for (int b = 0; b < small.batch(); b++) {
      offsets.add(random.nextInt(-150, 150));
      lengths.add(random.nextInt(5) == 0 ? 0 : random.nextInt(1, 220));
    }
    return new Domain(
        small.batch(), small.heads(), random.nextInt(65, 150), List.copyOf(offsets), lengths);
  }

  /**
   * The same question with another condition.
   *
   * @throws io.github.attn4j.core.expression.ExpressionException where the parser refuses it
   */
  DrawnMask with(Expression tree) {
    return new DrawnMask(
        seed,
        bindings,
        MaskExpression.parse(ExpressionPrinter.print(tree), bindings),
        domain,
        allocatedKeys);
  }

  /** Everything needed to ask again. */
  String described() {
    return "seed %d, %s, %d keys allocated%n  %s%n  with %s"
        .formatted(seed, domain, allocatedKeys, mask, named(bindings, mask.text()));
  }

  /** The bindings that a text names. */
  static Map<String, String> named(Bindings bindings, String text) {
    Map<String, String> named = new TreeMap<>();
    bindings.constants().forEach((name, value) -> named.put(name, value.toString()));
    bindings.tables().forEach((name, table) -> named.put(name, contents(table)));
    named.keySet().retainAll(Arrays.asList(text.split("\\W+", -1)));
    return named;
  }

  private static String contents(Table table) {
    return "%s table of %d x %d".formatted(table.type(), table.rows(), table.columns());
  }
}
