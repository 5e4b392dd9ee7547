package io.github.attn4j.core.blockmap;

import io.github.attn4j.core.expression.Truth;

/** Says whether all pairs of a region are visible, none is, or neither can be told. */
@FunctionalInterface
public interface RegionTruth {

  /**
   * What is known of a region of one batch and head. MIXED is always allowed; the others are
   * proofs.
   *
   * @param lastQuery inclusive
   * @param lastKey inclusive
   */
  Truth over(int b, int h, int firstQuery, int lastQuery, int firstKey, int lastKey);
}
