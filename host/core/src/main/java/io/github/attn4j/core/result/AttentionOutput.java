package io.github.attn4j.core.result;

import io.github.attn4j.core.spec.AttentionSpec;

/**
 * What a launch wrote, or the room for it: a caller may have the same arrays filled again and
 * again.
 *
 * @param o the output's buffer, addressed through the spec's output layout, gaps included
 * @param lse log-sum-exp of each row's scores, natural log, contiguous [batch, queryHeads,
 *     queryLength]; -inf for empty rows
 */
@SuppressWarnings(
    "ArrayRecordComponent") // large tensors: copied nowhere, compared by check.Comparison only
public record AttentionOutput(float[] o, float[] lse) {

  /** Room for a spec's output, all zero. */
  public static AttentionOutput allocate(AttentionSpec spec) {
    return new AttentionOutput(new float[spec.outputElements()], new float[spec.rows()]);
  }

  /**
   * Refuses arrays of another size than a spec's output has.
   *
   * @throws IllegalArgumentException with both sizes
   */
  public void requireFits(AttentionSpec spec) {
    if (o.length != spec.outputElements() || lse.length != spec.rows()) {
      throw new IllegalArgumentException(
          "%s writes %d elements of O and %d of LSE, but the arrays given have %d and %d: AttentionOutput.allocate makes them for a spec"
              .formatted(spec.label(), spec.outputElements(), spec.rows(), o.length, lse.length));
    }
  }
}
