package io.github.attn4j.jvm;

import io.github.attn4j.core.spec.ElementType;
import java.util.Arrays;

/**
 * Elements of Q, K, V or O as their type stores them. Addressed as the spec's layouts and
 * placements say, whatever the type.
 */
sealed interface HeapTensor {

  /** Elements. */
  int length();

  /**
   * target[at + i] = element from + i as a float, for i below count.
   *
   * @param scale index of the scale that they have in common; of no concern to types without
   */
  void read(int from, int count, int scale, float[] target, int at);

  /** Numbers that stand for themselves: what Q and O are made of. */
  sealed interface Plain extends HeapTensor {
    /** Element at + i = source[from + i], rounded, for i below count. */
    void write(float[] source, int from, int count, int at);

    /** Every element becomes NaN. */
    void clear();

    /** So many NaN. */
    static Plain cleared(ElementType type, int length) {
      Plain tensor =
          type == ElementType.F32
              ? new Floats(new float[length])
              : new Halves(type, new short[length]);
      tensor.clear();
      return tensor;
    }

    /** Floats in the array given; other types in one of their own. */
    static Plain of(ElementType type, float[] values) {
      if (type == ElementType.F32) {
        return new Floats(values);
      }
      Plain tensor = new Halves(type, new short[values.length]);
      tensor.write(values, 0, values.length, 0);
      return tensor;
    }
  }

  /**
   * Float32.
   *
   * @param values used as they are
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Floats(float[] values) implements Plain {
    @Override
    public int length() {
      return values.length;
    }

    @Override
    public void read(int from, int count, int scale, float[] target, int at) {
      System.arraycopy(values, from, target, at, count);
    }

    @Override
    public void write(float[] source, int from, int count, int at) {
      System.arraycopy(source, from, values, at, count);
    }

    @Override
    public void clear() {
      Arrays.fill(values, Float.NaN);
    }
  }

  /**
   * 16-bit floats.
   *
   * @param type F16 or BF16
   * @param bits of each
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Halves(ElementType type, short[] bits) implements Plain {
    @Override
    public int length() {
      return bits.length;
    }

    @Override
    public void read(int from, int count, int scale, float[] target, int at) {
      if (type == ElementType.F16) {
        ElementVectors.halvesToFloats(bits, from, count, target, at);
      } else {
        ElementVectors.brainsToFloats(bits, from, count, target, at);
      }
    }

    @Override
    public void write(float[] source, int from, int count, int at) {
      if (type == ElementType.F16) {
        ElementVectors.floatsToHalves(source, from, count, bits, at);
      } else {
        ElementVectors.floatsToBrains(source, from, count, bits, at);
      }
    }

    @Override
    public void clear() {
      Arrays.fill(bits, (short) type.encode(Float.NaN));
    }
  }

  /**
   * Codes that a scale multiplies.
   *
   * @param type I8 or F8E4M3
   * @param codes a byte each
   * @param scales by {@link io.github.attn4j.core.spec.AttentionSpec#scaleIndex}
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Codes(ElementType type, byte[] codes, float[] scales) implements HeapTensor {
    @Override
    public int length() {
      return codes.length;
    }

    @Override
    public void read(int from, int count, int scale, float[] target, int at) {
      if (type == ElementType.I8) {
        ElementVectors.bytesToFloats(codes, from, count, scales[scale], target, at);
      } else {
        ElementVectors.e4m3ToFloats(codes, from, count, scales[scale], target, at);
      }
    }
  }
}
