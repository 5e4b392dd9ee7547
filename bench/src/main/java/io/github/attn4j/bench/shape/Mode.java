package io.github.attn4j.bench.shape;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a server asks of attention at a moment, as {@code --mode} takes it: the shapes that a model
 * meets when it reads a prompt and when it answers.
 */
public enum Mode {
  /** None of these: a sweep's shapes, a model's, a user's own. */
  SWEEP("full"),

  /** A prompt of N tokens at once: as many queries as keys, causal. */
  PREFILL("causal"),

  /**
   * The next token of each sequence: one query over N cached keys, its own among them. It stands at
   * the last key, so that there is nothing for a causal mask to hide.
   */
  DECODE("full"),

  /**
   * The next tokens of a prompt that is read in parts: their queries over N cached keys, their own
   * at the end, causal.
   */
  CHUNKED("causal");

  private final String mask;

  Mode(String mask) {
    this.mask = mask;
  }

  /**
   * Where the user says nothing else. Those of the modes are the heads of Llama 3 8B, Mistral 7B
   * and their likes.
   *
   * @param contexts N, keys of a sequence, as {@code --n} takes them
   * @param heads Hq, query heads
   * @param kvHeads Hkv, heads of keys and values, which Hq is a multiple of
   * @param headDim D and Dv, elements of a row
   */
  public record Defaults(String contexts, int heads, int kvHeads, int headDim) {}

  /** The mode's mask, as {@code --mask} takes it. */
  public String mask() {
    return mask;
  }

  /** What is measured unless the user says otherwise. */
  public Defaults defaults() {
    return switch (this) {
      case SWEEP -> new Defaults("128..4096", 8, 8, 64);
      case PREFILL -> new Defaults("512..2048", 32, 8, 128);
      case DECODE, CHUNKED -> new Defaults("4096..16384", 32, 8, 128);
    };
  }

  /** What options and reports call it; empty for {@link #SWEEP}. */
  public String label() {
    return this == SWEEP ? "" : name().toLowerCase(Locale.ROOT);
  }

  /**
   * The mode of a label.
   *
   * @throws IllegalArgumentException naming the modes there are
   */
  public static Mode of(String label) {
    return Arrays.stream(values())
        .filter(mode -> mode.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'%s' is no mode: there are prefill, decode and chunked".formatted(label)));
  }
}
