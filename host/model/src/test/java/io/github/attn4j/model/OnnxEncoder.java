package io.github.attn4j.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The model's own file, run by ONNX Runtime. What happens inside is made visible by appending a
 * second ModelProto that declares it an output: concatenated protobuf messages merge by
 * specification.
 */
final class OnnxEncoder implements AutoCloseable {
  static final String HIDDEN_STATE = "last_hidden_state";

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession.SessionOptions options = new OrtSession.SessionOptions();
  private final OrtSession session;
  private final Set<String> outputs = new HashSet<>(Set.of(HIDDEN_STATE));

  /**
   * Opens it.
   *
   * @param threads of its pool
   * @param inside values of the graph to return too
   */
  OnnxEncoder(int threads, Set<String> inside) throws OrtException, IOException {
    outputs.addAll(inside);
    options.setIntraOpNumThreads(threads);
    byte[][] declared = inside.stream().map(OnnxBytes::floatOutput).toArray(byte[][]::new);
    try (InputStream onnx = ShippedModel.open(ModelCapture.ONNX_RESOURCE)) {
      byte[] model =
          inside.isEmpty()
              ? onnx.readAllBytes()
              : OnnxBytes.join(
                  onnx.readAllBytes(), OnnxBytes.model(OnnxBytes.join(declared)));
      session = environment.createSession(model, options);
    }
  }

  /** Where the graph has a layer's attention output, [batch, tokens, 384], heads joined. */
  static String attentionOf(int layer) {
    return "/encoder/layer.%d/attention/self/Reshape_3_output_0".formatted(layer);
  }

  /** Of a batch, padded to its longest text: every output, by name, [texts, longest, 384]. */
  Map<String, float[]> run(List<int[]> ids) throws OrtException {
    int longest = ids.stream().mapToInt(text -> text.length).max().orElseThrow();
    long[] padded = new long[ids.size() * longest];
    long[] mask = new long[padded.length];
    for (int text = 0; text < ids.size(); text++) {
      for (int i = 0; i < ids.get(text).length; i++) {
        padded[text * longest + i] = ids.get(text)[i];
        mask[text * longest + i] = 1;
      }
    }
    long[] shape = {ids.size(), longest};
    try (OnnxTensor tokens =
            OnnxTensor.createTensor(environment, LongBuffer.wrap(padded), shape);
        OnnxTensor present = OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape);
        OnnxTensor types =
            OnnxTensor.createTensor(
                environment, LongBuffer.wrap(new long[padded.length]), shape);
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", tokens, "attention_mask", present, "token_type_ids", types),
                outputs)) {
      Map<String, float[]> values = new HashMap<>();
      for (String output : outputs) {
        OnnxTensor tensor = (OnnxTensor) result.get(output).orElseThrow();
        float[] copy = new float[padded.length * EncoderModel.WIDTH];
        tensor.getFloatBuffer().get(copy);
        values.put(output, copy);
      }
      return values;
    }
  }

  @Override
  public void close() throws OrtException {
    session.close();
    options.close();
  }
}
