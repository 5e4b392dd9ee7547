package io.github.attn4j.bench.peers;

import io.github.attn4j.bench.peer.PlainProblem;
import io.github.attn4j.bench.peer.PreparedPeer;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Tensors of libtorch and the call of scaled_dot_product_attention over them, in their type or by
 * way of float32.
 *
 * <p>Every call allocates its output: the function has no form that takes one. The C library hands
 * the freed memory of the last call out again, so pages are not fetched from the system anew: seen
 * here, 41 page faults a call for an output of 4 MiB, which has 1024 pages.
 */
final class TorchCall implements PreparedPeer {
  private final AttentionInputs inputs;
  private final TorchElements q;
  private final TorchElements k;
  private final TorchElements v;
  private final @Nullable Widened widened;
  private final TensorOptional noBias = new TensorOptional();
  private final DoubleOptional scale;
  private final boolean causal;
  private final boolean grouped;
  private final String method;
  private @Nullable Tensor output;

  /** Q, K and V in float32, allocated once and filled at each call. */
  private record Widened(TorchElements q, TorchElements k, TorchElements v)
      implements AutoCloseable {
    @Override
    public void close() {
      q.close();
      k.close();
      v.close();
    }
  }

  /**
   * Copies the inputs.
   *
   * @param viaFloat32 whether each call converts Q, K and V to float32, computes in it, and
   *     converts O back
   */
  TorchCall(AttentionInputs inputs, boolean viaFloat32) {
    this.inputs = inputs;
    AttentionSpec spec = inputs.spec();
    long[] ofQueries = {spec.batch(), spec.queryHeads(), spec.queryLength(), spec.headDim()};
    long[] ofKeys = {spec.batch(), spec.kvHeads(), spec.kvLength(), spec.headDim()};
    long[] ofValues = {spec.batch(), spec.kvHeads(), spec.kvLength(), spec.valueDim()};
    q = TorchElements.of(spec.queryType(), inputs.q(), ofQueries);
    k = TorchElements.of(spec.keyValueType(), inputs.k(), ofKeys);
    v = TorchElements.of(spec.keyValueType(), inputs.v(), ofValues);
    widened =
        viaFloat32
            ? new Widened(
                TorchElements.allocate(ElementType.F32, ofQueries),
                TorchElements.allocate(ElementType.F32, ofKeys),
                TorchElements.allocate(ElementType.F32, ofValues))
            : null;
    scale = new DoubleOptional(spec.scale());
    causal = PlainProblem.hidesPairs(spec);
    grouped = spec.queryHeads() != spec.kvHeads();
    String type = spec.queryType().label();
    String function =
        "scaled_dot_product_attention(is_causal=%b, enable_gqa=%b)".formatted(causal, grouped);
    String timed =
        viaFloat32
            ? "%s of Q, K and V converted to f32 and O converted back to %s, the conversions timed"
                .formatted(function, type)
            : function + " in " + type;
    method =
        "%s, %s path, tensors [B, H, S, D]; allocates its output at each call%s; OpenMP threads do not spin, 1 BLAS thread"
            .formatted(
                timed,
                path(),
                viaFloat32 ? ", in f32 and in " + type + ", and Q, K and V in f32 once" : "");
  }

  /**
   * The path is not to be asked for, but without the other one a call fails where it is not taken.
   */
  @SuppressWarnings("try") // computed to see whether it can be
  private String path() {
    torch.globalContext().setSDPUseMath(false);
    try (Tensor ignored = attention()) {
      return "flash";
    } catch (RuntimeException e) {
      return "math";
    } finally {
      torch.globalContext().setSDPUseMath(true);
    }
  }

  private Tensor attention() {
    if (widened == null) {
      return attention(q, k, v);
    }
    widen(q, widened.q());
    widen(k, widened.k());
    widen(v, widened.v());
    try (Tensor wide = attention(widened.q(), widened.k(), widened.v())) {
      return wide.to(TorchElements.scalarType(inputs.spec().queryType()));
    }
  }

  private Tensor attention(TorchElements queries, TorchElements keys, TorchElements values) {
    return torch.scaled_dot_product_attention(
        queries.tensor(), keys.tensor(), values.tensor(), noBias, 0, causal, scale, grouped);
  }

  private static void widen(TorchElements from, TorchElements to) {
    to.tensor().copy_(from.tensor()); // returns the tensor itself, which is not to be closed
  }

  @Override
  public String method() {
    return method;
  }

  /** K as it was given, in its own type. */
  TorchElements keys() {
    return k;
  }

  @Override
  public void refreshQueries(int fromElement, int count) {
    q.write(inputs.q(), fromElement, count);
  }

  @Override
  public void clearOutput() {
    if (output != null) {
      output.close();
      output = null;
    }
  }

  @Override
  @SuppressWarnings("try") // in force as long as it is open
  public long run() {
    clearOutput();
    try (NoGradGuard guard = new NoGradGuard()) {
      long start = System.nanoTime();
      output = attention();
      return System.nanoTime() - start;
    }
  }

  @Override
  public float[] read() {
    if (output == null) {
      throw new IllegalStateException("libtorch has computed nothing since the last output");
    }
    AttentionSpec spec = inputs.spec();
    try (TorchElements o = new TorchElements(spec.queryType(), output.contiguous())) {
      return o.read(spec.outputElements());
    }
  }

  @Override
  public void close() {
    clearOutput();
    q.close();
    k.close();
    v.close();
    if (widened != null) {
      widened.close();
    }
    noBias.close();
    scale.close();
  }
}
