package io.github.attn4j.core.run;

import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntBinaryOperator;

/**
 * One NaN or infinity in a tile of V, and one in its row of K, where nobody may look: a mask hides
 * one key of each head, and of that key one element is bad, in another column for each head.
 * Kernels whose hidden pairs weigh 0 must notice it, since 0 * NaN is NaN; whole bad rows, which
 * the other cases have, are noticed by who asks a single column. Then the same in V where some
 * queries see it, and show it, beside others that do not.
 */
final class BadElementCases {
  /** With both batches, every column of 64, and 32 at each end of longer rows. */
  private static final int HEADS = 32;

  private static final int BATCHES = 2;
  private static final int KEYS = 70;

  private final long seed;
  private final List<GridCase> cases = new ArrayList<>();

  private BadElementCases(long seed) {
    this.seed = seed;
  }

  /** The cases, of dimensions that {@link QuickGrid} has compiled already. */
  static List<GridCase> of(long seed) {
    BadElementCases all = new BadElementCases(seed);
    for (int[] dims : QuickGrid.DIMENSIONS) {
      all.add(5, dims[0], dims[1], false, false);
    }
    for (int queries : new int[] {1, 70}) {
      all.add(queries, 64, 64, false, false);
      all.add(queries, 64, 64, true, false);
    }
    all.add(20, 64, 64, true, true);
    for (Mask mask : List.of(Mask.none(), Mask.causal(), Mask.window(9, 9))) {
      all.addSeen(70, 64, mask);
    }
    all.addSeen(5, 64, new Mask.DenseBoolean(GridLevels.booleans(seed, BATCHES, 1, 5, KEYS)));
    for (int dim : new int[] {8, 128}) {
      all.addSeen(70, dim, Mask.causal());
    }
    return List.copyOf(all.cases);
  }

  /** Where there are more keys than columns: in any place of a tile. */
  static List<GridCase> ofNarrowHeads(long seed) {
    BadElementCases all = new BadElementCases(seed);
    all.addHidden("one bad element anywhere", 5, 8, 8, (b, h) -> b * HEADS + h + 1, false);
    return List.copyOf(all.cases);
  }

  /**
   * Adds a case.
   *
   * @param backwards whether the hidden key moves against the bad column, or with it, one ahead
   * @param additive whether the mask holds biases
   */
  private void add(int queries, int dim, int valueDim, boolean backwards, boolean additive) {
    addHidden(
        "one bad element" + (backwards ? " backwards" : ""),
        queries,
        dim,
        valueDim,
        (b, h) -> hiddenKey(b, h, valueDim, backwards),
        additive);
  }

  /**
   * Adds a case.
   *
   * @param hidden which key nobody sees, of a batch and a head
   */
  private void addHidden(
      String name, int queries, int dim, int valueDim, IntBinaryOperator hidden, boolean additive) {
    boolean[] seen = new boolean[BATCHES * HEADS * queries * KEYS];
    for (int i = 0; i < seen.length; i++) {
      int plane = i / KEYS / queries;
      seen[i] = i % KEYS != hidden.applyAsInt(plane / HEADS, plane % HEADS);
    }
    AttentionSpecBuilder builder =
        AttentionSpec.builder()
            .batch(BATCHES)
            .heads(HEADS)
            .lengths(queries, KEYS)
            .dims(dim, valueDim)
            .mask(additive ? biases(seen, queries) : booleans(seen, queries));
    cases.add(new GridCase(name, builder.build(), InputFamily.POISON_ELEMENT, seed + cases.size()));
  }

  /** A value that some see: all heads, no two of them with the same key and column. */
  private void addSeen(int queries, int dim, Mask mask) {
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(BATCHES)
            .heads(HEADS)
            .lengths(queries, KEYS)
            .dim(dim)
            .mask(mask)
            .build();
    cases.add(
        new GridCase("one bad value seen", spec, InputFamily.SEEN_ELEMENT, seed + cases.size()));
  }

  /** Where the family's column of V is this one, the key behind it or as far from the end. */
  private static int hiddenKey(int b, int h, int valueDim, boolean backwards) {
    int fromAnEnd = h % valueDim;
    int column = b == 0 ? fromAnEnd : valueDim - 1 - fromAnEnd;
    return (backwards ? valueDim + KEYS - 1 - column : column + 1) % KEYS;
  }

  private static Mask booleans(boolean[] seen, int queries) {
    return new Mask.DenseBoolean(DenseMask.ofBooleans(BATCHES, HEADS, queries, KEYS, seen));
  }

  private static Mask biases(boolean[] seen, int queries) {
    float[] biases = new float[seen.length];
    for (int i = 0; i < seen.length; i++) {
      biases[i] = seen[i] ? i % 3 : Float.NEGATIVE_INFINITY;
    }
    return new Mask.DenseAdditive(DenseMask.ofFloats(BATCHES, HEADS, queries, KEYS, biases));
  }
}
