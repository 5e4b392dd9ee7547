package io.github.attn4j.core.expression;

/** What is known of a condition over many pairs. */
public enum Truth {
  /** It holds for every pair. */
  ALWAYS,
  /** It holds for none. */
  NEVER,
  /** It holds for some, or nobody could say. */
  MIXED;

  /** Of the opposite condition. */
  public Truth not() {
    return switch (this) {
      case ALWAYS -> NEVER;
      case NEVER -> ALWAYS;
      case MIXED -> MIXED;
    };
  }

  static Truth of(boolean always, boolean never) {
    if (always) {
      return ALWAYS;
    }
    return never ? NEVER : MIXED;
  }
}
