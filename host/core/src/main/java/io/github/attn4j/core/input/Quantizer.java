package io.github.attn4j.core.input;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Puts K or V into codes of a scaled type, and back: one scale for each {@value
 * ElementType#KEYS_PER_SCALE} rows of a head of a slot, the largest magnitude there over the type's
 * largest number. The finer the runs, the less one large row costs its neighbours; 16 rows are the
 * smallest page.
 *
 * <p>Scales have at most 16 significant bits, codes at most 8, so that scale * code is exact in
 * float32: host and device see the same numbers, in whatever order they multiply.
 *
 * <p>Rows that nobody stored hold the code -128 (I8), which no number has, or NaN (F8E4M3), and the
 * scale of a run without any stored row is NaN: whoever reads one of them shows it.
 */
public final class Quantizer {
  /** Bits that a float32 has behind the 16 significant ones of a scale. */
  private static final int SPARE_BITS = 8;

  /** Below it, products with the smallest codes of F8E4M3 would be rounded. */
  private static final float SMALLEST_SCALE = 0x1p-125f;

  private static final int ABSENT_I8 = 0x80;
  private static final int ABSENT_F8 = 0x7f;

  private final AttentionSpec spec;
  private final ElementType type;
  private final String tensor;
  private final Layout layout;
  private final int columns;

  private Quantizer(AttentionSpec spec, String tensor, Layout layout, int columns) {
    this.spec = spec;
    this.type = spec.keyValueType();
    this.tensor = tensor;
    this.layout = layout;
    this.columns = columns;
    if (!type.scaled()) {
      throw new IllegalArgumentException(
          "%s of type %s has no scales to be stored with".formatted(tensor, type.label()));
    }
  }

  /** Of K. */
  static Quantizer ofKeys(AttentionSpec spec) {
    return new Quantizer(spec, "K", spec.k(), spec.headDim());
  }

  /** Of V. */
  static Quantizer ofValues(AttentionSpec spec) {
    return new Quantizer(spec, "V", spec.v(), spec.valueDim());
  }

  /**
   * What becomes of a tensor.
   *
   * @param values the numbers that are stored, in the buffer of the tensor; NaN in gaps
   * @param scales by {@link AttentionSpec#scaleIndex}
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Stored(float[] values, float[] scales) {}

  /**
   * The scale of a run: the least with 16 significant bits that brings its largest magnitude within
   * the type's numbers.
   *
   * @param largest finite, at least 0
   */
  public static float scale(ElementType type, float largest) {
    if (largest == 0) {
      return 0;
    }
    float exact = Math.max(largest / type.largest(), SMALLEST_SCALE);
    int bits = Float.floatToRawIntBits(exact);
    int mask = (1 << SPARE_BITS) - 1;
    float rounded = Float.intBitsToFloat((bits + mask) & ~mask);
    // Next to the largest float, rounding up would make an infinity of the largest code.
    return Float.isInfinite(rounded * type.largest())
        ? Float.intBitsToFloat(bits & ~mask)
        : rounded;
  }

  /**
   * Stores rows.
   *
   * @param source the tensor's buffer
   * @param stored by key-value head, which rows are stored, as {@link KeyRows} numbers them
   * @throws IllegalArgumentException where a stored row is not finite and the type is I8
   */
  Stored store(float[] source, BitSet[] stored) {
    float[] values = new float[source.length];
    Arrays.fill(values, Float.NaN);
    float[] scales = new float[spec.scales()];
    int slotRows = spec.keySlotRows();
    int runs = spec.scalesPerHead();
    for (int slot = 0; slot < spec.keySlots(); slot++) {
      for (int kvHead = 0; kvHead < spec.kvHeads(); kvHead++) {
        for (int run = 0; run < runs; run++) {
          int first = run * ElementType.KEYS_PER_SCALE;
          int end = Math.min(slotRows, first + ElementType.KEYS_PER_SCALE);
          int base = slot * slotRows;
          float scale = Float.NaN;
          for (int row = first; row < end; row++) {
            if (stored[kvHead].get(base + row)) {
              float largest = largest(source, slot, kvHead, row);
              scale = Float.isNaN(scale) ? largest : Math.max(scale, largest);
            }
          }
          scale = Float.isNaN(scale) ? scale : scale(type, scale);
          scales[(slot * spec.kvHeads() + kvHead) * runs + run] = scale;
          for (int row = first; row < end; row++) {
            int at = (int) layout.row(slot, kvHead, row);
            if (stored[kvHead].get(base + row)) {
              for (int d = 0; d < columns; d++) {
                values[at + d] = type.decode(encode(source[at + d], scale)) * scale;
              }
            } else {
              Arrays.fill(values, at, at + columns, type.decode(absent()) * scale);
            }
          }
        }
      }
    }
    return new Stored(values, scales);
  }

  /** Of the finite elements: NaN is stored beside any scale, and an infinity as NaN. */
  private float largest(float[] source, int slot, int kvHead, int row) {
    int at = (int) layout.row(slot, kvHead, row);
    float largest = 0;
    for (int d = 0; d < columns; d++) {
      float magnitude = Math.abs(source[at + d]);
      if (Float.isFinite(magnitude)) {
        largest = Math.max(largest, magnitude);
      } else if (type == ElementType.I8) {
        throw new IllegalArgumentException(
            "%s holds %s in slot %d, head %d, row %d, column %d, which i8 cannot store: f8e4m3 stores it as NaN, f16 as it is"
                .formatted(tensor, source[at + d], slot, kvHead, row, d));
      }
    }
    return largest;
  }

  /**
   * The codes behind stored values, in the order of the tensor's buffer.
   *
   * @param values as {@link #store} leaves them
   */
  byte[] codes(float[] values, float[] scales) {
    byte[] codes = new byte[values.length];
    Arrays.fill(codes, (byte) absent());
    int runs = spec.scalesPerHead();
    for (int slot = 0; slot < spec.keySlots(); slot++) {
      for (int kvHead = 0; kvHead < spec.kvHeads(); kvHead++) {
        for (int row = 0; row < spec.keySlotRows(); row++) {
          int at = (int) layout.row(slot, kvHead, row);
          float scale =
              scales[(slot * spec.kvHeads() + kvHead) * runs + row / ElementType.KEYS_PER_SCALE];
          for (int d = 0; d < columns; d++) {
            codes[at + d] = (byte) code(values[at + d], scale);
          }
        }
      }
    }
    return codes;
  }

  private int code(float value, float scale) {
    if (type == ElementType.I8) {
      // 0 * -128 is -0, which no stored number is.
      boolean negativeZero = Float.floatToRawIntBits(value) == Float.floatToRawIntBits(-0f);
      boolean isAbsent = Float.isNaN(value) || (scale == 0 ? negativeZero : value == -128 * scale);
      return isAbsent ? absent() : encode(value, scale);
    }
    return encode(value, scale);
  }

  private int encode(float value, float scale) {
    // A scale of 0 stands for zeros alone, besides NaN. An infinity saturated would look harmless.
    float ratio = scale > 0 ? value / scale : value;
    return type.encode(Float.isFinite(value) ? ratio : Float.NaN);
  }

  private int absent() {
    return type == ElementType.I8 ? ABSENT_I8 : ABSENT_F8;
  }

  /** Puts what nobody stored into rows that are still NaN, beside scales that are not. */
  void fillAbsent(float[] values, float[] scales) {
    BitSet existing = KeyRows.existing(spec)[0];
    int runs = spec.scalesPerHead();
    int slotRows = spec.keySlotRows();
    for (int slot = 0; slot < spec.keySlots(); slot++) {
      for (int kvHead = 0; kvHead < spec.kvHeads(); kvHead++) {
        for (int row = 0; row < slotRows; row++) {
          if (!existing.get(slot * slotRows + row)) {
            int run = row / ElementType.KEYS_PER_SCALE;
            float scale = scales[(slot * spec.kvHeads() + kvHead) * runs + run];
            int at = (int) layout.row(slot, kvHead, row);
            Arrays.fill(values, at, at + columns, type.decode(absent()) * scale);
          }
        }
      }
    }
  }
}
