package io.github.attn4j.core.expression;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What devices are asked for before they may take a mask. */
class PairExpressionTest {

  @ParameterizedTest
  @CsvSource({
    "k <= p, false, false, false",
    "k / 3 == q % 2, false, false, false",
    "k * 0.5 <= p, false, true, false",
    "k / 3.0 <= p, true, true, false",
    "(k / 3) * 1.5 <= p, false, true, false",
    "slope(h) * k < 2.0, false, true, false",
    "exp(k * 0.1) < 9.0, false, true, true",
    "k < p || (h == 0 ? tanh(k) : 1.0) > 0.5, false, true, true",
    "log2(k + 1) / 2.0 < 3.0 && k < 4, true, true, true",
    "hash(k) % 2 == 0 && abs(p - k) < 3, false, false, false",
  })
  void saysWhatItDependsOn(String text, boolean divides, boolean compares, boolean transcendental) {
    MaskExpression mask = MaskExpression.parse(text);
    assertThat(mask.dividesFloats()).isEqualTo(divides);
    assertThat(OpenClSource.of(mask, null, 2).dividesFloats()).isEqualTo(divides);
    assertThat(mask.comparesFloats()).isEqualTo(compares);
    assertThat(mask.comparesTranscendentals()).isEqualTo(transcendental);
  }
}
