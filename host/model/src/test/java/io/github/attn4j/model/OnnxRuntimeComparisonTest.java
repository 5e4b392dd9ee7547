package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same graph, run by ONNX Runtime. */
@Tag("full")
class OnnxRuntimeComparisonTest {
  private static final double TOLERANCE = 1e-4;

  @Test
  void agreesWithOnnxRuntimeOverEveryWindow() throws Exception {
    int tokens = 1224; // two whole windows and an unfinished one
    CapturedProjections captured = ShippedModel.CAPTURE.capture(tokens);
    int[] ids = ShippedModel.CAPTURE.tokenIds(tokens);
    String self = "/encoder/layer.0/attention/self/";
    Map<String, float[]> roles =
        Map.of(
            self + "query/Add_output_0", captured.q(),
            self + "key/Add_output_0", captured.k(),
            self + "value/Add_output_0", captured.v());
    try (OnnxEncoder onnx = new OnnxEncoder(2, roles.keySet())) {
      for (int first = 0; first < tokens; first += 512) {
        int[] window = Arrays.copyOfRange(ids, first, Math.min(first + 512, tokens));
        Map<String, float[]> expected = onnx.run(List.of(window));
        for (Map.Entry<String, float[]> role : roles.entrySet()) {
          float[] values = Objects.requireNonNull(expected.get(role.getKey()));
          double largest = largestDifference(values, role.getValue(), window.length, first, tokens);
          assertThat(largest).as("%s from token %d on", role.getKey(), first).isLessThan(TOLERANCE);
        }
      }
    }
  }

  private static double largestDifference(
      float[] expected, float[] actual, int rows, int first, int tokens) {
    double largest = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < 384; column++) {
        int at = ((column / 32) * tokens + first + row) * 32 + column % 32;
        double difference = Math.abs((double) expected[row * 384 + column] - actual[at]);
        // Math.max keeps a NaN, and AssertJ orders it above every number: it fails the test.
        largest = Math.max(largest, difference);
      }
    }
    return largest;
  }
}
