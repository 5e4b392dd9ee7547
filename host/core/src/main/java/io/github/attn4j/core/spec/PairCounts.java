package io.github.attn4j.core.spec;

/** Counts the pairs that a spec makes visible. */
final class PairCounts {
  private PairCounts() {}

  static long visiblePairs(AttentionSpec spec) {
    CanonicalMask canonical = spec.canonicalMask();
    if (canonical.expression() != null) {
      return spec.blockMap().counts(VisibleBlocks.pairs(spec)).visiblePairs();
    }
    long pairs = 0;
    for (int b = 0; b < spec.batch(); b++) {
      int headsToCount = canonical.dense() == null ? 1 : spec.queryHeads();
      long headsAlike = canonical.dense() == null ? spec.queryHeads() : 1;
      for (int h = 0; h < headsToCount; h++) {
        for (int i = 0; i < spec.queryLengths().get(b); i++) {
          pairs += visibleKeys(spec, canonical, b, h, i) * headsAlike;
        }
      }
    }
    return pairs;
  }

  private static long visibleKeys(
      AttentionSpec spec, CanonicalMask canonical, int b, int h, int i) {
    int keyLength = spec.keyLengths().get(b);
    int first = canonical.firstKey(spec.position(b, i), keyLength);
    int end = canonical.endKey(spec.position(b, i), keyLength);
    if (canonical.dense() == null) {
      return (long) end - first;
    }
    long count = 0;
    for (int key = first; key < end; key++) {
      if (canonical.dense().isVisible(b, h, i, key)) {
        count++;
      }
    }
    return count;
  }
}
