package io.github.attn4j.core.cost;

/**
 * How long a layer takes over one context, from what a device was seen to do. Attention really ran;
 * the rest is what the device's ceilings allow at best.
 *
 * @param context N
 * @param basis how {@code attentionNanos} came about
 * @param ranHeads query heads of the launch behind it
 * @param ranContext tokens of that launch
 * @param launches timed, whose median counts
 * @param ranNanos that median, by the device's clock
 * @param attentionNanos attention of all heads over N: {@code ranNanos} times heads, or operations,
 *     over those that ran
 * @param attentionGflops rate of that launch: 2 visible pairs (D + Dv) a head, in 1e9 a second
 * @param matrixNanos the layer's matrix products at the device's rate of multiply-adds, NaN where
 *     that is unknown: no kernel was run, none can be faster
 * @param tokenNanos one token over N keys: the block's weights and its keys and values read once at
 *     memory bandwidth, NaN where that is unknown: none can be faster
 */
public record LayerTime(
    int context,
    Basis basis,
    int ranHeads,
    int ranContext,
    int launches,
    double ranNanos,
    double attentionNanos,
    double attentionGflops,
    double matrixNanos,
    double tokenNanos) {
  /** What stands behind a time. */
  public enum Basis {
    /** All heads over the whole context ran. */
    MEASURED,
    /** Fewer heads ran, in groups that share keys; heads do not know of each other. */
    FEWER_HEADS,
    /** A shorter context ran, and operations tell the rest. */
    SHORTER_CONTEXT
  }
}
