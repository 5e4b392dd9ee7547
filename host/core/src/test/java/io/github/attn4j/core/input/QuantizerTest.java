package io.github.attn4j.core.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QuantizerTest {
  /** Two slots of 35 rows, of which 35 and 17 exist. */
  private static AttentionSpec spec(ElementType type) {
    return AttentionSpec.builder()
        .batch(2)
        .heads(4, 2)
        .lengths(3, 35)
        .keyLengths(List.of(35, 17))
        .dims(8, 5)
        .keyValueType(type)
        .build();
  }

  @ParameterizedTest
  @EnumSource(names = {"I8", "F8E4M3"})
  void scalesHaveSixteenBitsAndBringTheLargestIntoRange(ElementType type) {
    SplitMix64 random = new SplitMix64(3, 'S');
    for (int index = 0; index < 20_000; index++) {
      float largest = Math.abs(Float.intBitsToFloat((int) random.bits(index)));
      if (!Float.isFinite(largest) || largest == 0) {
        continue;
      }
      float scale = Quantizer.scale(type, largest);
      assertThat(Float.floatToRawIntBits(scale) & 0xff).isZero();
      assertThat(scale * type.largest()).isFinite();
      double exact = (double) largest / type.largest();
      if (exact >= 0x1p-125 && largest < 0x1.fffp127) {
        assertThat((double) scale).isBetween(exact * (1 - 0x1p-24), exact * (1 + 0x1p-15));
      }
    }
    assertThat(Quantizer.scale(type, 0)).isZero();
    assertThat(Quantizer.scale(type, Float.MIN_VALUE)).isEqualTo(0x1p-125f);
    assertThat(Quantizer.scale(type, Float.MAX_VALUE) * type.largest()).isFinite();
  }

  /** No element is off by more than the type's roundoff of the largest in its run. */
  @ParameterizedTest
  @EnumSource(names = {"I8", "F8E4M3"})
  void valuesAreWithinHalfAStepOfWhatIsGiven(ElementType type) {
    AttentionSpec spec = spec(type);
    AttentionInputs exact =
        AttentionInputs.generate(
            spec.toBuilder().keyValueType(ElementType.F32).build(), InputFamily.NORMAL, 5);
    AttentionInputs stored = new AttentionInputs(spec, "stored", exact.q(), exact.k(), exact.v());
    double worst = 0;
    for (int b = 0; b < 2; b++) {
      for (int kvHead = 0; kvHead < 2; kvHead++) {
        for (int key = 0; key < spec.keyLengths().get(b); key++) {
          float scale = stored.kScales()[spec.scaleIndex(b, kvHead, key)];
          for (int d = 0; d < 8; d++) {
            float given = exact.k()[spec.keyRow(b, kvHead, key) + d];
            float value = stored.k()[spec.keyRow(b, kvHead, key) + d];
            double step =
                type == ElementType.I8
                    ? scale
                    : Math.max(Math.ulp(1f) * 0x1p20 * Math.abs(given), scale * 0x1p-9);
            worst = Math.max(worst, Math.abs((double) value - given) / step);
          }
        }
      }
    }
    assertThat(worst).isBetween(0.45, 0.501);
  }

  @ParameterizedTest
  @EnumSource(names = {"I8", "F8E4M3"})
  void codesTimesScalesAreTheValuesBitForBit(ElementType type) {
    for (InputFamily family : InputFamily.values()) {
      if (type == ElementType.I8 && family == InputFamily.SEEN_ELEMENT) {
        continue; // refused: it has no code for NaN
      }
      AttentionSpec spec = spec(type);
      AttentionInputs inputs = AttentionInputs.generate(spec, family, 7);
      byte[] codes = inputs.valueCodes();
      assertThat(codes).hasSize(inputs.v().length);
      for (int slot = 0; slot < 2; slot++) {
        for (int kvHead = 0; kvHead < 2; kvHead++) {
          for (int row = 0; row < 35; row++) {
            float scale = inputs.vScales()[(slot * 2 + kvHead) * 3 + row / 16];
            int at = AttentionInputs.rowIndex(spec.v(), slot, kvHead, row);
            for (int d = 0; d < 5; d++) {
              assertThat(Float.floatToIntBits(type.decode(codes[at + d]) * scale))
                  .as("%s %s slot %d row %d", type, family, slot, row)
                  .isEqualTo(Float.floatToIntBits(inputs.v()[at + d]));
            }
          }
        }
      }
    }
  }

  /** Stored once more, stored values stay what they are. */
  @ParameterizedTest
  @EnumSource(names = {"I8", "F8E4M3"})
  void storingIsIdempotent(ElementType type) {
    AttentionSpec spec = spec(type);
    AttentionInputs once = AttentionInputs.generate(spec, InputFamily.NORMAL, 11);
    AttentionInputs twice = new AttentionInputs(spec, "again", once.q(), once.k(), once.v());
    assertThat(twice.k()).isEqualTo(once.k());
    assertThat(twice.vScales()).isEqualTo(once.vScales());
    assertThat(twice.keyCodes()).isEqualTo(once.keyCodes());
  }

  @Test
  void rowsThatNobodyHasHoldCodesThatNoNumberHas() {
    AttentionSpec i8 = spec(ElementType.I8);
    AttentionInputs inputs = AttentionInputs.generate(i8, InputFamily.NORMAL, 1);
    // Sequence 1 ends within its second run, and its third run has no row at all.
    float scale = inputs.kScales()[i8.scaleIndex(1, 0, 16)];
    assertThat(inputs.k()[AttentionInputs.rowIndex(i8.k(), 1, 0, 17)]).isEqualTo(-128 * scale);
    assertThat(inputs.keyCodes()[AttentionInputs.rowIndex(i8.k(), 1, 0, 17)])
        .isEqualTo((byte) -128);
    assertThat(inputs.kScales()[(1 * 2 + 0) * 3 + 2]).isNaN();
    assertThat(inputs.k()[AttentionInputs.rowIndex(i8.k(), 1, 0, 34)]).isNaN();
    AttentionSpec f8 = spec(ElementType.F8E4M3);
    AttentionInputs eights = AttentionInputs.generate(f8, InputFamily.NORMAL, 1);
    assertThat(eights.k()[AttentionInputs.rowIndex(f8.k(), 1, 0, 17)]).isNaN();
  }

  @Test
  void i8RefusesWhatIsNotFiniteByNamingItsPlace() {
    AttentionSpec spec = spec(ElementType.I8);
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
    float[] k = inputs.k().clone();
    k[spec.keyRow(1, 1, 16) + 3] = Float.NEGATIVE_INFINITY;
    assertThatThrownBy(() -> new AttentionInputs(spec, "bad", inputs.q(), k, inputs.v()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("K holds -Infinity in slot 1, head 1, row 16, column 3")
        .hasMessageContaining("f8e4m3");
  }

  @Test
  void f8StoresWhatIsNotFiniteAsNanAndTheRestAsEver() {
    AttentionSpec spec = spec(ElementType.F8E4M3);
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
    float[] v = inputs.v().clone();
    v[spec.valueRow(0, 1, 2)] = Float.POSITIVE_INFINITY;
    v[spec.valueRow(0, 1, 3) + 1] = Float.NaN;
    AttentionInputs stored = new AttentionInputs(spec, "odd", inputs.q(), inputs.k(), v);
    assertThat(stored.v()[spec.valueRow(0, 1, 2)]).isNaN();
    assertThat(stored.v()[spec.valueRow(0, 1, 3) + 1]).isNaN();
    int at = spec.valueRow(0, 1, 4);
    double step = stored.vScales()[spec.scaleIndex(0, 1, 4)] * 32;
    for (int d = 0; d < 5; d++) {
      assertThat((double) stored.v()[at + d]).isCloseTo(v[at + d], within(step));
    }
  }

  @Test
  void aRunOfZerosHasAScaleOfZero() {
    for (ElementType type : List.of(ElementType.I8, ElementType.F8E4M3)) {
      AttentionSpec spec = spec(type);
      float[] zeros = new float[spec.keyElements()];
      zeros[0] = -0f;
      AttentionInputs inputs =
          new AttentionInputs(
              spec,
              "zeros",
              new float[spec.queryElements()],
              zeros,
              new float[spec.valueElements()]);
      assertThat(inputs.kScales()[0]).isZero();
      for (float element : Arrays.copyOf(inputs.k(), 8)) {
        assertThat(element).isZero();
      }
    }
  }

  @Test
  void unscaledTypesHaveNoCodes() {
    AttentionInputs inputs = AttentionInputs.generate(spec(ElementType.F16), InputFamily.NORMAL, 1);
    assertThat(inputs.kScales()).isEmpty();
    assertThatThrownBy(inputs::keyCodes)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("K of type f16 has no scales to be stored with");
  }

  @Test
  void productsOfCodesAndScalesAreExact() {
    for (ElementType type : List.of(ElementType.I8, ElementType.F8E4M3)) {
      for (float largest : new float[] {3.3f, Float.MIN_VALUE, 1e-30f, Float.MAX_VALUE}) {
        float scale = Quantizer.scale(type, largest);
        for (int code = 0; code < 256; code++) {
          float value = type.decode(code);
          if (Math.abs(value) <= type.largest()) {
            assertThat(new BigDecimal(scale).multiply(new BigDecimal(value)))
                .isEqualByComparingTo(new BigDecimal(scale * value));
          }
        }
      }
    }
  }

  private static org.assertj.core.data.Offset<Double> within(double step) {
    return org.assertj.core.data.Offset.offset(step);
  }
}
