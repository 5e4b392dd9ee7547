package io.github.attn4j.bench.explain;

/**
 * One head's attention over a text, from two runs of the model: one that sees everything, as it was
 * trained, and one whose every layer is behind a causal mask. Behind the first layer their queries
 * and keys differ.
 *
 * @param head number, from 0
 * @param full every query sees every key
 * @param causal a query sees itself and the keys before it
 */
public record HeadPattern(int head, Scores full, Scores causal) {
  /**
   * Checks that they are of one text.
   *
   * @throws IllegalArgumentException if not
   */
  public HeadPattern {
    if (full.causal()
        || !causal.causal()
        || full.tokens() != causal.tokens()
        || full.keys() != full.tokens()) {
      throw new IllegalArgumentException(
          "head %d: scores of %d tokens over %d%s and of %d%s: it takes one text, first without the causal mask and then with it"
              .formatted(
                  head,
                  full.tokens(),
                  full.keys(),
                  full.causal() ? ", causal" : "",
                  causal.tokens(),
                  causal.causal() ? ", causal" : ""));
    }
  }

  /** Those behind a causal mask, or the others. */
  public Scores scores(boolean behindMask) {
    return behindMask ? causal : full;
  }

  /** How far the worst row's weights are from adding up to 1, over both runs; NaN if one is. */
  double largestRowError() {
    return Math.max(full.largestRowError(), causal.largestRowError());
  }
}
