package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.spec.AttentionSpec;

/**
 * One cell of a sweep, as text that survives the way into a forked JVM.
 *
 * @param kernel global id
 * @param device {@code backend:index} the kernel runs on
 * @param source where Q, K and V come from
 * @param shape sizes and mask
 * @param seed of generated inputs
 */
public record CellSpec(String kernel, String device, InputSource source, Shape shape, long seed) {
  private static final String SEPARATOR = "/";
  private static final int PARTS = 5;

  /** The problem. */
  public AttentionSpec spec() {
    return shape.spec();
  }

  /** The same without its mask. */
  CellSpec withoutMask() {
    return new CellSpec(kernel, device, source, shape.withMask("full"), seed);
  }

  /** The same over fewer keys. */
  CellSpec withKeys(int keys) {
    return new CellSpec(kernel, device, source, shape.withKeys(keys), seed);
  }

  /**
   * Draws the data.
   *
   * @param rotation which of the alternating sets; model inputs of set 1 take the text's next
   *     tokens
   * @throws io.github.attn4j.model.ModelLoadException if the model cannot be had
   */
  public AttentionInputs inputs(int rotation) {
    return source.inputs(spec(), seed, rotation);
  }

  /** The cell as one word; {@link #decode} is its inverse. */
  public String encode() {
    return String.join(
        SEPARATOR, kernel, device, source.label(), String.valueOf(seed), shape.encode());
  }

  /** The cell that {@link #encode} wrote. */
  public static CellSpec decode(String text) {
    String[] parts = text.split(SEPARATOR, PARTS);
    if (parts.length != PARTS) {
      throw new IllegalArgumentException("'" + text + "' is no cell");
    }
    return new CellSpec(
        parts[0],
        parts[1],
        InputSource.of(parts[2]),
        Shape.decode(parts[4]),
        Long.parseLong(parts[3]));
  }
}
