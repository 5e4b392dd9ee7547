package io.github.attn4j.core.report;

import io.github.attn4j.core.blockmap.BlockCounts;
import io.github.attn4j.core.check.MaskQuality;
import org.jspecify.annotations.Nullable;

/**
 * What a mask leaves of the score matrices, what that costs and what it does to the result; see
 * docs/benchmarking.md.
 *
 * @param pairDensity visible pairs over all pairs that exist
 * @param blockDensity blocks of 64 queries by 64 keys that hold a visible pair, over all of them:
 *     what block-sparse execution can hope for, whatever tile runs
 * @param blocks all of them, over all batches and query heads
 * @param listedBlocks those with a visible pair
 * @param fullBlocks those without a hidden one
 * @param blockMap what the map cost that the kernel ran by; null where it took none
 * @param speedup against the same kernel without the mask; null where that was not measured
 * @param quality against attention without the mask; null where it was not computed
 */
public record Sparsity(
    double pairDensity,
    double blockDensity,
    long blocks,
    long listedBlocks,
    long fullBlocks,
    @Nullable BlockMapCost blockMap,
    @Nullable Speedup speedup,
    @Nullable MaskQuality quality) {

  /** Densities alone. */
  public static Sparsity of(BlockCounts counts) {
    long listed = counts.partialBlocks() + counts.fullBlocks();
    return new Sparsity(
        counts.pairDensity(),
        counts.blockDensity(),
        listed + counts.emptyBlocks(),
        listed,
        counts.fullBlocks(),
        null,
        null,
        null);
  }

  /** With the cost of the kernel's map. */
  public Sparsity with(@Nullable BlockMapCost map) {
    return new Sparsity(
        pairDensity, blockDensity, blocks, listedBlocks, fullBlocks, map, speedup, quality);
  }

  /** With what it gains. */
  public Sparsity with(@Nullable Speedup gain) {
    return new Sparsity(
        pairDensity, blockDensity, blocks, listedBlocks, fullBlocks, blockMap, gain, quality);
  }

  /** With what it does to the result. */
  public Sparsity with(@Nullable MaskQuality effect) {
    return new Sparsity(
        pairDensity, blockDensity, blocks, listedBlocks, fullBlocks, blockMap, speedup, effect);
  }
}
