package io.github.attn4j.core.input;

import static java.lang.Float.NEGATIVE_INFINITY;
import static java.lang.Float.NaN;
import static java.lang.Float.POSITIVE_INFINITY;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.Arrays;
import java.util.BitSet;

/** Puts values that must not be seen where nobody may look. */
final class Poison {
  private static final float[] KINDS = {NaN, POSITIVE_INFINITY, NEGATIVE_INFINITY};
  private static final int ROWS_APART = 3;

  private Poison() {}

  /**
   * Overwrites every row of a key or value tensor that no query of its head group sees, be it the
   * mask, the score modifier, a length or the placement that hides them. Rows that some query sees
   * and another does not stay clean here; {@link io.github.attn4j.core.spec.Mask} tests poison
   * those one query at a time.
   *
   * @param seen by key-value head, the rows to be left alone, as {@link KeyRows} numbers them
   */
  static void unseenRows(
      AttentionSpec spec, float[] tensor, Layout layout, int columns, BitSet[] seen, float value) {
    // Signs and kinds alternate, so that nothing cancels.
    forEachUnseen(
        spec,
        layout,
        seen,
        (slot, kvHead, key, row) ->
            Arrays.fill(tensor, row, row + columns, key % 2 == 0 ? value : -value));
  }

  /**
   * Overwrites one element of each such row: column h of head h in even slots, as far from the
   * row's end in odd ones.
   */
  static void unseenElements(
      AttentionSpec spec, float[] tensor, Layout layout, int columns, BitSet[] seen) {
    forEachUnseen(
        spec,
        layout,
        seen,
        (slot, kvHead, key, row) ->
            tensor[row + column(slot, kvHead, columns)] = KINDS[(kvHead + key) % KINDS.length]);
  }

  /**
   * Overwrites one element of each slot and head, whoever sees its row: of the columns that {@link
   * #unseenElements} takes, in rows all over the slot.
   */
  static void seenElements(AttentionSpec spec, float[] tensor, Layout layout, int columns) {
    for (int slot = 0; slot < spec.keySlots() && spec.keySlotRows() > 0; slot++) {
      for (int kvHead = 0; kvHead < spec.kvHeads(); kvHead++) {
        int key = (ROWS_APART * kvHead + spec.keySlotRows() / 2) % spec.keySlotRows();
        int row = AttentionInputs.rowIndex(layout, slot, kvHead, key);
        tensor[row + column(slot, kvHead, columns)] = KINDS[kvHead % KINDS.length];
      }
    }
  }

  private static int column(int slot, int kvHead, int columns) {
    int fromAnEnd = kvHead % columns;
    return slot % 2 == 0 ? fromAnEnd : columns - 1 - fromAnEnd;
  }

  /** Takes the rows that nobody sees, and where they lie. */
  private interface UnseenRow {
    void at(int slot, int kvHead, int key, int row);
  }

  private static void forEachUnseen(
      AttentionSpec spec, Layout layout, BitSet[] seen, UnseenRow action) {
    int slotRows = spec.keySlotRows();
    for (int slot = 0; slot < spec.keySlots(); slot++) {
      for (int kvHead = 0; kvHead < spec.kvHeads(); kvHead++) {
        for (int key = 0; key < slotRows; key++) {
          if (!seen[kvHead].get(slot * slotRows + key)) {
            action.at(slot, kvHead, key, AttentionInputs.rowIndex(layout, slot, kvHead, key));
          }
        }
      }
    }
  }

  static boolean seenByAny(AttentionSpec spec, int b, int firstHead, int heads, int key) {
    for (int h = firstHead; h < firstHead + heads; h++) {
      for (int i = 0; i < spec.queryLengths().get(b); i++) {
        if (spec.visible(b, h, i, key) && !modifiedAway(spec, b, h, i, key)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether the score modifier hides a pair whatever score a poisoned key may give it. */
  private static boolean modifiedAway(AttentionSpec spec, int b, int h, int i, int key) {
    if (spec.scoreModifier() instanceof ScoreModifier.None) {
      return false;
    }
    float capped = spec.softCap() > 0 ? spec.softCap() : Float.POSITIVE_INFINITY;
    for (float score : new float[] {Float.NaN, capped, -capped}) {
      float modified = spec.scoreModifier().apply(score, b, h, i, spec.position(b, i), key);
      if (modified != Float.NEGATIVE_INFINITY) {
        return false;
      }
    }
    return true;
  }
}
