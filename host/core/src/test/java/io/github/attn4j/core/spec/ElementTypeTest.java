package io.github.attn4j.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementTypeTest {
  private record Value(int bits, double value) {}

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "F32")
  void everyNumberSurvivesEncoding(ElementType type) {
    for (int bits = 0; bits < patterns(type); bits++) {
      float value = type.decode(bits);
      if (type == ElementType.I8 && bits == 0x80) {
        continue; // -128, which nothing is encoded as
      }
      if (Float.isNaN(value)) {
        assertThat(type.decode(type.encode(value))).isNaN();
      } else {
        assertThat(type.encode(value)).as("%s %x", type, bits).isEqualTo(bits);
      }
    }
  }

  /**
   * Between every two neighbours: below the middle down, above it up, and on it to the one whose
   * last bit is 0. Middles need one bit more than the type, so that they are exact in float32.
   */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "F32")
  void roundsToTheNearestAndTiesToEven(ElementType type) {
    List<Value> numbers = finite(type);
    for (int index = 0; index + 1 < numbers.size(); index++) {
      Value lower = numbers.get(index);
      Value upper = numbers.get(index + 1);
      double exact = (lower.value() + upper.value()) / 2;
      float middle = (float) exact;
      assertThat((double) middle).isEqualTo(exact);
      int even = (lower.bits() & 1) == 0 ? lower.bits() : upper.bits();
      assertThat(type.decode(type.encode(middle))).isEqualTo(type.decode(even));
      assertThat((double) type.round(Math.nextDown(middle))).isEqualTo(lower.value());
      assertThat((double) type.round(Math.nextUp(middle))).isEqualTo(upper.value());
    }
  }

  @Test
  void f16AndBf16OverflowToInfinityFromHalfwayOn() {
    assertThat(ElementType.F16.round(Math.nextDown(65520f))).isEqualTo(65504);
    assertThat(ElementType.F16.round(65520f)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(ElementType.F16.round(-1e9f)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(ElementType.BF16.round(0x1.fefffep127f)).isEqualTo(ElementType.BF16.largest());
    assertThat(ElementType.BF16.round(0x1.ffp127f)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(ElementType.BF16.round(-Float.MAX_VALUE)).isEqualTo(Float.NEGATIVE_INFINITY);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void keepsInfinitiesZerosAndNan(ElementType type) {
    assertThat(type.round(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(type.round(Float.NEGATIVE_INFINITY)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(Float.floatToRawIntBits(type.round(-0f))).isEqualTo(0x80000000);
    // Of NaN patterns, those whose payload is in the low bits alone would be lost by cutting.
    for (int payload : new int[] {0x7f800001, 0x7fc00000, 0x7fffffff, 0xff800001, 0xffffffff}) {
      assertThat(type.round(Float.intBitsToFloat(payload))).isNaN();
    }
  }

  @Test
  void f8SaturatesAndKnowsOneNan() {
    ElementType type = ElementType.F8E4M3;
    assertThat(type.round(1e9f)).isEqualTo(448);
    assertThat(type.round(464f)).isEqualTo(448);
    assertThat(type.round(Float.NEGATIVE_INFINITY)).isEqualTo(-448);
    assertThat(type.round(Float.NaN)).isNaN();
    assertThat(finite(type)).hasSize(253); // two NaN, one zero of two
    assertThat(type.decode(0x01)).isEqualTo(0x1p-9f);
    assertThat(type.decode(0x38)).isEqualTo(1);
    assertThat(type.round(0x1p-10f)).isZero();
    assertThat(type.round(Math.nextUp(0x1p-10f))).isEqualTo(0x1p-9f);
  }

  @Test
  void i8SaturatesSymmetricallyAndRefusesWhatIsNotFinite() {
    ElementType type = ElementType.I8;
    assertThat(type.round(500f)).isEqualTo(127);
    assertThat(type.round(-500f)).isEqualTo(-127);
    assertThat(type.decode(0x80)).isEqualTo(-128);
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      assertThatThrownBy(() -> type.encode(value))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(Float.toString(value))
          .hasMessageContaining("i8")
          .hasMessageContaining("f8e4m3");
    }
  }

  /** The unit roundoff is what one rounding of a normal number costs at most, and does cost. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "F32")
  void unitRoundoffIsTheLargestRelativeError(ElementType type) {
    double largest = 0;
    for (int step = 0; step <= 1 << 16; step++) {
      float value = type == ElementType.I8 ? step * 127 * 0x1p-16f : 1 + step * 0x1p-16f;
      double error = Math.abs((double) type.round(value) - value);
      largest = Math.max(largest, type == ElementType.I8 ? error / 127 : error / value);
    }
    assertThat(largest).isLessThanOrEqualTo(type.unitRoundoff());
    assertThat(largest).isGreaterThan(0.9 * type.unitRoundoff());
  }

  @Test
  void f32IsWhatJavaComputesWith() {
    float[] values = {1f / 3, -0f, Float.MIN_VALUE, Float.NaN};
    float[] rounded = values.clone();
    ElementType.F32.round(rounded);
    assertThat(rounded).isEqualTo(values);
    assertThat(ElementType.F32.encode(1)).isEqualTo(0x3f800000);
    assertThat(ElementType.F32.unitRoundoff()).isEqualTo(0x1p-24);
  }

  @Test
  void roundsArraysInPlace() {
    float[] values = {1.0005f, 70000, -2};
    ElementType.F16.round(values);
    assertThat(values).containsExactly(1.0009766f, Float.POSITIVE_INFINITY, -2);
  }

  @ParameterizedTest
  @EnumSource
  void isParsedFromItsLabel(ElementType type) {
    assertThat(ElementType.parse(type.label())).isEqualTo(type);
    assertThat(ElementType.parse(type.name())).isEqualTo(type);
    assertThat(type.bytes()).isEqualTo(type.scaled() ? 1 : type == ElementType.F32 ? 4 : 2);
  }

  @Test
  void refusesALabelByNamingThoseThereAre() {
    assertThatThrownBy(() -> ElementType.parse("fp16"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("'fp16' is no element type: there are f32, f16, bf16, i8, f8e4m3");
  }

  /** Products of a scale with 16 significant bits and any code are exact, which scales rely on. */
  @ParameterizedTest
  @EnumSource(names = {"I8", "F8E4M3"})
  void codesTimesSixteenBitsAreExact(ElementType type) {
    for (float scale : new float[] {0x1.fffep-3f, 0x1.8002p20f, 0x1.fffep-125f}) {
      for (Value number : finite(type)) {
        BigDecimal exact = new BigDecimal(scale).multiply(new BigDecimal(number.value()));
        assertThat(new BigDecimal(scale * (float) number.value())).isEqualByComparingTo(exact);
      }
    }
  }

  private static int patterns(ElementType type) {
    return 1 << (8 * type.bytes());
  }

  /** Ascending, +0 for both zeros. */
  private static List<Value> finite(ElementType type) {
    List<Value> numbers = new ArrayList<>();
    for (int bits = 0; bits < patterns(type); bits++) {
      float value = type.decode(bits);
      boolean stored = type != ElementType.I8 || bits != 0x80;
      if (Float.isFinite(value) && stored && Float.floatToRawIntBits(value) != 0x80000000) {
        numbers.add(new Value(bits, value));
      }
    }
    numbers.sort(Comparator.comparingDouble(Value::value));
    return numbers;
  }
}
