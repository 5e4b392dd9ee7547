package io.github.attn4j.core.check;

import io.github.attn4j.core.check.AttentionProperties.Attention;
import io.github.attn4j.core.check.AttentionProperties.Violation;
import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.expression.Table;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What must hold between two runs of any attention that takes expressions: the same mask said in
 * another way, keys in another order, parts put together. Few texts, since each costs a device a
 * compilation; the shapes around them are drawn.
 */
public final class ExpressionProperties {
  private static final List<String> CONDITIONS =
      List.of("k <= p && p - k < 70", "(p + 2 * k) % 5 != 0 || k < 4", "k / 32 != h + p / 32");
  private static final List<String> SCORES =
      List.of("s - slope(h) * abs(p - k)", "1.5 * s + 0.25 * (k % 7)");

  private ExpressionProperties() {}

  /** Every property once; empty if all hold. */
  public static List<Violation> checkAll(Attention attention, long seed) {
    List<Violation> violations = new ArrayList<>();
    violations.addAll(causalCondition(attention, seed));
    violations.addAll(denseCondition(attention, seed));
    violations.addAll(shiftedScores(attention, seed));
    violations.addAll(permutedKeys(attention, seed));
    violations.addAll(splitKeys(attention, seed));
    violations.addAll(poisonedHiddenPairs(attention, seed));
    return violations;
  }

  /** {@code k <= p} is the causal mask, bit for bit. */
  public static List<Violation> causalCondition(Attention attention, long seed) {
    AttentionSpec causal = shape(new ProblemDraw(seed, 'A')).mask(Mask.causal()).build();
    AttentionInputs inputs = AttentionInputs.generate(causal, InputFamily.NORMAL, seed);
    AttentionSpec condition = causal.toBuilder().mask(mask("k <= p")).build();
    RowComparison comparison = new RowComparison("causalCondition", seed);
    comparison.sameBits(
        condition,
        "saying causal as k <= p",
        attention.apply(inputs),
        attention.apply(inputs.withSpec(condition)));
    return comparison.violations();
  }

  /** A condition is the dense mask of its answers. */
  public static List<Violation> denseCondition(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'B');
    AttentionSpec spec = shape(draw).mask(mask(pick(draw, CONDITIONS))).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    AttentionSpec dense = AttentionProperties.densely(spec, spec::visible, key -> key);
    return new RowComparison("denseCondition", seed)
        .sameRows(run(attention, inputs), run(attention, inputs.withSpec(dense)), 0)
        .violations();
  }

  /** A constant added to every score changes no output, and moves LSE by itself. */
  public static List<Violation> shiftedScores(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'C');
    AttentionSpec spec = shape(draw).mask(mask(pick(draw, CONDITIONS))).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    AttentionSpec shifted = spec.toBuilder().scoreModifier(score("s + 3.5")).build();
    return new RowComparison("shiftedScores by an expression", seed)
        .sameRows(run(attention, inputs), run(attention, inputs.withSpec(shifted)), 3.5f)
        .violations();
  }

  /**
   * The order of keys does not matter: K and V permuted, and k looked up in the permutation, give
   * the same O and LSE.
   */
  public static List<Violation> permutedKeys(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'D');
    String condition = pick(draw, CONDITIONS);
    String score = pick(draw, SCORES);
    AttentionSpec drawn = shape(draw).mask(mask(condition)).scoreModifier(score(score)).build();
    // All keys exist: a key that moved behind its sequence's end would be another problem.
    AttentionSpec spec =
        drawn.toBuilder().keyLengths(Collections.nCopies(drawn.batch(), drawn.kvLength())).build();
    int[] order = draw.permutation(spec.kvLength());
    Bindings bindings = Bindings.none().with("order", Table.ofInts(order));
    AttentionSpec permuted =
        spec.toBuilder()
            .mask(Mask.expression(MaskExpression.parse(permuted(condition), bindings)))
            .scoreModifier(
                ScoreModifier.expression(ScoreExpression.parse(permuted(score), bindings)))
            .build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    int heads = spec.batch() * spec.kvHeads();
    AttentionInputs shuffled =
        new AttentionInputs(
            permuted,
            inputs.description() + ", keys permuted",
            inputs.q(),
            AttentionProperties.permuteRows(inputs.k(), heads, spec.headDim(), order),
            AttentionProperties.permuteRows(inputs.v(), heads, spec.valueDim(), order));
    return new RowComparison("permutedKeys of expressions", seed)
        .sameRows(run(attention, inputs), run(attention, shuffled), 0)
        .violations();
  }

  /** Attention over all keys is the merger, by LSE, of attention over each part of them. */
  public static List<Violation> splitKeys(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'E');
    Mask condition = mask(pick(draw, CONDITIONS));
    AttentionSpec spec =
        shape(draw).mask(condition).scoreModifier(score(pick(draw, SCORES))).build();
    Bindings cut = Bindings.none().with("cut", draw.between(0, spec.kvLength()));
    Mask before = Mask.expression(MaskExpression.parse("k < cut", cut));
    Mask after = Mask.expression(MaskExpression.parse("k >= cut", cut));
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    AttentionSpec head = spec.toBuilder().mask(condition.and(before)).build();
    AttentionSpec tail = spec.toBuilder().mask(condition.and(after)).build();
    return new RowComparison("splitKeys by a condition", seed)
        .sameAsMerged(
            run(attention, inputs),
            run(attention, inputs.withSpec(head)),
            run(attention, inputs.withSpec(tail)))
        .violations();
  }

  /**
   * What a condition or a score of -inf hides has no influence: NaN or infinity there gives the
   * same bits as ordinary numbers.
   */
  public static List<Violation> poisonedHiddenPairs(Attention attention, long seed) {
    ProblemDraw draw = new ProblemDraw(seed, 'F');
    AttentionSpec spec =
        shape(draw)
            .mask(mask("k % 6 != 2 && k <= p"))
            .scoreModifier(score("k % 5 == 1 ? log2(0) : s"))
            .build();
    AttentionOutput clean =
        attention.apply(AttentionInputs.generate(spec, InputFamily.NORMAL, seed));
    RowComparison comparison = new RowComparison("poisonedHiddenPairs of expressions", seed);
    for (InputFamily family : List.of(InputFamily.POISON_NAN, InputFamily.POISON_INF)) {
      AttentionInputs poisoned = AttentionInputs.generate(spec, family, seed);
      comparison.sameBits(spec, family.label(), clean, attention.apply(poisoned));
    }
    return comparison.violations();
  }

  /** Heads grouped or not, lengths past two tiles of every kernel and below one; no mask yet. */
  private static AttentionSpecBuilder shape(ProblemDraw draw) {
    return draw.spec().mask(Mask.none());
  }

  /** The same over keys whose place a table says. */
  private static String permuted(String text) {
    return text.replaceAll("\\bk\\b", "order[k]");
  }

  private static String pick(ProblemDraw draw, List<String> texts) {
    return texts.get(draw.below(texts.size()));
  }

  private static RowComparison.Run run(Attention attention, AttentionInputs inputs) {
    return RowComparison.Run.of(attention, inputs);
  }

  private static Mask mask(String text) {
    return Mask.expression(MaskExpression.parse(text));
  }

  private static ScoreModifier score(String text) {
    return ScoreModifier.expression(ScoreExpression.parse(text));
  }
}
