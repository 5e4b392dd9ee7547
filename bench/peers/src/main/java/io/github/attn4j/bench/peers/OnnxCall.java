package io.github.attn4j.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.attn4j.bench.peer.PreparedPeer;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import java.util.Map;

/** A session of ONNX Runtime with its tensors, the output's among them. */
final class OnnxCall implements PreparedPeer {
  private final AttentionInputs inputs;
  private final String method;
  private final Layout queryLayout;
  private final Layout outputLayout;
  private final OnnxElements queries;
  private final OnnxElements output;
  private final OrtSession session;
  private final Map<String, OnnxTensor> tensors;
  private final Map<String, OnnxTensor> outputs;

  /**
   * Opens a session and copies the inputs.
   *
   * @param headsInside whether tensors are [batch, length, heads, dim] instead of [batch, heads,
   *     length, dim]
   */
  OnnxCall(
      AttentionInputs inputs, OnnxModel model, boolean headsInside, String operator, int threads) {
    this.inputs = inputs;
    AttentionSpec spec = inputs.spec();
    queryLayout = layout(headsInside, spec.queryHeads(), spec.queryLength(), spec.headDim());
    Layout keys = layout(headsInside, spec.kvHeads(), spec.kvLength(), spec.headDim());
    Layout values = layout(headsInside, spec.kvHeads(), spec.kvLength(), spec.valueDim());
    outputLayout = layout(headsInside, spec.queryHeads(), spec.queryLength(), spec.valueDim());
    queries = OnnxElements.allocate(spec.queryType(), inputs.q().length);
    OnnxElements k = OnnxElements.allocate(spec.keyValueType(), inputs.k().length);
    OnnxElements v = OnnxElements.allocate(spec.keyValueType(), inputs.v().length);
    output = OnnxElements.allocate(spec.queryType(), spec.outputElements());
    put(inputs.q(), spec.queryHeads(), spec.queryLength(), spec.headDim(), queries, queryLayout);
    put(inputs.k(), spec.kvHeads(), spec.kvLength(), spec.headDim(), k, keys);
    put(inputs.v(), spec.kvHeads(), spec.kvLength(), spec.valueDim(), v, values);
    method =
        "%s in %s, tensors %s; its output is allocated once; threads do not spin"
            .formatted(
                operator, spec.queryType().label(), headsInside ? "[B, S, H, D]" : "[B, H, S, D]");
    OrtEnvironment environment = OnnxRuntime.ENVIRONMENT;
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      // Threads that spin after a call take a core from whatever is measured next.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      options.addConfigEntry("session.inter_op.allow_spinning", "0");
      session = environment.createSession(model.bytes(), options);
      tensors =
          Map.of(
              "q", queries.tensor(environment, model.q()),
              "k", k.tensor(environment, model.k()),
              "v", v.tensor(environment, model.v()));
      outputs = Map.of("o", output.tensor(environment, model.o()));
    } catch (OrtException e) {
      throw new BackendException.LaunchFailed(
          "ONNX Runtime refuses %s over %s: %s".formatted(operator, spec.label(), e.getMessage()));
    }
  }

  private static Layout layout(boolean headsInside, int heads, int length, int dim) {
    return headsInside ? Layout.bshd(heads, length, dim) : Layout.bhsd(heads, length, dim);
  }

  /** Row by row from contiguous [batch, heads, length, dim]. */
  private void put(float[] from, int heads, int length, int dim, OnnxElements to, Layout layout) {
    int at = 0;
    for (int b = 0; b < inputs.spec().batch(); b++) {
      for (int h = 0; h < heads; h++) {
        for (int s = 0; s < length; s++, at += dim) {
          to.put((int) layout.row(b, h, s), from, at, dim);
        }
      }
    }
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public void refreshQueries(int fromElement, int count) {
    AttentionSpec spec = inputs.spec();
    int dim = spec.headDim();
    for (int element = fromElement; element < fromElement + count; element++) {
      int row = element / dim;
      int head = row / spec.queryLength();
      long at =
          queryLayout.row(
              head / spec.queryHeads(), head % spec.queryHeads(), row % spec.queryLength());
      queries.put((int) at + element % dim, inputs.q(), element, 1);
    }
  }

  @Override
  public void clearOutput() {
    output.fill(Float.NaN);
  }

  @Override
  @SuppressWarnings("try") // the result lies in the output already
  public long run() {
    long start = System.nanoTime();
    try (OrtSession.Result result = session.run(tensors, outputs)) {
      return System.nanoTime() - start;
    } catch (OrtException e) {
      throw new BackendException.LaunchFailed(
          "ONNX Runtime fails in %s over %s: %s"
              .formatted(method, inputs.spec().label(), e.getMessage()));
    }
  }

  @Override
  public float[] read() {
    AttentionSpec spec = inputs.spec();
    int dim = spec.valueDim();
    float[] o = new float[spec.outputElements()];
    int at = 0;
    for (int b = 0; b < spec.batch(); b++) {
      for (int h = 0; h < spec.queryHeads(); h++) {
        for (int s = 0; s < spec.queryLength(); s++, at += dim) {
          output.get((int) outputLayout.row(b, h, s), o, at, dim);
        }
      }
    }
    return o;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("closing a session of ONNX Runtime", e);
    }
    tensors.values().forEach(OnnxTensor::close);
    outputs.values().forEach(OnnxTensor::close);
  }
}
