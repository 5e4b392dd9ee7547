package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;

/**
 * A dense mask by how it is made: a pair's value depends on the seed and its own indices alone, so
 * that a smaller shape keeps what is left of it.
 *
 * @param additive whether values are added to scores
 * @param ofBatches whether sequences have their own
 * @param ofHeads whether heads have
 * @param ofQueries whether queries have
 * @param pattern what is hidden
 */
public record DenseDraw(
    boolean additive,
    boolean ofBatches,
    boolean ofHeads,
    boolean ofQueries,
    Pattern pattern,
    long seed) {
  private static final long MOST = 1 << 12;
  private static final float LOWEST = -3e38f;

  /** What a mask hides. */
  public enum Pattern {
    /** A quarter of all pairs. */
    SCATTERED,
    /** Runs of up to 40 keys. */
    RUNS,
    /** Every third row as a whole, and a few pairs of the others. */
    ROWS,
    /** Next to nothing; additive values are the lowest there are, which hide nothing. */
    LOWEST
  }

  Mask mask(FuzzShape shape) {
    int batch = ofBatches ? shape.batch() : 1;
    int heads = ofHeads ? shape.queryHeads() : 1;
    int queries = ofQueries ? shape.queryLength() : 1;
    int keys = shape.kvLength();
    int pairs = Math.toIntExact((long) batch * heads * queries * keys);
    boolean[] visible = new boolean[additive ? 0 : pairs];
    float[] biases = new float[additive ? pairs : 0];
    SplitMix64 random = new SplitMix64(seed, 'M');
    int at = 0;
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < heads; h++) {
        for (int q = 0; q < queries; q++) {
          long row = ((b * MOST + h) * MOST + q) * MOST;
          for (int k = 0; k < keys; k++, at++) {
            boolean hidden = hides(random, row, q, k);
            if (additive) {
              biases[at] = hidden ? Float.NEGATIVE_INFINITY : bias(random, row + k);
            } else {
              visible[at] = !hidden;
            }
          }
        }
      }
    }
    return additive
        ? new Mask.DenseAdditive(DenseMask.ofFloats(batch, heads, queries, keys, biases))
        : new Mask.DenseBoolean(DenseMask.ofBooleans(batch, heads, queries, keys, visible));
  }

  private boolean hides(SplitMix64 random, long row, int q, int k) {
    return switch (pattern) {
      case SCATTERED -> random.below(row + k, 4) == 0;
      case RUNS -> random.below(row + k / (1 + random.below(row, 40)), 2) == 0;
      case ROWS -> q % 3 == 1 || random.below(row + k, 16) == 0;
      case LOWEST -> random.below(row + k, 64) == 0;
    };
  }

  private float bias(SplitMix64 random, long pair) {
    return pattern == Pattern.LOWEST && random.below(~pair, 2) == 0
        ? LOWEST
        : 4 * random.uniform(pair);
  }
}
