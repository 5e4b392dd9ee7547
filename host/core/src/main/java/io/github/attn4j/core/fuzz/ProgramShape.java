package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.expression.ExpressionDraw;
import io.github.attn4j.core.expression.ExpressionException;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.expression.Variable;
import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.spec.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * What of a problem is compiled into a program: two specs with one shape share the programs of all
 * kernels. All else varies at run time. A program takes half a second to compile and a case a
 * fiftieth of one to run, so a run draws few shapes and thousands of cases from each.
 *
 * @param queryHeads that a score's slopes are of; a shape without expressions takes any number
 * @param texts condition and score, each by head, and the names that they use
 */
record ProgramShape(
    ElementType queryType,
    ElementType keyValueType,
    int headDim,
    int valueDim,
    boolean paged,
    int queryHeads,
    FuzzMasks texts) {
  /**
   * Six OpenCL kernels take a program of every shape, and each shape has another one that only some
   * of its cases need: that of a block map where there is a condition, where there is none {@code
   * flash_query_lanes} in its second tuning. 35 at most; a run may have 40.
   */
  static final int COUNT = 5;

  private static final int[][] DIMS = {
    {32, 32}, {64, 64}, {40, 40}, {16, 80}, {64, 24}, {128, 128}, {33, 72}, {8, 5}
  };

  /**
   * What scores are made of. In s itself they grow by no more than twice what s does: a steeper one
   * makes thousands of hundreds, where float32 does not know the weights. What devices may round
   * their own way stands where that moves a score by as little.
   */
  private static final List<String> SCORES =
      List.of(
          "s + clamp(%s, -4.0, 4.0)", "s * clamp(%s, -2.0, 2.0)", "max(s, clamp(%s, -1.0, 1.0))");

  boolean anyHeads() {
    return texts.condition() == null && texts.score() == null;
  }

  /** The shapes of a run: every type of K and V, half of them paged, half with each expression. */
  static List<ProgramShape> draw(long seed) {
    Random random = new Random(new SplitMix64(seed, 'P').bits(0));
    List<ElementType> queryTypes =
        shuffled(
            random,
            List.of(
                ElementType.F32,
                ElementType.F32,
                ElementType.F16,
                ElementType.BF16,
                random.nextBoolean() ? ElementType.F32 : ElementType.F16));
    List<ElementType> keyTypes = shuffled(random, List.of(ElementType.values()));
    List<Boolean> pages = half(random);
    List<Boolean> conditions = half(random);
    List<Boolean> scores = half(random);
    List<ProgramShape> shapes = new ArrayList<>();
    for (int n = 0; n < COUNT; n++) {
      int[] dims = DIMS[random.nextInt(DIMS.length)];
      int heads = 1 + random.nextInt(4);
      FuzzMasks texts = texts(random, heads, conditions.get(n), scores.get(n));
      shapes.add(
          new ProgramShape(
              queryTypes.get(n), keyTypes.get(n), dims[0], dims[1], pages.get(n), heads, texts));
    }
    return List.copyOf(shapes);
  }

  private static List<Boolean> half(Random random) {
    return shuffled(random, List.of(true, true, false, false, random.nextBoolean()));
  }

  private static <T> List<T> shuffled(Random random, List<T> list) {
    List<T> copy = new ArrayList<>(list);
    Collections.shuffle(copy, random);
    return copy;
  }

  /** Each head has expressions of its own: one program then serves as many. */
  private static FuzzMasks texts(Random random, int heads, boolean condition, boolean score) {
    while (true) {
      ExpressionDraw draw = new ExpressionDraw(random.nextLong());
      List<String> conditions = new ArrayList<>();
      List<String> scores = new ArrayList<>();
      while (condition && conditions.size() < heads) {
        conditions.add(draw.mask().text());
      }
      while (score && scores.size() < heads) {
        ScoreExpression part = draw.score();
        boolean compares = part.text().matches(".*[<>=!?].*");
        boolean rounds = part.text().matches(".*\\b(exp|tanh|log2)\\(.*");
        if (!part.uses(Variable.S) && !(compares && rounds)) {
          scores.add(SCORES.get(random.nextInt(SCORES.size())).formatted(part.text()));
        }
      }
      @Nullable String hides = condition ? byHead(conditions) : null;
      @Nullable String changes = score ? byHead(scores) : null;
      try {
        if (hides != null) {
          MaskExpression.parse(hides, draw.bindings());
        }
        if (changes != null) {
          ScoreExpression.parse(changes, draw.bindings());
        }
        return FuzzMasks.named(hides, changes, draw.bindings());
      } catch (ExpressionException refused) {
        // One level too deep, say: the next draw will do.
      }
    }
  }

  private static String byHead(List<String> own) {
    StringBuilder text = new StringBuilder();
    for (int head = 0; head < own.size() - 1; head++) {
      text.append("h == %d ? (%s) : ".formatted(head, own.get(head)));
    }
    return text.append('(').append(own.getLast()).append(')').toString();
  }
}
