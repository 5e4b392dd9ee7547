package io.github.attn4j.core.input;

/** A seeded distribution of Q, K and V, chosen for what it can break. */
public enum InputFamily {
  /** Sum of four uniforms, mean 0, variance 1: what activations look like. */
  NORMAL,
  /** Uniform in [-1, 1). */
  UNIFORM,
  /**
   * Normal with queries times 16: scores in the hundreds, so that softmax saturates and a missing
   * maximum overflows.
   */
  LARGE_LOGIT,
  /**
   * Query i and key k are unit vectors scaled so that one key takes nearly all weight: wrong
   * indexing shows at once.
   */
  ONE_HOT,
  /** All ones: every weight is 1 / visible keys, so that a wrong count shows. */
  CONSTANT,
  /** Normal, with NaN in every hidden key and value and in every gap. */
  POISON_NAN,
  /** Normal, with infinities in every hidden key and value and in every gap. */
  POISON_INF,
  /**
   * Normal, with one NaN or infinity in every hidden key and value, and NaN in every gap: heads and
   * slots take columns from both ends and kinds in turn. What asks whether a tile of V is finite
   * must ask all of it.
   */
  POISON_ELEMENT,
  /**
   * Normal, with one NaN or infinity in a row of V that exists, another one for each head and slot:
   * the queries that see it must show it, the others must not. I8 cannot store it.
   */
  SEEN_ELEMENT;

  /** Whether hidden rows hold what nobody may see. */
  boolean poisonsHiddenRows() {
    return this == POISON_NAN || this == POISON_INF || this == POISON_ELEMENT;
  }

  /** Lower-case name for tables and options. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
