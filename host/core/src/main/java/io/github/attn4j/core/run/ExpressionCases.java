package io.github.attn4j.core.run;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.Preset;
import io.github.attn4j.core.expression.Presets;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.expression.Table;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Masks and scores in the language of docs/masks.md: presets on lengths that cut blocks of 64, and
 * what a condition meets beside it: windows, dense masks, empty rows, poison, decoding, batches of
 * different offsets.
 */
final class ExpressionCases {
  private final long seed;
  private final List<GridCase> cases = new ArrayList<>();

  private ExpressionCases(long seed) {
    this.seed = seed;
  }

  /** Those of the quick grid: each expression is a program to compile, so there are few presets. */
  static List<GridCase> quick(long seed) {
    return of(seed, Set.of("document", "bigbird", "t5-bias"));
  }

  /** Those of the full grid: every preset too. */
  static List<GridCase> full(long seed) {
    return of(seed, Presets.all().stream().map(Preset::id).collect(Collectors.toSet()));
  }

  private static List<GridCase> of(long seed, Set<String> presets) {
    ExpressionCases grid = new ExpressionCases(seed);
    grid.presets(presets);
    grid.besideOtherMasks();
    grid.batches();
    grid.blocks();
    grid.scores();
    grid.hidingScores();
    return grid.cases;
  }

  private void add(String name, AttentionSpecBuilder builder, InputFamily family) {
    cases.add(new GridCase(name, builder.build(), family, seed + cases.size()));
  }

  /** Parameters small enough for blocks of every kind to occur within 200 keys. */
  private void presets(Set<String> ids) {
    Map<String, Map<String, Number>> chosen =
        Map.of(
            "window", Map.of("left", 70, "right", 3),
            "prefix-lm", Map.of("prefix", 40),
            "document", Map.of("documents", 3),
            "strided", Map.of("stride", 20),
            "fixed", Map.of("stride", 32, "summary", 2),
            "dilated", Map.of("width", 9, "dilation", 3),
            "longformer", Map.of("window", 60, "globals", 2),
            "bigbird", Map.of("block", 16, "random", 2),
            "sinks", Map.of("window", 50),
            "block-diagonal", Map.of("block", 96));
    AttentionSpecBuilder builder = base().heads(4, 2).lengths(150, 200);
    AttentionSpec shape = builder.build();
    for (Preset preset : Presets.all()) {
      if (!ids.contains(preset.id())) {
        continue;
      }
      Map<String, Number> parameters = chosen.getOrDefault(preset.id(), Map.of());
      if (preset.isScore()) {
        ScoreModifier score =
            ScoreModifier.expression(preset.score(shape.domain(), parameters), preset.id());
        add("preset", shape.toBuilder().scoreModifier(score), InputFamily.NORMAL);
      } else {
        Mask mask = Mask.expression(preset.mask(shape.domain(), parameters), preset.id());
        add("preset", shape.toBuilder().mask(mask), InputFamily.POISON_NAN);
      }
    }
  }

  private void besideOtherMasks() {
    Mask condition = mask("(p + k) % 3 != 0 && k != 5");
    AttentionSpecBuilder two = base().batch(2).heads(4, 2).lengths(70, 133);
    Mask bool = new Mask.DenseBoolean(GridLevels.booleans(seed, 2, 4, 70, 133));
    Mask additive = new Mask.DenseAdditive(GridLevels.biases(seed, 1, 1, 70, 133));
    add("condition causal", two.mask(condition.and(Mask.causal())), InputFamily.POISON_INF);
    add("condition boolean mask", two.mask(bool.and(condition)), InputFamily.POISON_NAN);
    add("condition additive mask", two.mask(condition.and(additive)), InputFamily.POISON_INF);
    add(
        "conditions window lengths",
        two.mask(condition.and(mask("h != 2 || k < 90")).and(Mask.window(60, 7)))
            .keyLengths(List.of(101, 133)),
        InputFamily.POISON_NAN);
    add("nothing visible", base().length(80).mask(mask("k > p + 500")), InputFamily.POISON_NAN);
    add("every third row sees", base().length(130).mask(mask("q % 3 == 1")), InputFamily.NORMAL);
    add("one key", base().lengths(70, 300).mask(mask("k == 299 - q")), InputFamily.POISON_INF);
    add(
        "wide heads",
        base().dim(128).length(70).mask(mask("k <= p && k % 2 == p % 2")),
        InputFamily.POISON_NAN);
  }

  private void batches() {
    Table lengths = Table.ofInts(new int[] {3, 40, 64, 7});
    Mask own =
        Mask.expression(
            MaskExpression.parse(
                "k <= p && p - k <= reach[b]", Bindings.none().with("reach", lengths)));
    AttentionSpecBuilder four =
        base().batch(4).heads(4, 2).lengths(37, 150).keyLengths(List.of(150, 1, 0, 64)).mask(own);
    add("condition lengths", four, InputFamily.POISON_NAN);
    add("condition offsets", four.queryOffsets(List.of(0, 5, -3, 100)), InputFamily.POISON_INF);
    add(
        "condition decode",
        base().batch(3).heads(6, 2).lengths(1, 300).mask(mask("k < 4 || p - k < 100")),
        InputFamily.POISON_NAN);
    add(
        "condition bshd",
        base()
            .batch(2)
            .heads(4, 2)
            .lengths(90, 77)
            .mask(mask("hash(7, h, k / 16) % 2 == 0"))
            .bshd(),
        InputFamily.NORMAL);
  }

  /** What kernels that follow the block map may mix up: runs, flags, heads, lengths, order. */
  private void blocks() {
    // Runs of several full blocks, cut off by the key length in one batch, beside partial ones.
    String fullAndPartial = "k < 200 || k >= 256 || (p + k) % 3 == 0";
    AttentionSpecBuilder runs =
        base()
            .batch(2)
            .heads(2)
            .lengths(140, 460)
            .keyLengths(List.of(401, 460))
            .mask(mask(fullAndPartial));
    add("runs and lengths", runs, InputFamily.POISON_NAN);
    // Biases that hide nothing: full blocks stay full, and have something to add all the same.
    add(
        "runs and finite biases",
        runs.mask(mask(fullAndPartial).and(finiteBiases(140, 460))),
        InputFamily.NORMAL);
    // Heads of different work, so that the order is not that of the heads; empty rows of blocks.
    add(
        "unequal heads",
        base()
            .batch(2)
            .heads(3)
            .lengths(200, 330)
            .keyLengths(List.of(330, 260))
            .mask(mask("k / 64 <= h + b && q / 64 != h && k >= q / 64 * 64")),
        InputFamily.POISON_INF);
    add(
        "far and few",
        base().lengths(130, 400).mask(mask("k == 399 || k < 3 || k / 64 == 3 && k % 64 == 20")),
        InputFamily.POISON_NAN);
  }

  private void scores() {
    ScoreModifier alibi = ScoreModifier.expression(ScoreExpression.parse("s - slope(h) * (p - k)"));
    AttentionSpecBuilder grouped = base().batch(2).heads(6, 2).lengths(70, 133);
    add("score causal", grouped.scoreModifier(alibi).mask(Mask.causal()), InputFamily.POISON_NAN);
    add("score soft cap", grouped.softCap(5), InputFamily.LARGE_LOGIT);
    add("score and condition", grouped.mask(mask("k % 5 != 1 && k <= p")), InputFamily.POISON_INF);
    add(
        "score decode",
        base().batch(2).heads(4, 1).lengths(1, 200).scoreModifier(alibi),
        InputFamily.NORMAL);
  }

  /** A modifier that hides pairs, in keys that hold poison. */
  private void hidingScores() {
    for (String text : List.of("k % 7 == 3 ? log2(0) : s", "k < 64 ? -1e38 * 1e38 : 2.0 * s")) {
      AttentionSpecBuilder hides =
          base()
              .heads(4, 2)
              .lengths(70, 150)
              .scoreModifier(ScoreModifier.expression(ScoreExpression.parse(text)));
      add("score hides", hides, InputFamily.POISON_NAN);
      add("score hides, soft cap", hides.softCap(4), InputFamily.POISON_INF);
      add("score hides, causal", hides.mask(Mask.causal()), InputFamily.POISON_NAN);
      add("score hides, condition", hides.mask(mask("k % 5 != p % 5")), InputFamily.POISON_INF);
    }
    add(
        "score hides all",
        base().length(70).scoreModifier(ScoreModifier.expression(ScoreExpression.parse("log2(0)"))),
        InputFamily.POISON_NAN);
  }

  private Mask finiteBiases(int queries, int keys) {
    SplitMix64 random = new SplitMix64(seed, 'F');
    float[] values = new float[queries * keys];
    for (int i = 0; i < values.length; i++) {
      values[i] = 3 * random.normal(i);
    }
    return new Mask.DenseAdditive(DenseMask.ofFloats(1, 1, queries, keys, values));
  }

  private static Mask mask(String text) {
    return Mask.expression(MaskExpression.parse(text));
  }

  private static AttentionSpecBuilder base() {
    return AttentionSpec.builder().heads(2).dim(64);
  }
}
