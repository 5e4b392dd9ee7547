package io.github.attn4j.core.run;

import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.List;

/**
 * Cases for a device that interprets kernels a million times slower than hardware runs them: as
 * small as reaching every tail, mask, batch and branch allows. Hidden slots hold NaN.
 */
public final class SanitizeGrid {
  private final List<GridCase> cases = new ArrayList<>();

  private SanitizeGrid() {}

  /** What a test can afford. */
  public static List<GridCase> small() {
    SanitizeGrid grid = new SanitizeGrid();
    grid.lengths();
    grid.batchesAndHeads();
    grid.denseMasks(10, 19, 8);
    grid.wideHeads();
    grid.gaps();
    return List.copyOf(grid.cases);
  }

  /** Every length around a tile's edge under every kind of mask besides, in minutes. */
  public static List<GridCase> large() {
    SanitizeGrid grid = new SanitizeGrid();
    grid.cases.addAll(small());
    for (int queries : new int[] {1, 15, 33, 65}) {
      for (int keys : new int[] {1, 16, 33, 97}) {
        for (Mask mask : List.of(Mask.none(), Mask.causal(), Mask.window(9, 4))) {
          grid.add("lengths", tiny(queries, keys).mask(mask));
        }
      }
      grid.denseMasks(queries, 40, 24);
    }
    for (int[] dims : new int[][] {{1, 3}, {33, 5}, {64, 64}, {111, 40}, {130, 130}}) {
      grid.add("dimensions", tiny(5, 35).dims(dims[0], dims[1]).mask(Mask.causal()));
    }
    return List.copyOf(grid.cases);
  }

  private void add(String name, AttentionSpecBuilder builder) {
    add(name, builder.build());
  }

  private void add(String name, AttentionSpec spec) {
    cases.add(new GridCase(name, spec, InputFamily.POISON_NAN, cases.size()));
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

  private static AttentionSpecBuilder tiny(int queries, int keys) {
    return AttentionSpec.builder().lengths(queries, keys).dim(8);
  }
}
