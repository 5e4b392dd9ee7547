package example;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;

/** One causal attention with grouped heads, by whatever device there is. */
public final class CausalAttention {
  private CausalAttention() {}

  /** Eight query heads on two of keys and values, each [tokens, 64]. */
  public static AttentionSpec spec(int tokens) {
    return AttentionSpec.builder().heads(8, 2).length(tokens).dim(64).mask(Mask.causal()).build();
  }

  /** O, contiguous [8, tokens, 64], and the log of each softmax's sum. */
  public static AttentionOutput of(Backend backend, int tokens, float[] q, float[] k, float[] v) {
    try (Session session = backend.open()) {
      return session.attention(spec(tokens), q, k, v);
    }
  }
}
