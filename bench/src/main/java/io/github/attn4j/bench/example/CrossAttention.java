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

  /**
   * The weights behind an output, exp(score - LSE) with the device's own LSE: rows of a head sum to
   * 1 as closely as that is right.
   *
   * @return [heads][queries][keys]
   */
  public static double[][][] weights(AttentionInputs inputs, AttentionOutput output) {
    AttentionSpec spec = inputs.spec();
    double[][][] weights = new double[spec.queryHeads()][spec.queryLength()][spec.kvLength()];
    for (int head = 0; head < spec.queryHeads(); head++) {
      for (int query = 0; query < spec.queryLength(); query++) {
        int q = spec.queryRow(0, head, query);
        float lse = output.lse()[head * spec.queryLength() + query];
        for (int key = 0; key < spec.kvLength(); key++) {
          int k = spec.keyRow(0, head, key);
          double score = 0;
          for (int d = 0; d < spec.headDim(); d++) {
            score += (double) inputs.q()[q + d] * inputs.k()[k + d];
          }
          weights[head][query][key] = Math.exp(spec.scale() * score - lse);
        }
      }
    }
    return weights;
  }
}
