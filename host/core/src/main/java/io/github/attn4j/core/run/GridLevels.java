package io.github.attn4j.core.run;

import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import java.util.List;

/** The levels of each factor that {@link FullGrid} pairs with each other. */
final class GridLevels {
  /**
   * D and Dv. Each is a compilation for every kernel that is specialised on them, so there are few
   * unequal ones.
   */
  static final List<int[]> DIMENSIONS =
      List.of(
          new int[] {8, 8},
          new int[] {32, 32},
          new int[] {40, 40},
          new int[] {64, 64},
          new int[] {80, 80},
          new int[] {96, 96},
          new int[] {111, 111},
          new int[] {128, 128},
          new int[] {192, 192},
          new int[] {256, 256},
          new int[] {1, 3},
          new int[] {40, 64},
          new int[] {64, 40},
          new int[] {192, 128});

  /** Sq and Skv: equal, fewer queries, more queries; the longest with a short side. */
  static final List<int[]> SEQUENCES =
      List.of(
          new int[] {1, 1},
          new int[] {2, 2},
          new int[] {7, 7},
          new int[] {17, 17},
          new int[] {64, 64},
          new int[] {97, 97},
          new int[] {127, 127},
          new int[] {128, 128},
          new int[] {129, 129},
          new int[] {1, 257},
          new int[] {7, 64},
          new int[] {33, 200},
          new int[] {64, 129},
          new int[] {2, 1000},
          new int[] {200, 33},
          new int[] {128, 17},
          new int[] {257, 2},
          new int[] {1023, 7});

  /** Hq and Hkv. */
  static final List<int[]> HEADS =
      List.of(
          new int[] {1, 1}, new int[] {2, 2}, new int[] {4, 2}, new int[] {3, 1}, new int[] {6, 2});

  /** Whether a dense mask has a batch, a head and a query dimension; otherwise it broadcasts. */
  static final List<boolean[]> MASK_SHAPES =
      List.of(
          new boolean[] {false, false, true},
          new boolean[] {true, false, true},
          new boolean[] {false, true, true},
          new boolean[] {true, true, false});

  static final List<Visibility> VISIBILITIES =
      List.of(
          new Visibility(Mask.none(), false, false, false),
          new Visibility(Mask.causal(), false, false, false),
          new Visibility(Mask.causal(), true, false, false),
          new Visibility(Mask.window(5, 0), false, false, false),
          new Visibility(Mask.window(33, 17), false, false, false),
          new Visibility(Mask.window(20, 3), true, false, false),
          new Visibility(Mask.window(-1, 4), false, false, false),
          new Visibility(Mask.none(), false, true, false),
          new Visibility(Mask.none(), false, false, true),
          new Visibility(Mask.causal(), false, true, false),
          new Visibility(Mask.window(40, 7), false, false, true),
          new Visibility(Mask.causal(), true, true, true));
  static final List<Batch> BATCHES = List.of(Batch.values());
  static final List<Memory> MEMORIES = List.of(Memory.values());
  static final List<Scaling> SCALINGS = List.of(Scaling.values());

  /** One bad element tells where a mask hides few rows: {@link BadElementCases}. */
  static final List<InputFamily> FAMILIES =
      Arrays.stream(InputFamily.values())
          .filter(family -> family != InputFamily.POISON_ELEMENT)
          .filter(family -> family != InputFamily.SEEN_ELEMENT)
          .toList();

  private GridLevels() {}

  /**
   * What a query sees.
   *
   * @param window positions
   * @param topLeft whether query 0 stands at key 0, or the last query at the last key
   * @param bool with a dense boolean mask too
   * @param additive with a dense additive mask too
   */
  record Visibility(Mask window, boolean topLeft, boolean bool, boolean additive) {}

  /** Batches and how many keys each has. */
  enum Batch {
    ONE(1),
    ONE_SHORTER(1),
    TWO_LENGTHS(2),
    THREE_ONE_EMPTY(3),
    TWO_OFFSETS(2);

    final int size;

    Batch(int size) {
      this.size = size;
    }

    void apply(AttentionSpecBuilder builder, int keys) {
      builder.batch(size);
      switch (this) {
        case ONE -> {}
        case ONE_SHORTER -> builder.keyLengths(List.of(Math.max(1, keys * 2 / 3)));
        case TWO_LENGTHS -> builder.keyLengths(List.of(keys, Math.max(1, keys / 2)));
        case THREE_ONE_EMPTY -> builder.keyLengths(List.of(keys / 3, 0, keys));
        case TWO_OFFSETS ->
            builder.keyLengths(List.of(keys, keys - keys / 4)).queryOffsets(List.of(-3, 11));
      }
    }
  }

  /** Where the elements of the four tensors lie. */
  enum Memory {
    BHSD,
    BSHD,
    GAPS;

    void apply(AttentionSpecBuilder builder, int[] heads, int[] lengths, int[] dims) {
      switch (this) {
        case BHSD -> {}
        case BSHD -> builder.bshd();
        case GAPS ->
            builder.layouts(
                Layout.padded(heads[0], lengths[0], dims[0], 3, 5, 1),
                Layout.padded(heads[1], lengths[1], dims[0], 1, 7, 2),
                Layout.padded(heads[1], lengths[1], dims[1], 9, 1, 0),
                Layout.padded(heads[0], lengths[0], dims[1], 2, 3, 4));
      }
    }
  }

  /** What happens to q . k before any mask. */
  enum Scaling {
    USUAL,
    INEXACT,
    NEGATIVE,
    CAPPED;

    void apply(AttentionSpecBuilder builder) {
      switch (this) {
        case USUAL -> {}
        case INEXACT -> builder.scale(0.1f);
        case NEGATIVE -> builder.scale(-0.07f);
        case CAPPED -> builder.softCap(20);
      }
    }
  }

  /** Two of three pairs are visible. */
  static DenseMask booleans(long seed, int batch, int heads, int queries, int keys) {
    SplitMix64 random = new SplitMix64(seed, 'M');
    boolean[] values = new boolean[batch * heads * queries * keys];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.below(i, 3) != 0;
    }
    return DenseMask.ofBooleans(batch, heads, queries, keys, values);
  }

  /** Normal, a quarter of it -inf. */
  static DenseMask biases(long seed, int batch, int heads, int queries, int keys) {
    SplitMix64 random = new SplitMix64(seed, 'A');
    float[] values = new float[batch * heads * queries * keys];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.below(i, 4) == 0 ? Float.NEGATIVE_INFINITY : 3 * random.normal(i);
    }
    return DenseMask.ofFloats(batch, heads, queries, keys, values);
  }
}
