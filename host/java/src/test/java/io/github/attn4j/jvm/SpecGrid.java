package io.github.attn4j.jvm;

import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.List;

/** Specs chosen to meet every path: tails, masks, layouts, groups, lengths; and random ones. */
final class SpecGrid {
  private SpecGrid() {}

  static List<AttentionSpec> chosen() {
    List<AttentionSpec> specs = new ArrayList<>();
    specs.add(AttentionSpec.builder().build());
    specs.add(AttentionSpec.builder().heads(2).length(64).build());
    specs.add(AttentionSpec.builder().lengths(33, 65).dims(1, 1).build());
    specs.add(AttentionSpec.builder().lengths(31, 127).dims(33, 17).build());
    specs.add(AttentionSpec.builder().lengths(70, 200).dims(40, 72).softCap(5).build());
    specs.add(AttentionSpec.builder().lengths(5, 3).dims(7, 9).scale(-0.7f).build());
    specs.add(AttentionSpec.builder().heads(8, 2).lengths(1, 150).dim(128).build());
    specs.add(
        AttentionSpec.builder().heads(6, 1).lengths(20, 90).dim(16).mask(Mask.causal()).build());
    specs.add(AttentionSpec.builder().length(150).dim(24).mask(Mask.causal()).softCap(2).build());
    specs.add(AttentionSpec.builder().lengths(90, 30).dim(8).mask(Mask.causal()).build());
    specs.add(
        AttentionSpec.builder().lengths(40, 300).dim(8).mask(Mask.causal()).topLeft().build());
    specs.add(AttentionSpec.builder().length(300).dim(12).mask(Mask.window(20, 0)).build());
    specs.add(AttentionSpec.builder().length(200).dim(12).mask(Mask.window(0, 70)).build());
    specs.add(
        AttentionSpec.builder().heads(4, 1).length(150).dim(8).mask(Mask.window(9, 9)).build());
    specs.add(
        AttentionSpec.builder()
            .batch(4)
            .heads(2)
            .lengths(37, 100)
            .dim(20)
            .keyLengths(List.of(100, 0, 1, 67))
            .mask(Mask.causal())
            .build());
    specs.add(
        AttentionSpec.builder()
            .batch(3)
            .lengths(17, 80)
            .dim(8)
            .keyLengths(List.of(80, 50, 64))
            .queryOffsets(List.of(-5, 1000, 30))
            .mask(Mask.window(25, 3))
            .build());
    for (long seed = 0; seed < 3; seed++) {
      specs.add(masked(booleans(seed, 2, 3, 45, 130), 2, 3, 45, 130));
      specs.add(masked(additive(seed, 1, 3, 45, 130), 2, 3, 45, 130));
      specs.add(masked(additive(seed, 2, 1, 1, 130), 2, 3, 45, 130));
    }
    specs.add(
        masked(
            booleans(7, 1, 1, 90, 90).and(additive(8, 1, 2, 90, 90)).and(Mask.window(40, 5)),
            1,
            2,
            90,
            90));
    return specs;
  }

  private static AttentionSpec masked(Mask mask, int batch, int heads, int queries, int keys) {
    return AttentionSpec.builder()
        .batch(batch)
        .heads(heads)
        .lengths(queries, keys)
        .dims(19, 26)
        .mask(mask)
        .build();
  }

  /** About one pair in three visible, every tenth row or so not at all. */
  static Mask booleans(long seed, int batch, int heads, int queries, int keys) {
    SplitMix64 random = new SplitMix64(seed, 'M');
    boolean[] values = new boolean[batch * heads * queries * keys];
    for (int index = 0; index < values.length; index++) {
      boolean emptyRow = queries > 1 && random.below(-1L - index / keys, 10) == 0;
      values[index] = !emptyRow && random.below(index, 3) == 0;
    }
    return new Mask.DenseBoolean(DenseMask.ofBooleans(batch, heads, queries, keys, values));
  }

  /** Biases of order one, hidden pairs, and the largest negative number, which hides nothing. */
  static Mask additive(long seed, int batch, int heads, int queries, int keys) {
    SplitMix64 random = new SplitMix64(seed, 'M');
    float[] values = new float[batch * heads * queries * keys];
    for (int index = 0; index < values.length; index++) {
      int rowKind = queries > 1 ? random.below(-1L - index / keys, 10) : 9;
      int kind = rowKind < 2 ? rowKind : 2 + random.below(index, 4);
      values[index] =
          switch (kind) {
            case 0, 2 -> Float.NEGATIVE_INFINITY;
            case 1, 3 -> -Float.MAX_VALUE;
            default -> random.normal(index);
          };
    }
    return new Mask.DenseAdditive(DenseMask.ofFloats(batch, heads, queries, keys, values));
  }

  /** A random spec; the same for the same seed. */
  static AttentionSpec random(long seed) {
    SplitMix64 random = new SplitMix64(seed, 'S');
    int batch = 1 + random.below(0, 3);
    int kvHeads = 1 + random.below(1, 2);
    int heads = kvHeads * (1 + random.below(2, 3));
    int queries = 1 + random.below(3, 80);
    int keys = 1 + random.below(4, 200);
    int dim = 1 + random.below(5, 40);
    int valueDim = 1 + random.below(6, 40);
    List<Integer> lengths = new ArrayList<>();
    List<Integer> offsets = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      lengths.add(random.below(7 + b, keys + 1));
      offsets.add(random.below(17 + b, 2 * keys) - keys / 2);
    }
    Mask mask =
        switch (random.below(30, 5)) {
          case 0 -> Mask.none();
          case 1 -> Mask.causal();
          case 2 -> Mask.window(random.below(31, keys), random.below(32, keys));
          case 3 -> booleans(seed, 1, heads, queries, keys);
          default -> additive(seed, batch, 1, queries, keys).and(Mask.causal());
        };
    AttentionSpecBuilder builder =
        AttentionSpec.builder()
            .batch(batch)
            .heads(heads, kvHeads)
            .lengths(queries, keys)
            .dims(dim, valueDim)
            .keyLengths(lengths)
            .queryOffsets(offsets)
            .softCap(random.below(33, 3) == 0 ? 3 : 0)
            .mask(mask);
    return switch (random.below(34, 3)) {
      case 0 -> builder.build();
      case 1 -> builder.bshd().build();
      default ->
          builder
              .layouts(
                  Layout.padded(heads, queries, dim, 3, 2, 1),
                  Layout.padded(kvHeads, keys, dim, 1, 5, 2),
                  Layout.padded(kvHeads, keys, valueDim, 7, 1, 0),
                  Layout.padded(heads, queries, valueDim, 2, 3, 1))
              .build();
    };
  }
}
