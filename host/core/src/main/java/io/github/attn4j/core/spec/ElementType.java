package io.github.attn4j.core.spec;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How an element is stored: its bits, and which numbers they can hold. Converting is rounding to
 * nearest, ties to even, subnormals included; it is done here for the host, and by {@code
 * element_types.clh} for devices.
 *
 * <p>{@link #F32}, {@link #F16} and {@link #BF16} store numbers as they are. {@link #I8} and {@link
 * #F8E4M3} are {@link #scaled}: they store K and V only, as codes that a float32 scale multiplies,
 * one scale for each {@value #KEYS_PER_SCALE} rows.
 */
public enum ElementType {
  /** IEEE 754 binary32. */
  F32(4, 0x1p-24, Float.MAX_VALUE, Float.MIN_NORMAL) {
    @Override
    public int encode(float value) {
      return Float.floatToRawIntBits(value);
    }

    @Override
    public float decode(int bits) {
      return Float.intBitsToFloat(bits);
    }
  },

  /** IEEE 754 binary16: 11 significant bits, 6e-8 to 65,504. */
  F16(2, 0x1p-11, 65_504, 0x1p-14f) {
    @Override
    public int encode(float value) {
      return Float.floatToFloat16(value) & 0xffff;
    }

    @Override
    public float decode(int bits) {
      return Float.float16ToFloat((short) bits);
    }
  },

  /** The upper half of a binary32: 8 significant bits, its whole range. */
  BF16(2, 0x1p-8, 0x1.fep127f, Float.MIN_NORMAL) {
    private static final int QUIET = 0x40;

    @Override
    public int encode(float value) {
      int bits = Float.floatToRawIntBits(value);
      if (Float.isNaN(value)) {
        return (bits >>> 16) | QUIET; // a payload in the lower half alone would become an infinity
      }
      int odd = (bits >>> 16) & 1;
      return (bits + 0x7fff + odd) >>> 16; // a carry into the exponent is what it should be
    }

    @Override
    public float decode(int bits) {
      return Float.intBitsToFloat(bits << 16);
    }
  },

  /**
   * Integers from -127 to 127, times a scale: symmetric, so that no zero point has to be taken from
   * the products. The code -128 stands for an element that nobody stored.
   */
  I8(1, 0.5 / 127, 127, 1) {
    @Override
    public int encode(float value) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "%s has no code in i8, which stores finite numbers only: take f8e4m3, which knows NaN, or f16"
                .formatted(value));
      }
      return (int) Math.clamp(Math.rint(value), -127, 127) & 0xff;
    }

    @Override
    public float decode(int bits) {
      return (byte) bits;
    }
  },

  /**
   * The OCP's 8-bit floating point E4M3 (OCP 8-bit Floating Point Specification, 2023, section 5),
   * times a scale: 4 significant bits, 2^-9 to 448, one NaN of either sign, no infinity. What is
   * larger saturates, infinities too.
   */
  F8E4M3(1, 0x1p-4, 448, 0x1p-6f) {
    private static final int NAN = 0x7f;
    private static final int LARGEST = 0x7e;
    private static final int SMALLEST_EXPONENT = -6;
    private static final int BIAS = 7;

    @Override
    public int encode(float value) {
      int sign = (Float.floatToRawIntBits(value) >>> 24) & 0x80;
      float magnitude = Math.abs(value);
      if (Float.isNaN(value)) {
        return sign | NAN;
      }
      if (magnitude >= largest()) {
        return sign | LARGEST;
      }
      int exponent = Math.max(Math.getExponent(magnitude), SMALLEST_EXPONENT);
      // In units of the last place, exactly: 8 to 16, less where it is subnormal. 16 carries into
      // the exponent, whose lowest value stands for subnormals too, without their leading bit.
      int significand = (int) Math.rint(Math.scalb((double) magnitude, 3 - exponent));
      return sign | (((exponent - SMALLEST_EXPONENT) << 3) + significand);
    }

    @Override
    public float decode(int bits) {
      int magnitude = bits & 0x7f;
      int exponent = magnitude >> 3;
      int fraction = magnitude & 7;
      float value;
      if (magnitude == NAN) {
        value = Float.NaN;
      } else if (exponent == 0) {
        value = Math.scalb((float) fraction, SMALLEST_EXPONENT - 3);
      } else {
        value = Math.scalb((float) (8 + fraction), exponent - BIAS - 3);
      }
      return (bits & 0x80) == 0 ? value : -value;
    }
  };

  /** Consecutive rows of one head of one slot that share a scale, where the type has scales. */
  public static final int KEYS_PER_SCALE = 16;

  /** Size of a scale in bytes. */
  public static final int SCALE_BYTES = Float.BYTES;

  private final int bytes;
  private final double unitRoundoff;
  private final float largest;
  private final float smallestNormal;

  ElementType(int bytes, double unitRoundoff, float largest, float smallestNormal) {
    this.bytes = bytes;
    this.unitRoundoff = unitRoundoff;
    this.largest = largest;
    this.smallestNormal = smallestNormal;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /**
   * Half the distance from 1 to the next larger number: the relative error of one rounding. Of I8,
   * whose numbers lie evenly, relative to the largest.
   */
  public double unitRoundoff() {
    return unitRoundoff;
  }

  /** Largest finite number, before any scale. */
  public float largest() {
    return largest;
  }

  /** Smallest positive number with all significant bits, before any scale; 1 of I8. */
  public float smallestNormal() {
    return smallestNormal;
  }

  /**
   * Half a step beyond the largest finite number: what rounds to an infinity, in types that have
   * one.
   */
  public double overflowsFrom() {
    double step = 2 * unitRoundoff * Math.scalb(1.0, Math.getExponent(largest));
    return largest + step / 2;
  }

  /** Whether codes are multiplied by a scale: then only K and V can be stored so. */
  public boolean scaled() {
    return bytes == 1;
  }

  /**
   * The bits of the number next to a value, in the lowest 8 * {@link #bytes} bits; a tie goes to
   * the even one.
   *
   * @throws IllegalArgumentException for NaN and infinities of I8
   */
  public abstract int encode(float value);

  /** The number that bits stand for; bits above the lowest 8 * {@link #bytes} do not count. */
  public abstract float decode(int bits);

  /** The number of this type next to a value. */
  public float round(float value) {
    return decode(encode(value));
  }

  /** Rounds every element in place. */
  public void round(float[] values) {
    if (this != F32) {
      for (int index = 0; index < values.length; index++) {
        values[index] = round(values[index]);
      }
    }
  }

  /** Lower-case name for tables and options. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The type of a label.
   *
   * @throws IllegalArgumentException naming the labels there are
   */
  public static ElementType parse(String label) {
    List<ElementType> types = List.of(values());
    return types.stream()
        .filter(type -> type.label().equals(label.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'%s' is no element type: there are %s"
                    .formatted(
                        label,
                        String.join(
                            ", ", Arrays.stream(values()).map(ElementType::label).toList()))));
  }
}
