package io.github.attn4j.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The model's own file, run by ONNX Runtime. What happens inside is made visible by appending a
 * second ModelProto that declares it an output: concatenated protobuf messages merge by
 * specification.
 */
final class OnnxEncoder implements AutoCloseable {
  static final String HIDDEN_STATE = "last_hidden_state";

  /**
   * ONNX Runtime 1.29 calls itself so deeply while it opens this graph that the megabyte of a Java
   * thread does not always do, and the process dies of it without a word.
   */
  private static final long STACK_BYTES = 64 << 20;

  private final ExecutorService roomy =
      Executors.newSingleThreadExecutor(task -> new Thread(null, task, "onnx", STACK_BYTES));
  private final Opened opened;
  private final Set<String> outputs = new HashSet<>(Set.of(HIDDEN_STATE));

  /** What belongs to it in the library. */
  private record Opened(
      OrtEnvironment environment, OrtSession.SessionOptions options, OrtSession session) {}

  /**
   * Opens it.
   *
   * @param threads of its pool
   * @param inside values of the graph to return too
   */
  OnnxEncoder(int threads, Set<String> inside) throws IOException {
    outputs.addAll(inside);
    byte[][] declared = inside.stream().map(OnnxBytes::floatOutput).toArray(byte[][]::new);
    try (InputStream onnx = ShippedModel.open(ModelCapture.ONNX_RESOURCE)) {
      byte[] model =
          inside.isEmpty()
              ? onnx.readAllBytes()
              : OnnxBytes.join(onnx.readAllBytes(), OnnxBytes.model(OnnxBytes.join(declared)));
      opened =
          inside(() -> {
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            OrtSession.SessionOptions options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(threads);
            return new Opened(environment, options, environment.createSession(model, options));
          });
    }
  }

  private <T> T inside(Callable<T> call) {
    try {
      return roomy.submit(call).get();
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Where the graph has a layer's attention output, [batch, tokens, 384], heads joined. */
  static String attentionOf(int layer) {
    return "/encoder/layer.%d/attention/self/Reshape_3_output_0".formatted(layer);
  }

  /** Of a batch, padded to its longest text: every output, by name, [texts, longest, 384]. */
  Map<String, float[]> run(List<int[]> ids) {
    return inside(() -> evaluated(ids));
  }

  private Map<String, float[]> evaluated(List<int[]> ids) throws OrtException {
    OrtEnvironment environment = opened.environment();
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
    try (OnnxTensor tokens = OnnxTensor.createTensor(environment, LongBuffer.wrap(padded), shape);
        OnnxTensor present = OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape);
        OnnxTensor types =
            OnnxTensor.createTensor(environment, LongBuffer.wrap(new long[padded.length]), shape);
        OrtSession.Result result =
            opened
                .session()
                .run(
                    Map.of("input_ids", tokens, "attention_mask", present, "token_type_ids", types),
                    outputs)) {
      Map<String, float[]> values = new HashMap<>();
      for (String output : outputs) {
        OnnxTensor tensor = (OnnxTensor) result.get(output).orElseThrow();
        long[] given = tensor.getInfo().getShape();
        if (!Arrays.equals(given, new long[] {ids.size(), longest, EncoderModel.WIDTH})) {
          throw new AssertionError("%s is of shape %s".formatted(output, Arrays.toString(given)));
        }
        float[] copy = new float[padded.length * EncoderModel.WIDTH];
        tensor.getFloatBuffer().get(copy);
        values.put(output, copy);
      }
      return values;
    }
  }

  @Override
  public void close() {
    inside(() -> {
      opened.session().close();
      opened.options().close();
      return opened;
    });
    roomy.shutdown();
  }
}
