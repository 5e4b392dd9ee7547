package io.github.attn4j.jvm;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.RowPlacement;

/**
 * Rows of K, or of V, as one thread reads them: floats, a stride apart. Float32 that does not lie
 * on pages is read where it lies; all else is converted and gathered, a tile of keys at a time,
 * since every element is used for {@value MicroKernels#ROWS} products and more.
 */
final class FloatRows {
  private final HeapTensor tensor;
  private final Layout layout;
  private final RowPlacement placement;
  private final int columns;
  private final int slotRows;
  private final int scaleRows; // that have one scale in common: all where there are none
  private final int kvHeads;
  private final int scalesPerHead;
  private final boolean inPlace;
  private final float[] floats;
  private final int stride;

  private int batch;
  private int kvHead;
  private int base;

  FloatRows(AttentionSpec spec, HeapTensor tensor, Layout layout, int columns) {
    this.tensor = tensor;
    this.layout = layout;
    this.columns = columns;
    placement = spec.keyPlacement();
    slotRows = spec.keySlotRows();
    scaleRows = spec.keyValueType().scaled() ? ElementType.KEYS_PER_SCALE : Integer.MAX_VALUE;
    kvHeads = spec.kvHeads();
    scalesPerHead = spec.scalesPerHead();
    if (tensor instanceof HeapTensor.Floats whole && isInPlace(spec)) {
      inPlace = true;
      floats = whole.values();
      // Of a single row the layout's stride may be anything.
      stride = slotRows == 1 ? 0 : Math.toIntExact(layout.rowStride());
    } else {
      inPlace = false;
      floats = new float[Math.multiplyExact(FlashTile.KEYS, columns)];
      stride = columns;
    }
  }

  private static boolean isInPlace(AttentionSpec spec) {
    return spec.keyValueType() == ElementType.F32
        && !(spec.keyPlacement() instanceof RowPlacement.Paged);
  }

  /** Bytes of both tensors' tiles, for one thread. */
  static long bytes(AttentionSpec spec) {
    return isInPlace(spec)
        ? 0
        : (long) Float.BYTES * FlashTile.KEYS * ((long) spec.headDim() + spec.valueDim());
  }

  long allocatedBytes() {
    return inPlace ? 0 : (long) Float.BYTES * floats.length;
  }

  /** Goes to the rows of a key-value head. */
  void start(int b, int head) {
    batch = b;
    kvHead = head;
    if (inPlace) {
      base = Math.toIntExact(layout.row(placement.slot(b, 0), head, placement.rowInSlot(b, 0)));
    }
  }

  /** Where {@link #place} puts rows. */
  float[] floats() {
    return floats;
  }

  /** Elements from a row to the next. */
  int stride() {
    return stride;
  }

  /**
   * Index in {@link #floats} of a key's row, behind which those of the next keys follow; valid
   * until the next call.
   *
   * @param keys at most {@link FlashTile#KEYS}, all of which exist
   */
  int place(int first, int keys) {
    if (inPlace) {
      return base + first * stride;
    }
    int at = 0;
    int end = first + keys;
    int key = first;
    while (key < end) {
      int slot = placement.slot(batch, key);
      int row = placement.rowInSlot(batch, key);
      // Rows side by side are one long run: of single rows, half the time goes into their ends.
      int together = Math.min(Math.min(end - key, slotRows - row), scaleRows - row % scaleRows);
      int scale = (slot * kvHeads + kvHead) * scalesPerHead + row / ElementType.KEYS_PER_SCALE;
      int from = Math.toIntExact(layout.row(slot, kvHead, row));
      if (layout.rowStride() == columns) {
        tensor.read(from, together * columns, scale, floats, at);
      } else {
        for (int j = 0; j < together; j++) {
          int next = Math.toIntExact(from + j * layout.rowStride());
          tensor.read(next, columns, scale, floats, at + j * columns);
        }
      }
      at += together * columns;
      key += together;
    }
    return 0;
  }
}
