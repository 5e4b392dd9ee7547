package io.github.attn4j.core.check;

import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A seeded sequence of choices, and small attention problems made of them. */
final class ProblemDraw {
  /** Past two tiles of every kernel, and no multiple of any. */
  static final int MAX_LENGTH = 150;

  private final SplitMix64 random;
  private long next;

  ProblemDraw(long seed, char stream) {
    random = new SplitMix64(seed, stream);
  }

  int below(int bound) {
    return random.below(next++, bound);
  }

  int between(int first, int last) {
    return first + below(last - first + 1);
  }

  int length() {
    return between(1, MAX_LENGTH);
  }

  /** The numbers 0..count-1 in an order of which each is as likely. */
  int[] permutation(int count) {
    int[] order = new int[count];
    for (int index = 0; index < count; index++) {
      int other = below(index + 1);
      order[index] = order[other];
      order[other] = index;
    }
    return order;
  }

  /**
   * Any problem: heads grouped or not, lengths per batch, any kind of mask. Two head dimensions
   * only, since each costs a kernel a compilation; contiguous.
   */
  AttentionSpecBuilder spec() {
    return spec(length(), length());
  }

  AttentionSpecBuilder spec(int queries, int keys) {
    int batch = between(1, 2);
    int[][] heads = {{1, 1}, {2, 1}, {2, 2}, {3, 1}, {3, 3}, {4, 1}, {4, 2}, {4, 4}};
    int[] chosen = heads[below(heads.length)];
    AttentionSpecBuilder builder =
        AttentionSpec.builder()
            .batch(batch)
            .heads(chosen[0], chosen[1])
            .lengths(queries, keys)
            .dim(below(2) == 0 ? 8 : 64)
            .mask(mask(batch, chosen[0], queries, keys));
    if (below(2) == 0) {
      builder.keyLengths(keyLengths(batch, keys));
    }
    if (below(4) == 0) {
      builder.softCap(20);
    }
    return below(3) == 0 ? builder.topLeft() : builder;
  }

  /** Any problem whose mask says nothing but which window of keys a query sees. */
  AttentionSpec windowed() {
    int keys = length();
    AttentionSpec spec = spec(length(), keys).mask(window(keys)).build();
    return below(2) == 0 ? spec : padded(spec);
  }

  /** A problem with at least one row that sees nothing, for one of four reasons. */
  AttentionSpec specWithEmptyRow() {
    switch (below(4)) {
      case 0 -> {
        // The first queries stand before the first key.
        int keys = between(1, MAX_LENGTH - 1);
        return spec(between(keys + 1, MAX_LENGTH), keys).bottomRight().mask(Mask.causal()).build();
      }
      case 1 -> {
        AttentionSpec spec = spec().build();
        List<Integer> lengths = new ArrayList<>(spec.keyLengths());
        lengths.set(below(spec.batch()), 0);
        return spec.toBuilder().keyLengths(lengths).build();
      }
      default -> {
        AttentionSpec spec = spec().build();
        boolean[] visible = new boolean[spec.queryLength() * spec.kvLength()];
        Arrays.fill(visible, true);
        int empty = below(spec.queryLength()) * spec.kvLength();
        Arrays.fill(visible, empty, empty + spec.kvLength(), false);
        Mask hides =
            below(2) == 0 ? asBooleans(1, 1, spec, visible) : asBiases(1, 1, spec, visible);
        return spec.toBuilder().mask(spec.mask().and(hides)).build();
      }
    }
  }

  /** The same problem with gaps between its rows and heads, and something before the first. */
  AttentionSpec padded(AttentionSpec spec) {
    return spec.toBuilder()
        .layouts(
            padded(spec.queryHeads(), spec.queryLength(), spec.headDim()),
            padded(spec.kvHeads(), spec.kvLength(), spec.headDim()),
            padded(spec.kvHeads(), spec.kvLength(), spec.valueDim()),
            padded(spec.queryHeads(), spec.queryLength(), spec.valueDim()))
        .build();
  }

  private Layout padded(int heads, int rows, int columns) {
    return Layout.padded(heads, rows, columns, below(8), between(1, 8), below(3));
  }

  private List<Integer> keyLengths(int batch, int keys) {
    List<Integer> lengths = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      lengths.add(between(0, keys));
    }
    return lengths;
  }

  private Mask mask(int batch, int heads, int queries, int keys) {
    Mask window = window(keys);
    if (below(2) == 0) {
      return window;
    }
    int maskBatch = below(2) == 0 ? 1 : batch;
    int maskHeads = below(2) == 0 ? 1 : heads;
    boolean[] visible = new boolean[maskBatch * maskHeads * queries * keys];
    for (int index = 0; index < visible.length; index++) {
      visible[index] = below(4) != 0;
    }
    return window.and(
        below(2) == 0
            ? new Mask.DenseBoolean(
                DenseMask.ofBooleans(maskBatch, maskHeads, queries, keys, visible))
            : new Mask.DenseAdditive(
                DenseMask.ofFloats(maskBatch, maskHeads, queries, keys, biases(visible))));
  }

  /** No mask, a causal one, or a window that is open on no side or one. */
  Mask window(int keys) {
    return switch (below(4)) {
      case 0 -> Mask.none();
      case 1 -> Mask.causal();
      case 2 -> Mask.window(below(keys), below(keys));
      default -> Mask.window(below(40), -1);
    };
  }

  private static Mask asBooleans(int batch, int heads, AttentionSpec spec, boolean[] visible) {
    return new Mask.DenseBoolean(
        DenseMask.ofBooleans(batch, heads, spec.queryLength(), spec.kvLength(), visible));
  }

  private Mask asBiases(int batch, int heads, AttentionSpec spec, boolean[] visible) {
    return new Mask.DenseAdditive(
        DenseMask.ofFloats(batch, heads, spec.queryLength(), spec.kvLength(), biases(visible)));
  }

  /** Multiples of an eighth within +-2, whose sums are exact; negative infinity where hidden. */
  private float[] biases(boolean[] visible) {
    float[] biases = new float[visible.length];
    for (int index = 0; index < visible.length; index++) {
      biases[index] = visible[index] ? between(-16, 16) / 8f : Float.NEGATIVE_INFINITY;
    }
    return biases;
  }
}
