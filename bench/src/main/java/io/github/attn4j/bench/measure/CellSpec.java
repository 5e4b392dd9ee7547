package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;

/**
 * One cell of a sweep, as text that survives the way into a forked JVM.
 *
 * @param kernel global id
 * @param device {@code backend:index} the kernel runs on
 * @param source where Q, K and V come from
 * @param heads query and key-value heads
 * @param length queries and keys
 * @param headDim D and Dv
 * @param causal whether later keys are hidden
 * @param seed of generated inputs
 */
public record CellSpec(
    String kernel,
    String device,
    InputSource source,
    int heads,
    int length,
    int headDim,
    boolean causal,
    long seed) {

  /** The problem. */
  public AttentionSpec spec() {
    return AttentionSpec.builder()
        .heads(heads)
        .length(length)
        .dim(headDim)
        .mask(causal ? Mask.causal() : Mask.none())
        .build();
  }

  /** The same on another context. */
  CellSpec withLength(int other) {
    return new CellSpec(kernel, device, source, heads, other, headDim, causal, seed);
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
        "/",
        kernel,
        device,
        source.label(),
        String.valueOf(heads),
        String.valueOf(length),
        String.valueOf(headDim),
        String.valueOf(causal),
        String.valueOf(seed));
  }

  /** The cell that {@link #encode} wrote. */
  public static CellSpec decode(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length != 8) {
      throw new IllegalArgumentException("'" + text + "' is no cell");
    }
    return new CellSpec(
        parts[0],
        parts[1],
        InputSource.of(parts[2]),
        Integer.parseInt(parts[3]),
        Integer.parseInt(parts[4]),
        Integer.parseInt(parts[5]),
        Boolean.parseBoolean(parts[6]),
        Long.parseLong(parts[7]));
  }
}
