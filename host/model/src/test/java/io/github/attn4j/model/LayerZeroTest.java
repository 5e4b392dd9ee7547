package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.model.LayerZeroWeights.Projection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerZeroTest {
  private static final int HIDDEN = 384;
  private static final int TOKENS = 700;
  private static final LayerZeroWeights WEIGHTS = ShippedModel.WEIGHTS;

  @Test
  void embedsToMeanZeroAndVarianceOneBeforeGammaAndBeta() {
    LayerZero layer = new LayerZero(WEIGHTS);
    int[] ids = ShippedModel.CAPTURE.tokenIds(TOKENS);
    float[] row = new float[HIDDEN];
    for (int token = 0; token < TOKENS; token++) {
      layer.embed(ids[token], token % 512, row, 0);
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < HIDDEN; i++) {
        double standard = ((double) row[i] - WEIGHTS.normBias()[i]) / WEIGHTS.normWeight()[i];
        sum += standard;
        squares += standard * standard;
      }
      assertThat(sum / HIDDEN).as("mean of row %d", token).isCloseTo(0, within(1e-5));
      assertThat(squares / HIDDEN).as("variance of row %d", token).isCloseTo(1, within(1e-4));
    }
  }

  /** Textbook formulas in double, an element at a time, sharing no code with LayerZero. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "1, 3, 31",
    "15, 11, 7",
    "16, 0, 1",
    "511, 5, 16",
    "512, 6, 2",
    "699, 11, 31"
  })
  void projectsAsTheDefinitionSays(int token, int head, int d) {
    CapturedProjections captured = ShippedModel.CAPTURE.capture(TOKENS);
    double[] hidden = hidden(ShippedModel.CAPTURE.tokenIds(TOKENS)[token], token % 512);
    int at = (head * TOKENS + token) * 32 + d;
    int column = head * 32 + d;
    assertElement(captured.q()[at], WEIGHTS.query(), hidden, column);
    assertElement(captured.k()[at], WEIGHTS.key(), hidden, column);
    assertElement(captured.v()[at], WEIGHTS.value(), hidden, column);
  }

  private static void assertElement(
      float actual, Projection projection, double[] hidden, int column) {
    double sum = projection.bias()[column];
    double magnitude = Math.abs(sum);
    for (int i = 0; i < HIDDEN; i++) {
      double product = hidden[i] * projection.weight()[i * HIDDEN + column];
      sum += product;
      magnitude += Math.abs(product);
    }
    // Worst case of a float sum of n products in any order: n * 2^-24 * sum(abs); Higham 2002, 3.5.
    assertThat((double) actual).isCloseTo(sum, within(HIDDEN * 0x1p-24 * magnitude));
  }

  private static double[] hidden(int id, int position) {
    double[] x = new double[HIDDEN];
    double mean = 0;
    for (int i = 0; i < HIDDEN; i++) {
      x[i] =
          (double) WEIGHTS.wordEmbeddings()[id * HIDDEN + i]
              + WEIGHTS.typeEmbeddings()[i]
              + WEIGHTS.positionEmbeddings()[position * HIDDEN + i];
      mean += x[i] / HIDDEN;
    }
    double variance = 0;
    for (double value : x) {
      variance += (value - mean) * (value - mean) / HIDDEN;
    }
    for (int i = 0; i < HIDDEN; i++) {
      x[i] =
          (x[i] - mean) / Math.sqrt(variance + 1e-12) * WEIGHTS.normWeight()[i]
              + WEIGHTS.normBias()[i];
    }
    return x;
  }
}
