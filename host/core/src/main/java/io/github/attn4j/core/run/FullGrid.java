package io.github.attn4j.core.run;

import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The grid that {@code ./attn verify --grid full} runs in minutes: every head dimension with every
 * length under no, a causal and a window mask; and every pair of all other features, several times
 * over, in random company.
 */
public final class FullGrid {
  private static final int[] DIMS = {8, 32, 40, 64, 80, 96, 111, 128, 192, 256};
  private static final int[] LENGTHS = {1, 2, 7, 17, 64, 97, 127, 128, 129, 257, 1000, 1023};
  private static final List<Mask> PRODUCT_MASKS =
      List.of(Mask.none(), Mask.causal(), Mask.window(33, 17));

  /**
   * Random cases before the pairs they left out are added; chosen so that the whole grid passes
   * 5,000.
   */
  private static final int DRAWS = 4700;

  // Positions in FACTORS, and in the levels drawn for a case.
  private static final int DIMENSIONS = 0;
  private static final int SEQUENCES = 1;
  private static final int VISIBILITY = 2;
  private static final int HEADS = 3;
  private static final int BATCH = 4;
  private static final int MEMORY = 5;
  private static final int MASK_SHAPE = 6;
  private static final int SCALING = 7;
  private static final int FAMILY = 8;

  /** The levels of every property that cases differ in. */
  static final List<List<?>> FACTORS =
      List.of(
          GridLevels.DIMENSIONS,
          GridLevels.SEQUENCES,
          GridLevels.VISIBILITIES,
          GridLevels.HEADS,
          GridLevels.BATCHES,
          GridLevels.MEMORIES,
          GridLevels.MASK_SHAPES,
          GridLevels.SCALINGS,
          GridLevels.FAMILIES);

  private final long seed;
  private final SplitMix64 random;
  private final List<GridCase> cases = new ArrayList<>();
  private final Map<String, DenseMask> masks = new HashMap<>();

  private FullGrid(long seed) {
    this.seed = seed;
    random = new SplitMix64(seed, 'F');
  }

  /** The cases, always in the same order; the seed decides data, dense masks and company. */
  public static List<GridCase> cases(long seed) {
    FullGrid grid = new FullGrid(seed);
    grid.product();
    grid.pairs();
    grid.cases.addAll(ExpressionCases.full(seed + grid.cases.size()));
    grid.cases.addAll(BadElementCases.of(seed + grid.cases.size()));
    return List.copyOf(grid.cases);
  }

  private void add(String name, AttentionSpec spec, InputFamily family) {
    cases.add(new GridCase(name, spec, family, seed + cases.size()));
  }

  private void product() {
    for (int dim : DIMS) {
      for (int length : LENGTHS) {
        for (Mask mask : PRODUCT_MASKS) {
          add(
              "product",
              AttentionSpec.builder().dim(dim).length(length).mask(mask).build(),
              InputFamily.NORMAL);
        }
      }
    }
  }

  private void pairs() {
    PairCoverage covered = new PairCoverage();
    for (int draw = 0; draw < DRAWS; draw++) {
      addDrawn(draw(draw), covered);
    }
    // Random company misses a few pairs: each of them gets a case.
    for (int draw = DRAWS; ; draw++) {
      int[] missing = covered.firstMissing();
      if (missing.length == 0) {
        return;
      }
      int[] levels = draw(draw);
      levels[missing[0]] = missing[1];
      levels[missing[2]] = missing[3];
      addDrawn(levels, covered);
    }
  }

  private int[] draw(int number) {
    int[] levels = new int[FACTORS.size()];
    for (int factor = 0; factor < levels.length; factor++) {
      levels[factor] =
          random.below((long) number * levels.length + factor, FACTORS.get(factor).size());
    }
    return levels;
  }

  private void addDrawn(int[] levels, PairCoverage covered) {
    covered.add(levels);
    add("pairs", spec(levels), GridLevels.FAMILIES.get(levels[FAMILY]));
  }

  private AttentionSpec spec(int[] levels) {
    int[] dims = GridLevels.DIMENSIONS.get(levels[DIMENSIONS]);
    int[] lengths = GridLevels.SEQUENCES.get(levels[SEQUENCES]);
    int[] heads = GridLevels.HEADS.get(levels[HEADS]);
    GridLevels.Batch batch = GridLevels.BATCHES.get(levels[BATCH]);
    AttentionSpecBuilder builder =
        AttentionSpec.builder()
            .dims(dims[0], dims[1])
            .lengths(lengths[0], lengths[1])
            .heads(heads[0], heads[1]);
    GridLevels.Visibility visibility = GridLevels.VISIBILITIES.get(levels[VISIBILITY]);
    batch.apply(builder, lengths[1]);
    boolean[] shape = GridLevels.MASK_SHAPES.get(levels[MASK_SHAPE]);
    int maskBatch = shape[0] ? batch.size : 1;
    int maskHeads = shape[1] ? heads[0] : 1;
    int maskQueries = shape[2] ? lengths[0] : 1;
    Mask mask = visibility.window();
    if (visibility.bool()) {
      mask =
          mask.and(
              new Mask.DenseBoolean(dense(true, maskBatch, maskHeads, maskQueries, lengths[1])));
    }
    if (visibility.additive()) {
      mask =
          mask.and(
              new Mask.DenseAdditive(dense(false, maskBatch, maskHeads, maskQueries, lengths[1])));
    }
    builder.mask(mask);
    if (visibility.topLeft()) {
      builder.topLeft();
    }
    GridLevels.SCALINGS.get(levels[SCALING]).apply(builder);
    GridLevels.MEMORIES.get(levels[MEMORY]).apply(builder, heads, lengths, dims);
    return builder.build();
  }

  /** Cases of equal shape share a mask: thousands of their own would fill the memory. */
  private DenseMask dense(boolean bool, int batch, int heads, int queries, int keys) {
    return masks.computeIfAbsent(
        "%b %d %d %d %d".formatted(bool, batch, heads, queries, keys),
        key ->
            bool
                ? GridLevels.booleans(seed, batch, heads, queries, keys)
                : GridLevels.biases(seed, batch, heads, queries, keys));
  }

  /** Which pairs of levels of two factors some case has. */
  static final class PairCoverage {
    private final BitSet seen = new BitSet();

    void add(int[] levels) {
      for (int a = 0; a < levels.length; a++) {
        for (int b = a + 1; b < levels.length; b++) {
          seen.set(bit(a, levels[a], b, levels[b]));
        }
      }
    }

    /** Factor, level, factor and level of a pair that no case has; empty when all are there. */
    int[] firstMissing() {
      for (int a = 0; a < FACTORS.size(); a++) {
        for (int b = a + 1; b < FACTORS.size(); b++) {
          for (int i = 0; i < FACTORS.get(a).size(); i++) {
            for (int j = 0; j < FACTORS.get(b).size(); j++) {
              if (!seen.get(bit(a, i, b, j))) {
                return new int[] {a, i, b, j};
              }
            }
          }
        }
      }
      return new int[0];
    }

    private static int bit(int factorA, int levelA, int factorB, int levelB) {
      return ((factorA * 16 + factorB) * 32 + levelA) * 32 + levelB;
    }
  }
}
