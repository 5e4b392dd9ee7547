package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Loads and stores of the types that tensors may have, on whatever device is preferred here. */
class ElementTypesTest {
  @ParameterizedTest
  @EnumSource(StoredType.class)
  void everyPatternIsLoadedExactlyAndEveryFloatStoredAsTheNearest(StoredType type) {
    assertThat(differences(type, UnaryOperator.identity())).isEmpty();
  }

  /** The definition itself, where it is known by heart. */
  @Test
  void theDefinitionIsTheTypes() {
    assertThat(StoredType.F16.value(0x3c00)).isEqualTo(1);
    assertThat(StoredType.F16.value(0x7bff)).isEqualTo(65504);
    assertThat(StoredType.F16.value(0x8001)).isEqualTo(-0x1p-24);
    assertThat(StoredType.F16.value(0x7c00)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(StoredType.BF16.value(0x3f81)).isEqualTo(1 + 0x1p-7);
    assertThat(StoredType.F8E4M3.value(0x7e)).isEqualTo(448);
    assertThat(StoredType.F8E4M3.value(0x01)).isEqualTo(0x1p-9);
    assertThat(StoredType.F8E4M3.value(0xff)).isNaN();
    assertThat(StoredType.I8.value(0x81)).isEqualTo(-127);
    for (int pattern = 0; pattern < StoredType.F16.patterns(); pattern++) {
      double known = Float.float16ToFloat((short) pattern);
      assertThat(Double.compare(StoredType.F16.value(pattern), known)).as("%x", pattern).isZero();
    }
    for (StoredType.Rounding rounding : StoredType.F16.roundings(1)) {
      assertThat(rounding.pattern())
          .isEqualTo(Short.toUnsignedInt(Float.floatToFloat16(rounding.value())));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          BF16   ; bits + 0x7fffu + (bits >> 16 & 1u) ; bits + 0x8000u
          BF16   ; isnan(x) ? bits | 0x400000u : rounded ; rounded
          F16    ; vstore_half16_rte ; vstore_half16_rtz
          F8E4M3 ; nan ? (float##N)(NAN) : ; false ? (float##N)(NAN) :
          """)
  void aWrongConversionWouldBeSeen(StoredType type, String text, String replacement) {
    List<String> differences =
        differences(
            type,
            source -> {
              assertThat(source).contains(text);
              return source.replace(text, replacement);
            });
    assertThat(differences).isNotEmpty();
  }

  private static List<String> differences(StoredType type, UnaryOperator<String> planted) {
    return ElementConversions.differences(TestDevices::openPreferred, type, 1, planted);
  }
}
