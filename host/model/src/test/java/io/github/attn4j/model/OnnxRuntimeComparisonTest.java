package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The same graph, run by ONNX Runtime. The internal values are made visible by appending a second
 * ModelProto that declares them outputs: concatenated protobuf messages merge by specification.
 */
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
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        OrtSession session = environment.createSession(modelWithOutputs(roles.keySet()), options)) {
      for (int first = 0; first < tokens; first += 512) {
        int[] window = Arrays.copyOfRange(ids, first, Math.min(first + 512, tokens));
        compareWindow(environment, session, window, first, tokens, roles);
      }
    }
  }

  private static void compareWindow(
      OrtEnvironment environment,
      OrtSession session,
      int[] window,
      int first,
      int tokens,
      Map<String, float[]> roles)
      throws Exception {
    long[] ids = Arrays.stream(window).asLongStream().toArray();
    long[] ones = new long[ids.length];
    Arrays.fill(ones, 1);
    long[] shape = {1, ids.length};
    try (OnnxTensor tokenIds = OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
        OnnxTensor mask = OnnxTensor.createTensor(environment, LongBuffer.wrap(ones), shape);
        OnnxTensor types =
            OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[ids.length]), shape);
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", tokenIds, "attention_mask", mask, "token_type_ids", types),
                roles.keySet())) {
      for (Map.Entry<String, float[]> role : roles.entrySet()) {
        OnnxTensor output = (OnnxTensor) result.get(role.getKey()).orElseThrow();
        assertThat(output.getInfo().getShape()).containsExactly(1, ids.length, 384);
        double largest =
            largestDifference(output.getFloatBuffer(), role.getValue(), ids.length, first, tokens);
        assertThat(largest).as("%s from token %d on", role.getKey(), first).isLessThan(TOLERANCE);
      }
    }
  }

  private static double largestDifference(
      FloatBuffer expected, float[] actual, int rows, int first, int tokens) {
    double largest = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < 384; column++) {
        int at = ((column / 32) * tokens + first + row) * 32 + column % 32;
        double difference = Math.abs((double) expected.get(row * 384 + column) - actual[at]);
        // Math.max keeps a NaN, and AssertJ orders it above every number: it fails the test.
        largest = Math.max(largest, difference);
      }
    }
    return largest;
  }

  private static byte[] modelWithOutputs(Set<String> names) throws Exception {
    List<byte[]> outputs = names.stream().map(OnnxBytes::floatOutput).collect(Collectors.toList());
    try (InputStream onnx = ShippedModel.open(ModelCapture.ONNX_RESOURCE)) {
      return OnnxBytes.join(
          onnx.readAllBytes(), OnnxBytes.model(OnnxBytes.join(outputs.toArray(new byte[0][]))));
    }
  }
}
