package io.github.attn4j.model;

/**
 * One layer's attention over a text, as it ran on a device on the way through a model.
 *
 * @param projections queries, keys and values that the kernel read, copied back
 * @param lse of each query's scaled scores over the keys that it sees, natural log, as the kernel
 *     wrote it: [heads][tokens]; handed over, not copied, and equal only to itself
 * @param nanos that the kernel took on the device, above zero
 */
@SuppressWarnings("ArrayRecordComponent") // identity is the wanted equality
public record LayerAttention(CapturedProjections projections, float[] lse, long nanos) {
  /**
   * Checks that each query of each head has its LSE, and that the kernel ran.
   *
   * @throws IllegalArgumentException naming the numbers if not
   */
  public LayerAttention {
    long rows = (long) projections.heads() * projections.tokens();
    if (lse.length != rows || nanos <= 0) {
      throw new IllegalArgumentException(
          "%,d LSE of %d heads x %d tokens after %,d ns: there must be one for each, and a time above zero"
              .formatted(lse.length, projections.heads(), projections.tokens(), nanos));
    }
  }

  /** Positions, special tokens included. */
  public int tokens() {
    return projections.tokens();
  }
}
