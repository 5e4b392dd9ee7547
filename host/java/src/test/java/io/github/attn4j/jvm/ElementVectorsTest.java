package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.spec.ElementType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every pattern of every type, wherever a run of them begins and ends. */
class ElementVectorsTest {
  private static final float SCALE = 0x1.8p-3f;

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"F16", "BF16"})
  void convertsEveryHalf(ElementType type) {
    short[] patterns = new short[1 << 16];
    for (int bits = 0; bits < patterns.length; bits++) {
      patterns[bits] = (short) bits;
    }
    HeapTensor.Halves tensor = new HeapTensor.Halves(type, patterns);
    float[] floats = new float[patterns.length];
    tensor.read(0, patterns.length, -1, floats, 0);
    for (int bits = 0; bits < patterns.length; bits++) {
      requireSame(floats[bits], type.decode(bits));
    }
    short[] back = new short[patterns.length];
    new HeapTensor.Halves(type, back).write(floats, 0, floats.length, 0);
    for (int bits = 0; bits < patterns.length; bits++) {
      assertThat(
              Float.isNaN(floats[bits])
                  ? Float.isNaN(type.decode(back[bits]))
                  : back[bits] == (short) bits)
          .as("pattern %x", bits)
          .isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"I8", "F8E4M3"})
  void convertsEveryCode(ElementType type) {
    byte[] codes = new byte[256];
    for (int code = 0; code < codes.length; code++) {
      codes[code] = (byte) code;
    }
    HeapTensor.Codes tensor = new HeapTensor.Codes(type, codes, new float[] {Float.NaN, SCALE});
    float[] floats = new float[codes.length];
    tensor.read(0, codes.length, 1, floats, 0);
    for (int code = 0; code < codes.length; code++) {
      requireSame(floats[code], type.decode(code) * SCALE);
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void convertsWhatIsAskedForAndNoMore(ElementType type) {
    int length = 100;
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = type.round(i - 50);
    }
    HeapTensor tensor = type.scaled() ? codes(type, values) : HeapTensor.Plain.of(type, values);
    assertThat(tensor.length()).isEqualTo(length);
    for (int count = 0; count <= 70; count++) {
      for (int from = 0; from < 5; from++) {
        float[] target = new float[80];
        tensor.read(from, count, 0, target, 3);
        for (int i = 0; i < target.length; i++) {
          boolean asked = i >= 3 && i < 3 + count;
          requireSame(target[i], asked ? values[from + i - 3] : 0);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"F32", "F16", "BF16"})
  void storesToTheNearestWhereItIsAsked(ElementType type) {
    float[] values = {
      0x1.004p0f, -3.14f, 65_520, 0x1p-26f, Float.NaN, Float.NEGATIVE_INFINITY, 0.1f
    };
    HeapTensor.Plain tensor = HeapTensor.Plain.cleared(type, 10);
    tensor.write(values, 1, 5, 2);
    float[] read = new float[10];
    tensor.read(0, 10, -1, read, 0);
    for (int i = 0; i < 10; i++) {
      requireSame(read[i], i >= 2 && i < 7 ? type.round(values[i - 1]) : Float.NaN);
    }
  }

  private static HeapTensor codes(ElementType type, float[] values) {
    byte[] codes = new byte[values.length];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) type.encode(values[i]);
    }
    return new HeapTensor.Codes(type, codes, new float[] {1});
  }

  private static void requireSame(float actual, float expected) {
    assertThat(Float.floatToIntBits(actual)).isEqualTo(Float.floatToIntBits(expected));
  }
}
