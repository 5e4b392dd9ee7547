package io.github.attn4j.bench.peers;

import io.github.attn4j.bench.peer.Peer;
import io.github.attn4j.bench.peer.PlainProblem;
import io.github.attn4j.bench.peer.PreparedPeer;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.HashMap;
import java.util.Map;

/**
 * ONNX Runtime's own operator com.microsoft.MultiHeadAttention, with {@code unidirectional} where
 * the mask hides anything. Its tensors have heads inside, [batch, length, heads * dim]; with keys
 * and values as [batch, heads, length, dim], which it takes too, it leaves its tiled path and needs
 * a third more time at N = 2048 and D = 64 (31 ms against 23 ms here).
 */
public final class OnnxRuntimePeer implements Peer {
  private static final int STANDARD_VERSION = 21;

  /** Loads ONNX Runtime. */
  public OnnxRuntimePeer() {
    OnnxRuntime.version();
  }

  @Override
  public String version() {
    return OnnxRuntime.version();
  }

  @Override
  public Support supports(AttentionSpec spec) {
    if (spec.queryHeads() != spec.kvHeads()) {
      return Support.no(
          "groups no heads (%d query heads over %d); onnxruntime-attention does"
              .formatted(spec.queryHeads(), spec.kvHeads()));
    }
    return PlainProblem.support(spec, OnnxRuntime.TYPES);
  }

  @Override
  public PreparedPeer prepare(AttentionInputs inputs, int threads) {
    AttentionSpec spec = inputs.spec();
    boolean causal = PlainProblem.hidesPairs(spec);
    Map<String, Long> integers = new HashMap<>();
    integers.put("num_heads", (long) spec.queryHeads());
    if (causal) {
      integers.put("unidirectional", 1L);
    }
    OnnxModel model =
        new OnnxModel(
            OnnxModel.MICROSOFT,
            "MultiHeadAttention",
            STANDARD_VERSION,
            integers,
            Map.of("scale", spec.scale()),
            spec.queryType(),
            shape(spec, spec.queryLength(), spec.headDim()),
            shape(spec, spec.kvLength(), spec.headDim()),
            shape(spec, spec.kvLength(), spec.valueDim()),
            shape(spec, spec.queryLength(), spec.valueDim()));
    return new OnnxCall(
        inputs,
        model,
        true,
        "com.microsoft.MultiHeadAttention(unidirectional=%d)%s"
            .formatted(
                causal ? 1 : 0,
                spec.queryType() == ElementType.F32
                    ? ""
                    : ", which the session casts to f32 for and back, timed,"),
        threads);
  }

  private static long[] shape(AttentionSpec spec, int length, int dim) {
    return new long[] {spec.batch(), length, (long) spec.queryHeads() * dim};
  }
}
