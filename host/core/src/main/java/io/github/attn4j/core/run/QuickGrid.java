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
 * The grid that {@code ./attn verify} runs in seconds: every feature of a spec alone and in the
 * combinations that have broken kernels before, on lengths around tile edges. Few head dimensions,
 * since each costs a compilation.
 */
public final class QuickGrid {
  private static final int[] LENGTHS = {1, 2, 7, 17, 64, 97, 127, 128, 129, 257};

  /** Of Q and K, and of V. */
  static final int[][] DIMENSIONS = {
    {8, 8}, {32, 32}, {111, 111}, {128, 128}, {40, 64}, {64, 40}, {256, 256}, {1, 3}
  };

  private final long seed;
  private final List<GridCase> cases = new ArrayList<>();

  private QuickGrid(long seed) {
    this.seed = seed;
  }

  /** The cases, always in the same order; the seed decides data and dense masks. */
  public static List<GridCase> cases(long seed) {
    QuickGrid grid = new QuickGrid(seed);
    grid.lengthsByMask();
    grid.headDimensions();
    grid.inputFamilies();
    grid.unequalLengths();
    grid.groupedHeads();
    grid.batchesOfDifferentLength();
    grid.windows();
    grid.denseMasks();
    grid.emptyRows();
    grid.layouts();
    grid.scales();
    grid.cases.addAll(ExpressionCases.quick(seed + grid.cases.size()));
    // Behind all others, whose data would be drawn anew: what mutants of kernels survived.
    grid.poisonBesideRows();
    grid.poisonInRows();
    grid.cases.addAll(BadElementCases.of(seed + grid.cases.size()));
    grid.scoresInTheThousands();
    grid.loneKeys();
    grid.badElementsOfNarrowHeads();
    grid.loneQueries();
    return List.copyOf(grid.cases);
  }

  private void add(String name, AttentionSpecBuilder builder, InputFamily family) {
    cases.add(new GridCase(name, builder.build(), family, seed + cases.size()));
  }

  private void lengthsByMask() {
    for (int length : LENGTHS) {
      for (Mask mask :
          List.of(Mask.none(), Mask.causal(), Mask.window(5, 0), Mask.window(33, 17))) {
        add("length " + length, base().length(length).mask(mask), InputFamily.NORMAL);
      }
    }
  }

  private void headDimensions() {
    for (int[] dims : DIMENSIONS) {
      add(
          "D " + dims[0] + " Dv " + dims[1],
          base().length(70).dims(dims[0], dims[1]),
          InputFamily.NORMAL);
      add(
          "D " + dims[0] + " Dv " + dims[1] + " causal",
          base().lengths(33, 131).dims(dims[0], dims[1]).mask(Mask.causal()),
          InputFamily.POISON_NAN);
    }
  }

  private void inputFamilies() {
    for (InputFamily family : GridLevels.FAMILIES) {
      add("inputs", base().length(130), family);
      add("inputs causal", base().length(130).mask(Mask.causal()), family);
      add("inputs window", base().lengths(65, 200).mask(Mask.window(20, 3)), family);
      add("inputs lengths", base().batch(2).length(75).keyLengths(List.of(75, 31)), family);
    }
  }

  private void unequalLengths() {
    for (int[] lengths :
        new int[][] {{1, 300}, {3, 64}, {50, 177}, {177, 50}, {129, 1}, {64, 63}}) {
      for (Mask mask : List.of(Mask.none(), Mask.causal(), Mask.window(9, 9))) {
        add("Sq x Skv", base().lengths(lengths[0], lengths[1]).mask(mask), InputFamily.POISON_INF);
        add(
            "Sq x Skv top-left",
            base().lengths(lengths[0], lengths[1]).mask(mask).topLeft(),
            InputFamily.POISON_NAN);
      }
    }
  }

  private void groupedHeads() {
    for (int[] heads : new int[][] {{4, 4}, {4, 2}, {6, 2}, {5, 1}}) {
      add("heads", base().batch(2).heads(heads[0], heads[1]).length(67), InputFamily.NORMAL);
      add(
          "heads causal",
          base().heads(heads[0], heads[1]).lengths(19, 90).mask(Mask.causal()),
          InputFamily.POISON_NAN);
    }
  }

  private void batchesOfDifferentLength() {
    for (InputFamily family :
        List.of(InputFamily.NORMAL, InputFamily.POISON_NAN, InputFamily.POISON_INF)) {
      AttentionSpecBuilder batch =
          base().batch(4).heads(4, 2).lengths(37, 150).keyLengths(List.of(150, 1, 0, 64));
      add("lengths", batch, family);
      add("lengths causal", batch.mask(Mask.causal()), family);
      add("lengths window", batch.mask(Mask.window(12, 4)), family);
      add("lengths offsets", batch.queryOffsets(List.of(0, 5, -3, 100)), family);
    }
  }

  private void windows() {
    for (int[] sides :
        new int[][] {{0, 0}, {1, 0}, {0, 1}, {63, 0}, {64, -1}, {-1, 5}, {127, 127}, {1000, 0}}) {
      add("window", base().length(200).mask(Mask.window(sides[0], sides[1])), InputFamily.NORMAL);
    }
    int huge = Integer.MAX_VALUE;
    add("window beyond int", base().length(40).mask(Mask.window(huge, huge)), InputFamily.NORMAL);
    add(
        "offset beyond keys",
        base().length(40).mask(Mask.window(10, 0)).queryOffsets(List.of(huge)),
        InputFamily.NORMAL);
  }

  private void denseMasks() {
    int[][] shapes = {{1, 1}, {2, 1}, {1, 4}, {2, 4}};
    for (int[] shape : shapes) {
      for (int queries : new int[] {1, 70}) {
        Mask bool =
            new Mask.DenseBoolean(GridLevels.booleans(seed, shape[0], shape[1], queries, 133));
        Mask additive =
            new Mask.DenseAdditive(GridLevels.biases(seed, shape[0], shape[1], queries, 133));
        AttentionSpecBuilder two = base().batch(2).heads(4, 2).lengths(70, 133);
        add("boolean mask", two.mask(bool), InputFamily.POISON_NAN);
        add("additive mask", two.mask(additive), InputFamily.POISON_INF);
        add("boolean mask causal", two.mask(bool.and(Mask.causal())), InputFamily.NORMAL);
        add(
            "both masks window lengths",
            two.mask(bool.and(additive).and(Mask.window(40, 7))).keyLengths(List.of(101, 133)),
            InputFamily.POISON_NAN);
      }
    }
    // Kernels that take wide heads in parts reach their masks on another path.
    add(
        "boolean mask causal, wide heads",
        base()
            .heads(2)
            .dim(128)
            .lengths(128, 17)
            .mask(
                new Mask.DenseBoolean(GridLevels.booleans(seed, 1, 2, 128, 17)).and(Mask.causal())),
        InputFamily.POISON_NAN);
    add(
        "additive mask, wide heads",
        base()
            .dim(128)
            .lengths(70, 133)
            .mask(new Mask.DenseAdditive(GridLevels.biases(seed, 1, 1, 70, 133))),
        InputFamily.POISON_INF);
    float[] lowest = new float[90 * 90];
    java.util.Arrays.fill(lowest, -Float.MAX_VALUE);
    add(
        "lowest float is not -inf",
        base().length(90).mask(new Mask.DenseAdditive(DenseMask.ofFloats(1, 1, 90, 90, lowest))),
        InputFamily.UNIFORM);
  }

  private void emptyRows() {
    boolean[] none = new boolean[80 * 80];
    add(
        "nothing visible",
        base().length(80).mask(new Mask.DenseBoolean(DenseMask.ofBooleans(1, 1, 80, 80, none))),
        InputFamily.POISON_NAN);
    boolean[] rows = new boolean[80 * 80];
    for (int i = 0; i < 80; i++) {
      for (int key = 0; key < 80; key++) {
        rows[i * 80 + key] = i % 3 == 1;
      }
    }
    add(
        "every third row sees",
        base().length(80).mask(new Mask.DenseBoolean(DenseMask.ofBooleans(1, 1, 80, 80, rows))),
        InputFamily.NORMAL);
    add(
        "queries before all keys",
        base().lengths(150, 40).mask(Mask.causal()),
        InputFamily.POISON_INF);
    add(
        "no keys at all",
        base().batch(2).length(20).keyLengths(List.of(0, 0)),
        InputFamily.POISON_NAN);
  }

  private void layouts() {
    for (Mask mask : List.of(Mask.none(), Mask.causal())) {
      add(
          "bshd",
          base().batch(2).heads(4, 2).lengths(45, 77).mask(mask).bshd(),
          InputFamily.NORMAL);
      AttentionSpecBuilder gaps =
          base().batch(2).heads(4, 2).lengths(45, 77).dims(64, 40).mask(mask);
      gaps.layouts(
          Layout.padded(4, 45, 64, 3, 5, 1),
          Layout.padded(2, 77, 64, 1, 7, 2),
          Layout.padded(2, 77, 40, 9, 1, 0),
          Layout.padded(4, 45, 40, 2, 3, 4));
      add("gaps", gaps, InputFamily.NORMAL);
      add("gaps infinite", gaps, InputFamily.POISON_INF);
    }
    AttentionSpecBuilder unequal = base().batch(2).heads(4, 2).lengths(45, 77);
    unequal.layouts(
        Layout.padded(4, 45, 64, 3, 5, 1),
        Layout.padded(2, 77, 64, 1, 7, 2),
        Layout.padded(2, 77, 64, 9, 1, 0),
        Layout.padded(4, 45, 64, 2, 3, 4));
    add("gaps of equal dimensions", unequal, InputFamily.POISON_NAN);
    AttentionSpecBuilder shared = base().batch(3).heads(2).length(50);
    shared.layouts(
        Layout.bhsd(2, 50, 64),
        new Layout(0, 0, 3200, 64),
        new Layout(0, 0, 3200, 64),
        Layout.bhsd(2, 50, 64));
    add("one K and V for all batches", shared, InputFamily.NORMAL);
  }

  private void scales() {
    add("scale 1", base().length(100).scale(1), InputFamily.NORMAL);
    // 1/sqrt(128) is no binary fraction, and equal terms round alike: a scale folded into Q shows
    // here.
    add("scale inexact", base().length(100).dim(128), InputFamily.CONSTANT);
    add("scale inexact", base().length(100).dim(32).scale(0.1f), InputFamily.UNIFORM);
    add("scale negative", base().length(100).scale(-0.3f).mask(Mask.causal()), InputFamily.NORMAL);
    add("scale 0", base().length(100).scale(0), InputFamily.NORMAL);
    for (float cap : new float[] {1, 30}) {
      add("soft cap", base().length(100).softCap(cap), InputFamily.NORMAL);
      add(
          "soft cap causal",
          base().length(100).softCap(cap).mask(Mask.causal()),
          InputFamily.LARGE_LOGIT);
      // A cap that came after the mask would make -inf a finite score.
      add(
          "soft cap additive mask",
          base()
              .length(100)
              .softCap(cap)
              .mask(new Mask.DenseAdditive(GridLevels.biases(seed, 1, 1, 100, 100))),
          InputFamily.NORMAL);
    }
  }

  /** What follows the last row that exists is no number: nothing may be read past its end. */
  private void poisonBesideRows() {
    for (int[] dims : DIMENSIONS) {
      add(
          "D " + dims[0] + " Dv " + dims[1] + " lengths",
          base().length(70).dims(dims[0], dims[1]).keyLengths(List.of(31)),
          InputFamily.POISON_NAN);
    }
  }

  /** Whole slices of a tile that nobody sees, beside keys that all see. */
  private void poisonInRows() {
    boolean[] seen = new boolean[20 * 100];
    for (int i = 0; i < seen.length; i++) {
      seen[i] = i % 100 < 8 || i % 100 >= 72;
    }
    add(
        "a run of keys hidden",
        base()
            .lengths(20, 100)
            .mask(new Mask.DenseBoolean(DenseMask.ofBooleans(1, 1, 20, 100, seen))),
        InputFamily.POISON_NAN);
  }

  /** Kernels that fold the scale into the exponential must know where that is too coarse. */
  private void scoresInTheThousands() {
    for (Mask mask : List.of(Mask.none(), Mask.causal())) {
      for (int dim : new int[] {8, 64}) {
        add("large scores", base().dim(dim).length(100).scale(300).mask(mask), InputFamily.NORMAL);
      }
    }
  }

  /** Each place of 64 is the only one seen of a tile: who looks for such keys must look there. */
  private void loneKeys() {
    boolean[] seen = new boolean[64 * 3 * 128];
    for (int i = 0; i < seen.length; i++) {
      int head = i / 128 / 3;
      seen[i] = i % 128 == head || i % 128 == 127 - head;
    }
    for (int dim : new int[] {8, 64}) {
      add(
          "lone keys",
          base()
              .heads(64)
              .dim(dim)
              .lengths(3, 128)
              .mask(new Mask.DenseBoolean(DenseMask.ofBooleans(1, 64, 3, 128, seen))),
          InputFamily.NORMAL);
    }
  }

  /** Of the second tile's pairs, one row alone sees any, another one in each head. */
  private void loneQueries() {
    boolean[] seen = new boolean[64 * 64 * 128];
    for (int i = 0; i < seen.length; i++) {
      int head = i / 128 / 64;
      seen[i] = i % 128 < 64 || i / 128 % 64 == head;
    }
    for (int dim : new int[] {8, 64}) {
      add(
          "lone queries",
          base()
              .heads(64)
              .dim(dim)
              .lengths(64, 128)
              .mask(new Mask.DenseBoolean(DenseMask.ofBooleans(1, 64, 64, 128, seen))),
          InputFamily.NORMAL);
    }
  }

  private void badElementsOfNarrowHeads() {
    cases.addAll(BadElementCases.ofNarrowHeads(seed + cases.size()));
  }

  private static AttentionSpecBuilder base() {
    return AttentionSpec.builder().heads(2).dim(64);
  }
}
