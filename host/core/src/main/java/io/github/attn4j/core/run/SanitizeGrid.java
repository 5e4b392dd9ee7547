package io.github.attn4j.core.run;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.expression.Table;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Cases for a device that interprets kernels a million times slower than hardware runs them: as
 * small as reaching every tail, mask, batch and branch allows. Hidden slots hold NaN.
 */
public final class SanitizeGrid {
  /** Of the small grid: each of its tails, masks, layouts and branches once, not each with each. */
  private static final Set<String> TINY =
      Set.of(
          "a lane too many",
          "second tile of keys",
          "second block of queries",
          "soft cap",
          "key lengths",
          "groups",
          "additive mask causal",
          "dimensions in parts",
          "gaps",
          "expression table",
          "full and partial blocks",
          "score and condition");

  private final List<GridCase> cases = new ArrayList<>();

  private SanitizeGrid() {}

  /** What a test of every kernel can afford. */
  public static List<GridCase> tiny() {
    return small().stream().filter(one -> TINY.contains(one.name())).toList();
  }

  /** What {@link #large} begins with, and every mutant of a kernel runs. */
  public static List<GridCase> small() {
    SanitizeGrid grid = new SanitizeGrid();
    grid.lengths();
    grid.batchesAndHeads();
    grid.denseMasks(10, 19, 8);
    grid.wideHeads();
    grid.gaps();
    grid.expressions();
    return List.copyOf(grid.cases);
  }

  /**
   * Lengths around a tile's edge under each kind of mask besides, in minutes: each pair of lengths
   * once, and each length with each mask (pairwise testing: all three of a kind at once would be
   * three times as many cases, and has found nothing more).
   */
  public static List<GridCase> large() {
    SanitizeGrid grid = new SanitizeGrid();
    grid.cases.addAll(small());
    int[] ofQueries = {1, 15, 33, 65};
    int[] ofKeys = {1, 16, 33, 97};
    List<Mask> masks = List.of(Mask.none(), Mask.causal(), Mask.window(9, 4));
    for (int i = 0; i < ofQueries.length; i++) {
      for (int j = 0; j < ofKeys.length; j++) {
        Mask mask = masks.get((i + j) % masks.size());
        grid.add("lengths", tiny(ofQueries[i], ofKeys[j]).mask(mask));
      }
      grid.denseMasks(ofQueries[i], 40, 24);
    }
    for (int[] dims : new int[][] {{1, 3}, {33, 5}, {64, 64}, {111, 40}, {130, 130}}) {
      grid.add("dimensions", tiny(5, 35).dims(dims[0], dims[1]).mask(Mask.causal()));
    }
    return List.copyOf(grid.cases);
  }

  /** What no length, mask or layout above needs, but a branch of a kernel does. */
  public static List<GridCase> branches() {
    SanitizeGrid grid = new SanitizeGrid();
    // Rows that are no whole vectors of four, at addresses that are none.
    grid.add("tails of vectors", tiny(5, 19).dims(7, 7).mask(Mask.causal()));
    grid.add("tails of one column", tiny(5, 9).dims(5, 5));
    // Keys in several parts, of which some rows see none; cache lines of several vectors.
    List<Integer> keys = List.of(140, 0);
    AttentionSpecBuilder parts =
        tiny(3, 140).dims(128, 128).heads(2, 1).batch(2).keyLengths(keys).mask(Mask.causal());
    parts.queryLengths(List.of(2, 3)).keyPlacement(PageTables.shuffled(16, keys, 1));
    grid.add("parts on pages", parts.storage(ElementType.F16));
    grid.add("parts of a fixed length", tiny(2, 140).deterministic(true));
    for (int valueDim : new int[] {9, 11}) {
      grid.add("tails of parts", tiny(2, 140).dims(8, valueDim).deterministic(true));
    }
    // One row of a mask for all queries, and tiles of which nothing is seen.
    Mask biases = new Mask.DenseAdditive(GridLevels.biases(3, 1, 1, 1, 19));
    grid.add("additive row for all", tiny(20, 19).mask(biases));
    DenseMask none = DenseMask.ofBooleans(1, 1, 1, 9, new boolean[9]);
    grid.add("nothing seen", tiny(5, 9).mask(new Mask.DenseBoolean(none)));
    boolean[] late = new boolean[140];
    Arrays.fill(late, 64, 140, true);
    DenseMask lateKeys = DenseMask.ofBooleans(1, 1, 1, 140, late);
    grid.add("tiles not seen, then some", tiny(3, 140).mask(new Mask.DenseBoolean(lateKeys)));
    grid.add("tiles within a block not seen", tiny(66, 5).dim(4).mask(mask("q >= 40 && k != 2")));
    grid.add("score without a mask", tiny(17, 33).scoreModifier(score("s + k % 2")));
    grid.add("score that hides", tiny(17, 33).scoreModifier(score("k % 3 == 1 ? -1.0 / 0.0 : s")));
    grid.add("blocks of several tiles", tiny(40, 140).mask(mask("k < 64 || k % 3 == 0")));
    grid.add("rows of four and of eight pieces", tiny(5, 19).dims(32, 64));
    grid.add("scores in the thousands", tiny(5, 19).scale(3000));
    // One for each 16-bit type, where a kernel takes no others.
    for (int i = 0; i < 2; i++) {
      grid.add("one bad value seen", tiny(9, 19).mask(Mask.causal()), InputFamily.SEEN_ELEMENT);
    }
    // For kernels whose rows are whole pieces of 8: small() has it with rows of 4.
    for (int i = 0; i < 2; i++) {
      grid.add("second row of the map", tiny(66, 70).mask(mask("k <= q && k % 3 != 1")));
    }
    return List.copyOf(grid.cases);
  }

  private void add(String name, AttentionSpecBuilder builder) {
    add(name, builder, InputFamily.POISON_NAN);
  }

  private void add(String name, AttentionSpecBuilder builder, InputFamily family) {
    cases.add(new GridCase(name, builder.build(), family, cases.size()));
  }

  private void lengths() {
    add("one pair", tiny(1, 1));
    add("a lane too many", tiny(17, 17));
    add("whole vectors", tiny(16, 16).mask(Mask.causal()));
    add("more queries", tiny(49, 7));
    add("second tile of keys", tiny(3, 70).mask(Mask.causal()));
    add("second block of queries", tiny(66, 5));
    add("top-left", tiny(20, 9).mask(Mask.causal()).topLeft());
    add("window", tiny(18, 30).mask(Mask.window(5, 0)));
    add("soft cap", tiny(12, 33).mask(Mask.window(3, 2)).softCap(20));
  }

  private void batchesAndHeads() {
    add("key lengths", tiny(9, 21).batch(3).keyLengths(List.of(21, 0, 5)).mask(Mask.causal()));
    add("groups", tiny(5, 9).heads(4, 2).batch(2));
    add("one key head", tiny(5, 9).heads(3, 1).bshd());
  }

  private void denseMasks(int queries, int keys, int dim) {
    DenseMask booleans = GridLevels.booleans(3, 1, 2, queries, keys);
    DenseMask biases = GridLevels.biases(3, 1, 1, queries, keys);
    Mask bool = new Mask.DenseBoolean(booleans);
    Mask additive = new Mask.DenseAdditive(biases);
    add("boolean mask", tiny(queries, keys).heads(2).dim(dim).mask(bool));
    add(
        "additive mask causal",
        tiny(queries, keys).heads(2).dim(dim).mask(additive.and(Mask.causal())));
  }

  private void wideHeads() {
    add("odd dimension", tiny(7, 11).dim(40).mask(Mask.causal()));
    Mask mask = new Mask.DenseBoolean(GridLevels.booleans(3, 1, 1, 6, 9));
    add("dimensions in parts", tiny(6, 9).dim(72).mask(mask.and(Mask.causal())));
  }

  private void gaps() {
    add(
        "gaps",
        tiny(6, 13)
            .dims(8, 40)
            .heads(2)
            .layouts(
                Layout.padded(2, 6, 8, 3, 2, 1),
                Layout.padded(2, 13, 8, 1, 3, 1),
                Layout.padded(2, 13, 40, 2, 1, 1),
                Layout.padded(2, 6, 40, 5, 1, 2)));
  }

  /** Blocks of 64 are many pairs here: few heads, few dimensions. */
  private void expressions() {
    Table documents = Table.ofInts(new int[] {0, 0, 0, 1, 1, 2, 2, 2, 2});
    Mask ownDocument =
        Mask.expression(
            MaskExpression.parse(
                "doc[p] == doc[k] && k <= p", Bindings.none().with("doc", documents)));
    add("expression table", tiny(9, 9).batch(2).keyLengths(List.of(9, 4)).mask(ownDocument));
    // One column of blocks full, one empty, one partial, cut off by the key length.
    Mask blocks = mask("k < 64 || k >= 128 && (p + k + h) % 2 == 0");
    add("full and partial blocks", tiny(3, 140).dim(4).heads(2).mask(blocks));
    add("second row of blocks", tiny(66, 5).dim(4).mask(mask("k <= q / 60")));
    Mask bool = new Mask.DenseBoolean(GridLevels.booleans(3, 1, 1, 6, 9));
    add("expression boolean mask", tiny(6, 9).mask(bool.and(mask("k % 3 != 1"))));
    ScoreModifier score = score("s - slope(h) * (p - k)");
    add("score", tiny(9, 11).heads(3).mask(Mask.causal()).scoreModifier(score));
    add("score and condition", tiny(9, 11).mask(mask("k % 2 == 0")).scoreModifier(score));
  }

  private static ScoreModifier score(String text) {
    return ScoreModifier.expression(ScoreExpression.parse(text));
  }

  private static Mask mask(String text) {
    return Mask.expression(MaskExpression.parse(text));
  }

  private static AttentionSpecBuilder tiny(int queries, int keys) {
    return AttentionSpec.builder().lengths(queries, keys).dim(8);
  }
}
