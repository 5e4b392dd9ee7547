package io.github.attn4j.core.blockmap;

/**
 * Extent of a block.
 *
 * @param queries rows
 * @param keys columns
 */
public record BlockSize(int queries, int keys) {
  /** 64 queries by 64 keys: what densities are counted in. */
  public static final BlockSize STANDARD = new BlockSize(64, 64);

  /** Checks that neither is empty. */
  public BlockSize {
    if (queries < 1 || keys < 1) {
      throw new IllegalArgumentException(
          "a block has at least one query and one key, but this one is %d x %d"
              .formatted(queries, keys));
    }
  }

  /** Blocks that cover so many queries. */
  public int rows(int queryCount) {
    return Math.ceilDiv(queryCount, queries);
  }

  /** Blocks that cover so many keys. */
  public int columns(int keyCount) {
    return Math.ceilDiv(keyCount, keys);
  }
}
