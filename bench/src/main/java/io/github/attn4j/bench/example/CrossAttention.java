package io.github.attn4j.bench.example;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.model.CapturedProjections;

/**
 * Queries of one text over keys and values of another (Vaswani et al. 2017, section 3.2.3,
 * "encoder-decoder attention"), as docs/lessons.md shows it and {@code ./attn cross} runs it.
 */
public final class CrossAttention {
  private CrossAttention() {}

  // page: cross
  /** Any number of queries and of keys, and no mask: neither text is behind the other. */
  public static AttentionInputs across(CapturedProjections asking, CapturedProjections answering) {
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(asking.heads())
            .lengths(asking.tokens(), answering.tokens())
            .dim(asking.headDim())
            .build();
    return AttentionInputs.ofContiguous(
        spec, "across texts", asking.q(), answering.k(), answering.v());
  }

  /** Computes it on the session's device. */
  public static AttentionOutput compute(
      Session session, KernelVariant kernel, AttentionInputs inputs) {
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      prepared.run();
      return prepared.read();
    }
  }

  // page: end
}
