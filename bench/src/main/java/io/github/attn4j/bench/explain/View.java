package io.github.attn4j.bench.explain;

/**
 * What of an explanation is looked at first.
 *
 * @param layer from 0
 * @param head from 0
 * @param causal behind the causal mask
 */
public record View(int layer, int head, boolean causal) {
  /** The first head of the first layer, seeing everything. */
  public static final View FIRST = new View(0, 0, false);

  /**
   * Refuses what there is not.
   *
   * @throws IllegalArgumentException naming layer or head, and which there are
   */
  void requireWithin(TextPatterns patterns) {
    requireWithin("layer", layer, patterns.layers().size());
    requireWithin("head", head, patterns.layers().get(layer).heads().size());
  }

  private static void requireWithin(String what, int value, int count) {
    if (value < 0 || value >= count) {
      throw new IllegalArgumentException(
          "%s %d is not one of the %d there are, 0 to %d".formatted(what, value, count, count - 1));
    }
  }
}
