package io.github.attn4j.bench;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.model.CapturedProjections;
import io.github.attn4j.model.ModelInputs;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where Q, K and V come from when a command makes them itself: a seeded family, or a model.
 *
 * @param family the distribution; null for layer 0 of all-MiniLM-L6-v2 over the English text that
 *     ships with the project
 */
public record InputSource(@Nullable InputFamily family) {
  /** The model's Q, K and V. */
  public static final InputSource MODEL = new InputSource(null);

  /** Heads of the model's layer. */
  public static final int MODEL_HEADS = 12;

  /** D and Dv of the model's layer. */
  public static final int MODEL_HEAD_DIM = 32;

  private static final String MODEL_LABEL = "model";

  /** What options and reports call it: {@code model}, or the family's label. */
  public String label() {
    return family == null ? MODEL_LABEL : family.label();
  }

  /**
   * The source that a label names.
   *
   * @throws IllegalArgumentException naming every label there is, if it is none of them
   */
  public static InputSource of(String label) {
    if (label.equals(MODEL_LABEL)) {
      return MODEL;
    }
    for (InputFamily family : InputFamily.values()) {
      if (family.label().equals(label)) {
        return new InputSource(family);
      }
    }
    throw new IllegalArgumentException(
        "input '%s' is none of %s, %s"
            .formatted(
                label,
                MODEL_LABEL,
                Arrays.stream(InputFamily.values())
                    .map(InputFamily::label)
                    .collect(Collectors.joining(", "))));
  }

  /**
   * Makes the data of a problem.
   *
   * @param spec for the model: {@value #MODEL_HEADS} heads of {@value #MODEL_HEAD_DIM}, one batch,
   *     as many queries as keys
   * @param seed of a family; the model has none
   * @param rotation which of several sets of one problem; the model's set 1 takes the text's next
   *     tokens
   * @throws io.github.attn4j.model.ModelLoadException if the model cannot be had
   */
  public AttentionInputs inputs(AttentionSpec spec, long seed, int rotation) {
    return family == null
        ? modelInputs(spec, rotation)
        : AttentionInputs.generate(spec, family, seed + rotation);
  }

  private static AttentionInputs modelInputs(AttentionSpec spec, int rotation) {
    int length = spec.queryLength();
    CapturedProjections all = ModelInputs.load().capture((rotation + 1) * length);
    int from = rotation * length;
    return AttentionInputs.ofContiguous(
        spec,
        "all-MiniLM-L6-v2 layer 0, tokens from " + from,
        slice(all.q(), all.tokens(), from, length),
        slice(all.k(), all.tokens(), from, length),
        slice(all.v(), all.tokens(), from, length));
  }

  private static float[] slice(float[] tensor, int tokens, int from, int length) {
    float[] part = new float[MODEL_HEADS * length * MODEL_HEAD_DIM];
    for (int h = 0; h < MODEL_HEADS; h++) {
      System.arraycopy(
          tensor,
          (h * tokens + from) * MODEL_HEAD_DIM,
          part,
          h * length * MODEL_HEAD_DIM,
          length * MODEL_HEAD_DIM);
    }
    return part;
  }
}
