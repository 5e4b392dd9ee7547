package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.VectorMath.LANES;
import static io.github.attn4j.jvm.VectorMath.SPECIES;

import io.github.attn4j.core.spec.ElementType;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Conversions of stored elements to floats, exact for every pattern, and back, to nearest even.
 *
 * <p>16 elements of rows of 64, and of runs of 2,048, by time (2-core AVX-512 CPU, JDK 25): f16 1.6
 * and 0.64 ns, bf16 1.4 and 0.38 ns, i8 0.9 and 0.42 ns, e4m3 2.9 and 2.0 ns. Loops over one
 * element take 4.8 and 4.9 ns of bf16, 2.6 and 0.37 ns of i8, 15 ns of e4m3, or 4.9 ns from a
 * table; of f16, alone, 2.1 and 0.36 ns, since the JIT makes vectors of it, but within a kernel it
 * did not: 0.72 of the rate on float32.
 */
final class ElementVectors {
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, SPECIES.vectorShape());
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(SPECIES.vectorBitSize() / 2));

  /** Vectors of bytes have 64 bits at least: of 4 floats, two come from one of them. */
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * LANES)));

  private static final int SIGN = 0x80000000;
  private static final int INFINITY = 0x7f800000;

  /** What a half counts whose exponent and fraction stand in a float's place: 127 - 15. */
  private static final float HALF_BIAS = 0x1p112f;

  private static final int LARGEST_HALF = 0x7bff;

  /** The same of E4M3: 127 - 7. */
  private static final float E4M3_BIAS = 0x1p120f;

  private static final int E4M3_NAN = 0x7f;

  private ElementVectors() {}

  /** target[at + i] = the f16 source[from + i], for i below count. */
  static void halvesToFloats(short[] source, int from, int count, float[] target, int at) {
    int bound = SPECIES.loopBound(count);
    int i = 0;
    for (; i < bound; i += LANES) {
      IntVector bits = widened(source, from + i);
      IntVector magnitude = bits.and(0x7fff);
      // Exact for subnormals too, which the JVM never takes for 0.
      FloatVector scaled =
          magnitude.lanewise(VectorOperators.LSHL, 13).reinterpretAsFloats().mul(HALF_BIAS);
      IntVector signed = scaled.reinterpretAsInts().or(bits.and(SIGN));
      signed
          .blend(signed.or(INFINITY), magnitude.compare(VectorOperators.GT, LARGEST_HALF))
          .reinterpretAsFloats()
          .intoArray(target, at + i);
    }
    for (; i < count; i++) {
      target[at + i] = Float.float16ToFloat(source[from + i]);
    }
  }

  /** The same of bf16, a float's upper half. */
  static void brainsToFloats(short[] source, int from, int count, float[] target, int at) {
    int bound = SPECIES.loopBound(count);
    int i = 0;
    for (; i < bound; i += LANES) {
      widened(source, from + i)
          .lanewise(VectorOperators.LSHL, 16)
          .reinterpretAsFloats()
          .intoArray(target, at + i);
    }
    for (; i < count; i++) {
      target[at + i] = ElementType.BF16.decode(source[from + i]);
    }
  }

  /** target[at + i] = scale * the i8 source[from + i], for i below count. */
  static void bytesToFloats(
      byte[] source, int from, int count, float scale, float[] target, int at) {
    int bound = BYTES.loopBound(count);
    int i = 0;
    for (; i < bound; i += BYTES.length()) {
      ByteVector codes = ByteVector.fromArray(BYTES, source, from + i);
      for (int part = 0; part < BYTES.length() / LANES; part++) {
        ((FloatVector) codes.convertShape(VectorOperators.B2F, SPECIES, part))
            .mul(scale)
            .intoArray(target, at + i + part * LANES);
      }
    }
    for (; i < count; i++) {
      target[at + i] = source[from + i] * scale;
    }
  }

  /** The same of E4M3. */
  static void e4m3ToFloats(
      byte[] source, int from, int count, float scale, float[] target, int at) {
    int bound = BYTES.loopBound(count);
    int i = 0;
    for (; i < bound; i += BYTES.length()) {
      ByteVector codes = ByteVector.fromArray(BYTES, source, from + i);
      for (int part = 0; part < BYTES.length() / LANES; part++) {
        IntVector bits = (IntVector) codes.convertShape(VectorOperators.B2I, INTS, part);
        IntVector magnitude = bits.and(0x7f);
        FloatVector value =
            magnitude
                .lanewise(VectorOperators.LSHL, 20)
                .or(bits.and(SIGN))
                .reinterpretAsFloats()
                .mul(E4M3_BIAS)
                .mul(scale);
        value
            .blend(Float.NaN, magnitude.compare(VectorOperators.EQ, E4M3_NAN).cast(SPECIES))
            .intoArray(target, at + i + part * LANES);
      }
    }
    for (; i < count; i++) {
      target[at + i] = ElementType.F8E4M3.decode(source[from + i]) * scale;
    }
  }

  /** target[at + i] = source[from + i] rounded to f16. */
  static void floatsToHalves(float[] source, int from, int count, short[] target, int at) {
    for (int i = 0; i < count; i++) {
      target[at + i] = Float.floatToFloat16(source[from + i]);
    }
  }

  /** The same to bf16. */
  static void floatsToBrains(float[] source, int from, int count, short[] target, int at) {
    for (int i = 0; i < count; i++) {
      target[at + i] = (short) ElementType.BF16.encode(source[from + i]);
    }
  }

  private static IntVector widened(short[] source, int from) {
    return (IntVector)
        ShortVector.fromArray(SHORTS, source, from).convertShape(VectorOperators.S2I, INTS, 0);
  }
}
