package io.github.attn4j.bench.measure;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.model.CapturedProjections;
import io.github.attn4j.model.ModelCapture;

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
    Source source,
    int heads,
    int length,
    int headDim,
    boolean causal,
    long seed) {

  /** Where the data comes from. */
  public enum Source {
    /** Seeded normal-like values. */
    NORMAL,
    /** Layer 0 of all-MiniLM-L6-v2 over the English text that ships with the project. */
    MODEL;

    /** Lower-case name for reports. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** The problem. */
  public AttentionSpec spec() {
    return AttentionSpec.builder()
        .heads(heads)
        .length(length)
        .dim(headDim)
        .mask(causal ? Mask.causal() : Mask.none())
        .build();
  }

  /**
   * Draws the data.
   *
   * @param rotation which of the alternating sets; model inputs of set 1 take the text's next
   *     tokens
   */
  public AttentionInputs inputs(int rotation) {
    return switch (source) {
      case NORMAL -> AttentionInputs.generate(spec(), InputFamily.NORMAL, seed + rotation);
      case MODEL -> modelInputs(rotation);
    };
  }

  private AttentionInputs modelInputs(int rotation) {
    CapturedProjections all = ModelCapture.load().capture((rotation + 1) * length);
    return AttentionInputs.ofContiguous(
        spec(),
        "all-MiniLM-L6-v2 layer 0, tokens from " + rotation * length,
        slice(all.q(), all, rotation),
        slice(all.k(), all, rotation),
        slice(all.v(), all, rotation));
  }

  private float[] slice(float[] tensor, CapturedProjections all, int rotation) {
    float[] part = new float[heads * length * headDim];
    for (int h = 0; h < heads; h++) {
      int from = (h * all.tokens() + rotation * length) * headDim;
      System.arraycopy(tensor, from, part, h * length * headDim, length * headDim);
    }
    return part;
  }

  /** The cell as one word; {@link #decode} is its inverse. */
  public String encode() {
    return String.join(
        "/",
        kernel,
        device,
        source.name(),
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
        Source.valueOf(parts[2]),
        Integer.parseInt(parts[3]),
        Integer.parseInt(parts[4]),
        Integer.parseInt(parts[5]),
        Boolean.parseBoolean(parts[6]),
        Long.parseLong(parts[7]));
  }
}
