package io.github.attn4j.core.cost;

import io.github.attn4j.core.spec.ElementType;

/**
 * What elements are stored as.
 *
 * @param weights of matrices and vectors; not a scaled type, whose scales depend on a format that
 *     nobody has fixed here
 * @param cache of keys and values that are kept; of a scaled type with a scale for 16 rows of a
 *     head
 * @param scores of a score matrix, where one is kept at all
 */
public record StoredTypes(ElementType weights, ElementType cache, ElementType scores) {
  /** Refuses scaled weights and scores. */
  public StoredTypes {
    requirePlain("weights", weights);
    requirePlain("scores", scores);
  }

  private static void requirePlain(String what, ElementType type) {
    if (type.scaled()) {
      throw new IllegalArgumentException(
          "%s of %s are not counted: their scales have no fixed layout here; take f32, f16 or bf16"
              .formatted(what, type.label()));
    }
  }
}
