package io.github.attn4j.core.input;

import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;
import java.util.BitSet;

/** Rows of K's and V's slots, numbered slot * rows of a slot + row: which of them are whose. */
public final class KeyRows {
  private KeyRows() {}

  /** Rows that some sequence has, for each key-value head the same. */
  static BitSet[] existing(AttentionSpec spec) {
    BitSet rows = new BitSet();
    for (int b = 0; b < spec.batch(); b++) {
      for (int key = 0; key < spec.keyLengths().get(b); key++) {
        rows.set(index(spec, b, key));
      }
    }
    BitSet[] all = new BitSet[spec.kvHeads()];
    Arrays.fill(all, rows);
    return all;
  }

  /** Rows that some query sees, by key-value head. */
  public static BitSet[] seen(AttentionSpec spec) {
    int group = spec.queryHeads() / spec.kvHeads();
    BitSet[] seen = new BitSet[spec.kvHeads()];
    for (int kvHead = 0; kvHead < seen.length; kvHead++) {
      seen[kvHead] = new BitSet();
      for (int b = 0; b < spec.batch(); b++) {
        for (int key = 0; key < spec.keyLengths().get(b); key++) {
          if (Poison.seenByAny(spec, b, kvHead * group, group, key)) {
            seen[kvHead].set(index(spec, b, key));
          }
        }
      }
    }
    return seen;
  }

  /** A sequence's key among all rows. */
  public static int index(AttentionSpec spec, int b, int key) {
    return spec.keyPlacement().slot(b, key) * spec.keySlotRows()
        + spec.keyPlacement().rowInSlot(b, key);
  }
}
