package io.github.attn4j.core.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SplitMix64Test {
  /** Computed apart from this code, with Python's unbounded integers and float64. */
  @ParameterizedTest
  @CsvSource({
    "0, Q, 0, 58961d4d1778e99b, -0.9271292686462402, 0.692081093788147, 6",
    "0, Q, 1, fe187deedf521ca7, 0.8119252324104309, -0.014877676963806152, 3",
    "0, Q, 1000000, 5b58a78e1d95f132, 0.11964407563209534, 0.713642954826355, 0",
    "42, K, 0, 80293b4eae0377cc, -0.20783764123916626, -0.9987417459487915, 2",
    "42, K, 1, 730084a34f85dd5a, 0.24705827236175537, 0.8984532356262207, 0",
    "42, K, 1000000, eca98e5c4de4f850, 1.3073632717132568, -0.1510756015777588, 3",
    "-1, V, 0, ae07815aa76ac527, 1.055151343345642, -0.640395998954773, 0",
    "-1, V, 1, 80be65c93156e275, -0.03837490454316139, -0.9941896200180054, 3",
    "-1, V, 1000000, 3bad306500b5b0f5, -1.530820369720459, 0.46622276306152344, 1"
  })
  void drawsTheSameNumbersAsPython(
      long seed, char stream, long index, String bits, float normal, float uniform, int ofSeven) {
    SplitMix64 random = new SplitMix64(seed, stream);
    assertThat(Long.toHexString(random.bits(index))).isEqualTo(bits);
    assertThat(random.normal(index)).isEqualTo(normal);
    assertThat(random.uniform(index)).isEqualTo(uniform);
    assertThat(random.below(index, 7)).isEqualTo(ofSeven);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 987654321})
  void normalHasTheMomentsOfASumOfFourUniforms(long seed) {
    SplitMix64 random = new SplitMix64(seed, 'N');
    int count = 200_000;
    double[] moments = new double[5];
    double lagged = 0;
    for (int index = 0; index < count; index++) {
      double value = random.normal(index);
      assertThat(Math.abs(value)).isLessThan(3.4642);
      double power = 1;
      for (int order = 1; order <= 4; order++) {
        power *= value;
        moments[order] += power / count;
      }
      lagged += value * random.normal(index + 1L) / count;
    }
    // Five standard errors each: sqrt(1, 1.7, 5 and 18 over the count).
    double unit = 5 / Math.sqrt(count);
    assertThat(moments[1]).isCloseTo(0, within(unit));
    assertThat(moments[2]).isCloseTo(1, within(1.3 * unit));
    assertThat(moments[3]).isCloseTo(0, within(2.5 * unit));
    assertThat(moments[4]).isCloseTo(2.7, within(4.3 * unit)); // kurtosis of four uniforms: 3 - 0.3
    assertThat(lagged).isCloseTo(0, within(unit));
  }

  @ParameterizedTest
  @ValueSource(chars = {'Q', 'K', 'V'})
  void uniformFillsItsIntervalEvenly(char stream) {
    SplitMix64 random = new SplitMix64(3, stream);
    int[] eighths = new int[8];
    for (int index = 0; index < 80_000; index++) {
      float value = random.uniform(index);
      assertThat(value).isGreaterThanOrEqualTo(-1).isLessThan(1);
      eighths[(int) ((value + 1) * 4)]++;
    }
    for (int count : eighths) {
      assertThat(count).isBetween(9_500, 10_500); // five standard deviations
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 1000})
  void belowStaysBelow(int bound) {
    SplitMix64 random = new SplitMix64(4, 'B');
    boolean last = false;
    for (int index = 0; index < 20_000; index++) {
      int value = random.below(index, bound);
      assertThat(value).isBetween(0, bound - 1);
      last |= value == bound - 1;
    }
    assertThat(last).isTrue();
  }
}
