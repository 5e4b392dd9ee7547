package io.github.attn4j.bench.peers;

import io.github.attn4j.bench.peer.Peer;
import io.github.attn4j.bench.peer.PlainProblem;
import io.github.attn4j.bench.peer.PreparedPeer;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Map;

/**
 * ONNX Runtime's implementation of the ONNX standard's operator Attention, which takes [batch,
 * heads, length, dim] and groups heads by itself; {@code is_causal} where the mask hides anything.
 * The faster of ONNX Runtime's two on short contexts.
 */
public final class OnnxAttentionPeer implements Peer {
  /** The operator came with 23. */
  private static final int STANDARD_VERSION = 24;

  /** Loads ONNX Runtime. */
  public OnnxAttentionPeer() {
    OnnxRuntime.version();
  }

  @Override
  public String version() {
    return OnnxRuntime.version();
  }

  @Override
  public Support supports(AttentionSpec spec) {
    return PlainProblem.support(spec, OnnxRuntime.TYPES);
  }

  @Override
  public PreparedPeer prepare(AttentionInputs inputs, int threads) {
    AttentionSpec spec = inputs.spec();
    boolean causal = PlainProblem.hidesPairs(spec);
    OnnxModel model =
        new OnnxModel(
            "",
            "Attention",
            STANDARD_VERSION,
            causal ? Map.of("is_causal", 1L) : Map.of(),
            Map.of("scale", spec.scale()),
            spec.queryType(),
            shape(spec, spec.queryHeads(), spec.queryLength(), spec.headDim()),
            shape(spec, spec.kvHeads(), spec.kvLength(), spec.headDim()),
            shape(spec, spec.kvHeads(), spec.kvLength(), spec.valueDim()),
            shape(spec, spec.queryHeads(), spec.queryLength(), spec.valueDim()));
    return new OnnxCall(
        inputs,
        model,
        false,
        "Attention-%d(is_causal=%d)".formatted(STANDARD_VERSION, causal ? 1 : 0),
        threads);
  }

  private static long[] shape(AttentionSpec spec, int heads, int length, int dim) {
    return new long[] {spec.batch(), heads, length, dim};
  }
}
