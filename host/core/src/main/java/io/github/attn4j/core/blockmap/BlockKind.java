package io.github.attn4j.core.blockmap;

/** What of a block's existing pairs is visible. */
public enum BlockKind {
  /** None. */
  EMPTY,
  /** Some, but not all; or it takes a device's rounding to tell, and kernels ask every pair. */
  PARTIAL,
  /** All. */
  FULL
}
