package io.github.attn4j.core.blockmap;

/**
 * How much of all batches' and heads' score matrices a mask leaves.
 *
 * @param visiblePairs pairs (b, h, q, k) that are visible
 * @param pairs all that exist: keys past a batch's length do not
 * @param emptyBlocks blocks without a visible pair
 * @param partialBlocks blocks with visible and hidden pairs
 * @param fullBlocks blocks without a hidden pair
 */
public record BlockCounts(
    long visiblePairs, long pairs, long emptyBlocks, long partialBlocks, long fullBlocks) {

  /** Share of the pairs that are visible; 0 where there are none. */
  public double pairDensity() {
    return pairs == 0 ? 0 : (double) visiblePairs / pairs;
  }

  /** Share of the blocks that are not empty: what block-sparse execution can hope for. */
  public double blockDensity() {
    long blocks = emptyBlocks + partialBlocks + fullBlocks;
    return blocks == 0 ? 0 : (double) (partialBlocks + fullBlocks) / blocks;
  }
}
