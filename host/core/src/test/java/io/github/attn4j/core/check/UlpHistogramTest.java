package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.reference.PlainAttention;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UlpHistogramTest {
  @ParameterizedTest
  @CsvSource({
    // Neighbours of the type, one unit apart, on both sides of a power of two.
    "F32, 1, 1.00000011920928955, 1",
    "F32, 1.5, 1.50000011920928955, 1",
    "F32, 2, 2.0000002384185791, 1",
    "F16, 1, 1.0009765625, 1",
    "F16, 1000, 1000.5, 1",
    "BF16, 1, 1.0078125, 1",
    "BF16, -3, -3.03125, 2",
    "F32, 1, 1.00000005960464478, 0.5",
    // Subnormal: units do not shrink any further.
    "F16, 5.9604644775390625e-8, 1.1920928955078125e-7, 1",
  })
  void unitsAreStepsOfTheTypeAtTheReferencesMagnitude(
      ElementType type, double expected, double actual, double units) {
    UlpHistogram.Counter counter = new UlpHistogram.Counter(type);
    counter.add(expected, actual, Math.abs(expected));
    assertThat(counter.result().largest()).isEqualTo(units);
    assertThat(counter.result().measured()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0.5, 0", "0.51, 1", "1, 1", "1.01, 2", "2, 2", "2.5, 3", "4, 3", "1e30, 27"})
  void binsEndAtPowersOfTwo(double units, int bin) {
    UlpHistogram.Counter counter = new UlpHistogram.Counter(ElementType.F32);
    counter.add(1, 1 + units * 0x1p-23, 1);
    assertThat(counter.result().counts().get(bin)).isEqualTo(1);
    assertThat(units).isLessThanOrEqualTo(UlpHistogram.upTo(bin));
  }

  @Test
  void whatHasNoUnitsStandsApart() {
    UlpHistogram.Counter counter = new UlpHistogram.Counter(ElementType.F32);
    counter.add(0, 0, 0);
    counter.add(0, 1e-9, 1);
    counter.add(1e-4, 2e-4, 1);
    counter.add(Double.NaN, Double.NaN, 1);
    counter.add(1, Double.NaN, 1);
    counter.add(1, Double.POSITIVE_INFINITY, 1);
    counter.add(Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY, 0);
    counter.addUndecided(5);
    UlpHistogram histogram = counter.result();
    assertThat(histogram.measured()).isZero();
    assertThat(histogram.exactZeros()).isEqualTo(1);
    assertThat(histogram.nearZero()).isEqualTo(2);
    assertThat(histogram.notFinite()).isEqualTo(4);
    assertThat(histogram.undecided()).isEqualTo(5);
    assertThat(histogram.quantile(0.5)).isNaN();
  }

  @Test
  void quantilesAreEndsOfBins() {
    UlpHistogram.Counter counter = new UlpHistogram.Counter(ElementType.F32);
    for (int i = 0; i < 99; i++) {
      counter.add(1, 1 + 1.5 * 0x1p-23, 1);
    }
    counter.add(1, 1 + 9 * 0x1p-23, 1);
    UlpHistogram histogram = counter.result();
    assertThat(histogram.quantile(0.5)).isEqualTo(2);
    assertThat(histogram.quantile(0.99)).isEqualTo(2);
    assertThat(histogram.quantile(1)).isEqualTo(9); // not 16: none is so far off
    assertThat(histogram.plus(histogram).measured()).isEqualTo(200);
  }

  /**
   * The plain version held against itself is once as far off as itself, and every element is there.
   */
  @Test
  void aComparisonCarriesAllThreeWays() {
    AttentionSpec spec = AttentionSpec.builder().heads(2).length(40).dim(16).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
    Expected expected = Expected.of(inputs);
    PlainAttention.Result plain = PlainAttention.compute(inputs, RowSample.all(spec));
    Comparison itself = expected.compare(new AttentionOutput(plain.o(), plain.lse()));
    assertThat(itself.accuracy().errorOverPlain()).isEqualTo(1);
    UlpHistogram output = itself.accuracy().output();
    assertThat(output.measured() + output.nearZero()).isEqualTo(80 * 16);
    assertThat(itself.accuracy().lse().measured()).isEqualTo(80);
    plain.o()[7] += 1e-3f;
    Comparison wrong = expected.compare(new AttentionOutput(plain.o(), plain.lse()));
    assertThat(wrong.accuracy().errorOverPlain()).isGreaterThan(100);
    assertThat(wrong.accuracy().output().largest()).isGreaterThan(1000);
  }
}
