package io.github.attn4j.core.expression;

import java.util.Locale;

/** The names that every pair binds. */
public enum Variable {
  /** The batch. */
  B,
  /** The query head. */
  H,
  /** The query's index. */
  Q,
  /** The query's position on the key axis: q plus its batch's query offset; may be negative. */
  P,
  /** The key's index. */
  K,
  /** Queries of a sequence. */
  NQ,
  /** Keys that exist in this batch's sequence: its key length, not what was allocated. */
  NK,
  /** The score so far, scaled and soft-capped; in score expressions only. */
  S;

  /** As written. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** FLOAT for the score, INT for all others. */
  public Type type() {
    return this == S ? Type.FLOAT : Type.INT;
  }
}
