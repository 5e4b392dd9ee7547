package io.github.attn4j.core.run;

import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.ElementTypes;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.List;

/**
 * Other element types than float32: those of {@code --dtype} and {@code --kv-dtype} over the cases
 * of another grid, and a few cases of each pair of types for the quick tests. One head dimension in
 * these, since each pair of types costs every kernel a compilation for every one.
 */
public final class TypeGrid {
  /**
   * Pairs of the types of Q and of K and V, so that each type occurs in each place it may have and
   * types are mixed both ways.
   */
  private static final List<ElementTypes> PAIRS =
      List.of(
          new ElementTypes(ElementType.F16, ElementType.F16),
          new ElementTypes(ElementType.BF16, ElementType.BF16),
          new ElementTypes(ElementType.F32, ElementType.BF16),
          new ElementTypes(ElementType.F16, ElementType.I8),
          new ElementTypes(ElementType.BF16, ElementType.F8E4M3));

  private final long seed;
  private final List<GridCase> cases = new ArrayList<>();

  private TypeGrid(long seed) {
    this.seed = seed;
  }

  /**
   * The cases of a grid in these types. Those whose K or V repeat memory are left out where the
   * type has scales, since such a row would have several; and what I8 cannot store.
   */
  public static List<GridCase> of(
      List<GridCase> grid, ElementType queryType, ElementType keyValueType) {
    return grid.stream()
        .filter(each -> !keyValueType.scaled() || !repeatsMemory(each.spec()))
        .filter(each -> keyValueType != ElementType.I8 || each.family() != InputFamily.SEEN_ELEMENT)
        .map(each ->
            new GridCase(
                each.name(),
                each.spec().toBuilder().queryType(queryType).keyValueType(keyValueType).build(),
                each.family(),
                each.seed()))
        .toList();
  }

  /** What the quick tests can afford: tails, groups, masks, gaps and poison in each pair. */
  public static List<GridCase> small(long seed) {
    TypeGrid grid = new TypeGrid(seed);
    for (ElementTypes pair : PAIRS) {
      grid.add(pair, "types", base().length(97), InputFamily.NORMAL);
      grid.add(
          pair,
          "types causal lengths",
          base().batch(2).lengths(33, 131).keyLengths(List.of(131, 70)).mask(Mask.causal()),
          InputFamily.POISON_NAN);
      grid.add(
          pair,
          "types window",
          base().lengths(70, 200).mask(Mask.window(20, 3)),
          InputFamily.POISON_INF);
      grid.add(pair, "types decode", base().heads(8, 2).lengths(1, 300), InputFamily.NORMAL);
      grid.add(pair, "types bshd", base().length(40).bshd(), InputFamily.LARGE_LOGIT);
      AttentionSpecBuilder gaps = base().lengths(19, 50);
      gaps.layouts(
          Layout.padded(4, 19, 64, 3, 5, 1),
          Layout.padded(2, 50, 64, 1, 7, 2),
          Layout.padded(2, 50, 64, 9, 1, 0),
          Layout.padded(4, 19, 64, 2, 3, 4));
      grid.add(pair, "types gaps", gaps, InputFamily.POISON_NAN);
    }
    return List.copyOf(grid.cases);
  }

  /** What an interpreter can afford: a tail of queries, of keys and of a row in each pair. */
  public static List<GridCase> tiny(long seed) {
    TypeGrid grid = new TypeGrid(seed);
    for (ElementTypes pair : PAIRS) {
      grid.add(
          pair,
          "tiny types",
          base().heads(2, 1).lengths(17, 19).dims(8, 8).mask(Mask.causal()),
          InputFamily.POISON_NAN);
    }
    return List.copyOf(grid.cases);
  }

  private void add(
      ElementTypes pair, String name, AttentionSpecBuilder builder, InputFamily family) {
    AttentionSpec spec = builder.queryType(pair.query()).keyValueType(pair.keyValue()).build();
    cases.add(new GridCase(name, spec, family, seed + cases.size()));
  }

  private static AttentionSpecBuilder base() {
    return AttentionSpec.builder().heads(4, 2).dim(64);
  }

  private static boolean repeatsMemory(AttentionSpec spec) {
    return repeats(spec.k(), spec) || repeats(spec.v(), spec);
  }

  private static boolean repeats(Layout layout, AttentionSpec spec) {
    return (layout.batchStride() == 0 && spec.batch() > 1)
        || (layout.headStride() == 0 && spec.kvHeads() > 1)
        || (layout.rowStride() == 0 && spec.kvLength() > 1);
  }
}
