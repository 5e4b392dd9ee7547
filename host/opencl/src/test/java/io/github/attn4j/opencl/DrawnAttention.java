package io.github.attn4j.opencl;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.Expression;
import io.github.attn4j.core.expression.ExpressionDraw;
import io.github.attn4j.core.expression.ExpressionException;
import io.github.attn4j.core.expression.ExpressionPrinter;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.expression.Variable;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Whole attention with random masks, random scores or both. Each head has expressions of its own: a
 * program then serves as many of them as there are heads, and compiling is what costs.
 *
 * @param seed of the draw
 * @param bindings constants and tables that the texts name
 * @param shape lengths, offsets and heads
 * @param dense which pairs take part besides, or what is added to their scores; null for neither
 * @param mask which pairs take part; null for all
 * @param score what becomes of scores; null for nothing
 */
record DrawnAttention(
    int seed,
    Bindings bindings,
    AttentionSpec shape,
    @Nullable Mask dense,
    @Nullable MaskExpression mask,
    @Nullable ScoreExpression score) {
  /** Query heads and key-value heads. */
  private static final int[][] HEADS = {{1, 1}, {3, 3}, {2, 1}, {4, 2}, {6, 2}};

  /**
   * What scores are made of. In s itself they are as smooth as the dot products' rounding needs:
   * each grows by no more than twice what s does. What a device may round its own way stands where
   * that moves a score by as little.
   */
  private static final List<String> SCORES =
      List.of(
          "s + clamp(%s, -4.0, 4.0)", "s * clamp(%s, -2.0, 2.0)", "max(s, clamp(%s, -1.0, 1.0))");

  /**
   * Every third has no score, every third no mask; every fourth decodes, every fifth has several
   * hundred keys; about a third has a dense mask besides.
   */
  static DrawnAttention of(int seed) {
    ExpressionDraw draw = new ExpressionDraw(1_000_000L + seed);
    SplittableRandom random = new SplittableRandom(seed);
    AttentionSpec shape = shape(draw.domain().batch(), seed % 4 == 3, seed % 5 == 2, random);
    Mask dense = random.nextInt(3) == 0 ? dense(shape, random) : null;
    while (true) {
      try {
        MaskExpression mask = seed % 3 == 1 ? null : mask(draw, shape.queryHeads());
        ScoreExpression score = seed % 3 == 0 ? null : score(draw, random, shape.queryHeads());
        DrawnAttention drawn = new DrawnAttention(seed, draw.bindings(), shape, dense, mask, score);
        drawn.spec();
        return drawn;
      } catch (ExpressionException refused) {
        // Certainly wrong for this shape, an overflow say: the next draw will do.
      }
    }
  }

  /** One for all batches and heads, or one for each; of biases none hides anything. */
  private static Mask dense(AttentionSpec shape, SplittableRandom random) {
    int batch = random.nextBoolean() ? 1 : shape.batch();
    int heads = random.nextBoolean() ? 1 : shape.queryHeads();
    int queries = shape.queryLength();
    int keys = shape.kvLength();
    int pairs = batch * heads * queries * keys;
    if (random.nextBoolean()) {
      boolean[] visible = new boolean[pairs];
      for (int pair = 0; pair < pairs; pair++) {
        visible[pair] = random.nextInt(4) > 0;
      }
      return new Mask.DenseBoolean(DenseMask.ofBooleans(batch, heads, queries, keys, visible));
    }
    float[] biases = new float[pairs];
    for (int pair = 0; pair < pairs; pair++) {
      biases[pair] = (float) random.nextDouble(-4, 4);
    }
    return new Mask.DenseAdditive(DenseMask.ofFloats(batch, heads, queries, keys, biases));
  }

  private static AttentionSpec shape(
      int batch, boolean decodes, boolean isLong, SplittableRandom random) {
    int queries = decodes ? 1 : random.nextInt(2, 100);
    int keys = queries + (isLong ? random.nextInt(250, 400) : random.nextInt(1, 60));
    if (!decodes && !isLong && random.nextInt(3) == 0) {
      keys = random.nextInt(1, queries);
    }
    List<Integer> offsets = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      lengths.add(random.nextInt(8) == 0 ? 0 : random.nextInt((keys + 1) / 2, keys + 1));
      offsets.add(random.nextInt(-30, keys + 1));
    }
    int[] heads = HEADS[random.nextInt(HEADS.length)];
    return AttentionSpec.builder()
        .batch(batch)
        .heads(heads[0], heads[1])
        .lengths(queries, keys)
        .dim(random.nextBoolean() ? 32 : 64)
        .queryOffsets(offsets)
        .keyLengths(lengths)
        .build();
  }

  private static MaskExpression mask(ExpressionDraw draw, int heads) {
    List<String> own = new ArrayList<>();
    while (own.size() < heads) {
      own.add(draw.mask().text());
    }
    return MaskExpression.parse(byHead(own), draw.bindings());
  }

  private static ScoreExpression score(ExpressionDraw draw, SplittableRandom random, int heads) {
    List<String> own = new ArrayList<>();
    while (own.size() < heads) {
      ScoreExpression part = draw.score();
      boolean compares = part.text().matches(".*[<>=!?].*");
      boolean rounds = part.text().matches(".*\\b(exp|tanh|log2)\\(.*");
      if (!part.uses(Variable.S) && !(compares && rounds)) {
        own.add(SCORES.get(random.nextInt(SCORES.size())).formatted(part.text()));
      }
    }
    return ScoreExpression.parse(byHead(own), draw.bindings());
  }

  private static String byHead(List<String> own) {
    StringBuilder text = new StringBuilder();
    for (int head = 0; head < own.size() - 1; head++) {
      text.append("h == %d ? (%s) : ".formatted(head, own.get(head)));
    }
    return text.append('(').append(own.getLast()).append(')').toString();
  }

  /**
   * The problem.
   *
   * @throws ExpressionException where an expression is certainly wrong for the shape
   */
  AttentionSpec spec() {
    Mask condition = mask == null ? Mask.none() : Mask.expression(mask);
    return shape.toBuilder()
        .mask(dense == null ? condition : condition.and(dense))
        .scoreModifier(score == null ? ScoreModifier.none() : ScoreModifier.expression(score))
        .build();
  }

  /** The problem with its data: every other one has NaN in what nobody may look at. */
  AttentionInputs inputs() {
    return AttentionInputs.generate(
        spec(), seed % 2 == 0 ? InputFamily.NORMAL : InputFamily.POISON_NAN, seed);
  }

  /**
   * With another mask.
   *
   * @throws ExpressionException where the parser refuses it
   */
  DrawnAttention withMask(Expression tree) {
    MaskExpression other = MaskExpression.parse(ExpressionPrinter.print(tree), bindings);
    return new DrawnAttention(seed, bindings, shape, dense, other, score);
  }

  /**
   * With another score.
   *
   * @throws ExpressionException where the parser refuses it
   */
  DrawnAttention withScore(Expression tree) {
    ScoreExpression other = ScoreExpression.parse(ExpressionPrinter.print(tree), bindings);
    return new DrawnAttention(seed, bindings, shape, dense, mask, other);
  }

  /** With scores as they are. */
  DrawnAttention withoutScore() {
    return new DrawnAttention(seed, bindings, shape, dense, mask, null);
  }

  /** With no condition. */
  DrawnAttention withoutMask() {
    return new DrawnAttention(seed, bindings, shape, dense, null, score);
  }

  /** With no dense mask. */
  DrawnAttention withoutDense() {
    return new DrawnAttention(seed, bindings, shape, null, mask, score);
  }

  /** Everything needed to ask again. */
  String described() {
    return "seed %d, %s, %s%n  beside a dense mask: %s%n  mask %s%n  score %s%n  with %s"
        .formatted(
            seed,
            shape.label(),
            shape.domain(),
            dense == null ? "no" : dense.getClass().getSimpleName(),
            mask,
            score,
            DrawnMask.named(bindings, mask + " " + score));
  }
}
