package io.github.attn4j.core.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Budgets let right results through and wrong ones not; positions and erf are those of the books.
 */
class LayerExpectationTest {
  private static final float[] X = {1.5f, -2, 0.25f, 3, 0.5f, -1};
  private static final float[] W = {0.3f, -0.7f, 1.1f, 0.9f, -0.2f, 0.4f};

  private static LayerExpectation product(Activation activation) {
    float[] bias = {0.1f, -0.1f};
    return ReferenceLayers.matMul(X, 2, 3, 2, W, (k, c) -> k * 2 + c, bias, activation);
  }

  @Test
  void theProductIsTheOneWorkedOutByHand() {
    // 1.5 * 0.3 - 2 * 1.1 - 0.25 * 0.2 + 0.1, and so on
    assertThat(product(Activation.NONE).values())
        .containsExactly(new double[] {-1.7, -2.85, 1.75, -2.15}, within(1e-6));
  }

  @Test
  void whatIsRoundedOnceMoreIsWithinBudgetAndASmallMistakeIsNot() {
    for (Activation activation : Activation.values()) {
      LayerExpectation expected = product(activation);
      float[] right = new float[4];
      for (int i = 0; i < right.length; i++) {
        right[i] = Math.nextUp((float) expected.values()[i]);
      }
      assertThat(expected.compare(right).passed()).isTrue();
      float[] wrong = right.clone();
      wrong[3] += 1e-5f;
      LayerComparison comparison = expected.compare(wrong);
      assertThat(comparison.failed()).isEqualTo(1);
      assertThat(comparison.worst()).contains("[row 1, column 1]");
    }
  }

  @Test
  void nanWhereANumberIsExpectedFailsAndSoDoesWhatIsWrittenBehindTheResult() {
    LayerExpectation expected = product(Activation.NONE);
    float[] actual = new float[6];
    for (int i = 0; i < 4; i++) {
      actual[i] = (float) expected.values()[i];
    }
    actual[4] = Float.NaN;
    actual[5] = Float.NaN;
    assertThat(expected.compare(actual).passed()).isTrue();
    actual[5] = 0;
    assertThat(expected.compare(actual).worst()).contains("behind the last row");
    assertThat(expected.compare(actual).passed()).isFalse();
    actual[5] = Float.NaN;
    actual[0] = Float.NaN;
    assertThat(expected.compare(actual).passed()).isFalse();
  }

  @Test
  void aNumberWhereNoneIsExpectedFails() {
    float[] x = X.clone();
    x[0] = Float.NaN;
    float[] bias = {0, 0};
    LayerExpectation expected =
        ReferenceLayers.matMul(x, 2, 3, 2, W, (k, c) -> k * 2 + c, bias, Activation.NONE);
    float[] actual = {Float.NaN, 1, (float) expected.values()[2], (float) expected.values()[3]};
    assertThat(expected.compare(actual).failed()).isEqualTo(1);
  }

  @Test
  void everyBudgetOfTheGridIsAboveZeroWhereSomethingIsComputed() {
    for (LayerCase one : LayerGrid.cases()) {
      LayerExpectation expected = one.expected().get();
      long demanding = 0;
      for (int i = 0; i < expected.values().length; i++) {
        demanding += Double.isFinite(expected.budgets()[i]) ? 1 : 0;
      }
      assertThat(demanding).as(one.toString()).isEqualTo(expected.values().length);
    }
  }

  @Test
  void everyOperationHasCases() {
    assertThat(LayerGrid.cases().stream().map(LayerCase::operation).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder("matmul", "layer_norm", "embedding", "rotary", "unembedding");
  }

  @Test
  void erfIsThatOfTheTables() {
    // Abramowitz and Stegun 1964, table 7.1
    assertThat(Erf.of(0)).isZero();
    assertThat(Erf.of(0.5)).isCloseTo(0.5204998778, within(1e-10));
    assertThat(Erf.of(1)).isCloseTo(0.8427007929, within(1e-10));
    assertThat(Erf.of(-2)).isCloseTo(-0.9953222650, within(1e-10));
    assertThat(Erf.of(5.9)).isCloseTo(1, within(1e-15));
    assertThat(Erf.of(7)).isEqualTo(1);
    assertThat(Erf.of(Double.NaN)).isNaN();
  }

  @Test
  void sinusoidalPositionsAreThoseOfThePaper() {
    float[] table = PositionTables.sinusoidal(3, 4);
    assertThat(List.of(table[0], table[1], table[2], table[3])).containsExactly(0f, 1f, 0f, 1f);
    assertThat(table[8]).isCloseTo((float) Math.sin(2), within(1e-7f));
    assertThat(table[11]).isCloseTo((float) Math.cos(2 / 100.0), within(1e-7f));
  }

  @Test
  void productsOfRotatedRowsDependOnTheirDistanceAlone() {
    Rotation rotation = new Rotation(0, 4, 1, 4);
    float[] table = PositionTables.rotary(200, 4, 10000);
    double[] near = turned(rotation, table, 3, 5);
    double[] far = turned(rotation, table, 190, 192);
    assertThat(near[0]).isCloseTo(far[0], within(1e-6));
    assertThat(near[0]).isNotCloseTo(turned(rotation, table, 3, 6)[0], within(1e-2));
  }

  private static double[] turned(Rotation rotation, float[] table, int p, int q) {
    float[] rows = {1, 2, -1, 0.5f, 0.3f, -1, 2, 1};
    double[] values = ReferenceLayers.rotate(rows, rotation, 2, new int[] {p, q}, table).values();
    double product = 0;
    for (int d = 0; d < 4; d++) {
      product += values[d] * values[4 + d];
    }
    return new double[] {product};
  }

  @Test
  void aNormalisedRowHasMeanBetaAndDeviationGamma() {
    float[] x = {3, 5, 7, 9};
    float[] gamma = {2, 2, 2, 2};
    float[] beta = {1, 1, 1, 1};
    double[] y = ReferenceLayers.layerNorm(x, null, 1, gamma, beta, 1e-12f).values();
    assertThat(y[0] + y[1] + y[2] + y[3]).isCloseTo(4, within(1e-12));
    assertThat(y[3]).isCloseTo(1 + 2 * 3 / Math.sqrt(5), within(1e-9));
  }

  @Test
  void shapesThatCannotBeAreRefusedWithTheirNumbers() {
    assertThatThrownBy(() -> new Rotation(0, 3, 1, 3)).hasMessageContaining("pairs");
    assertThatThrownBy(() -> PackedPanels.pack("W", 2, 3, new float[5], new float[3], 4))
        .hasMessageContaining("'W' of 2 inputs and 3 outputs has 5 weights");
  }

  @Test
  void panelsHoldBiasThenRowsAndZerosBehind() {
    float[] packed =
        PackedPanels.pack("W", 2, 3, new float[] {1, 2, 3, 4, 5, 6}, new float[] {7, 8, 9}, 2);
    assertThat(packed).containsExactly(7, 8, 1, 2, 4, 5, 9, 0, 3, 0, 6, 0);
  }
}
