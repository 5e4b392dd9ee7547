package io.github.attn4j.bench.peers;

import io.github.attn4j.bench.peer.Peer;
import io.github.attn4j.bench.peer.PreparedPeer;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;

/**
 * libtorch over half-precision tensors as a user who has timed it would call it: Q, K and V
 * converted to float32, scaled_dot_product_attention there, O converted back, all of it timed.
 * libtorch's own code for half precision is slower by much on processors.
 */
public final class TorchViaF32Peer implements Peer {
  private final TorchPeer library = new TorchPeer();

  @Override
  public String version() {
    return library.version();
  }

  @Override
  public Support supports(AttentionSpec spec) {
    if (spec.queryType() == ElementType.F32) {
      return Support.no("has nothing to convert: queries are f32 already, which torch is for");
    }
    return library.supports(spec);
  }

  @Override
  public PreparedPeer prepare(AttentionInputs inputs, int threads) {
    return library.prepare(inputs, threads, true);
  }
}
