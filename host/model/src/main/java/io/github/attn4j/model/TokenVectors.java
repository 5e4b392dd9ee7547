package io.github.attn4j.model;

/**
 * The vectors of a text's tokens at one place of a model.
 *
 * @param name of the place, for a person: "word", "embedded", "after layer 1"
 * @param tokens rows
 * @param width elements of a row
 * @param values [tokens][width]; handed over, not copied, and equal only to itself
 */
@SuppressWarnings("ArrayRecordComponent") // identity is the wanted equality
public record TokenVectors(String name, int tokens, int width, float[] values) {
  /**
   * Checks the size.
   *
   * @throws IllegalArgumentException if it is not {@code tokens * width}
   */
  public TokenVectors {
    if (values.length != (long) tokens * width) {
      throw new IllegalArgumentException(
          "%s has %,d elements, but %d tokens of %d are %,d"
              .formatted(name, values.length, tokens, width, (long) tokens * width));
    }
  }
}
