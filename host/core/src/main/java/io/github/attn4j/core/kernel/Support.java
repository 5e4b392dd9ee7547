package io.github.attn4j.core.kernel;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ScoreModifier;

/**
 * Whether a variant can compute a spec on a device. Unsupported is a value with a reason, never a
 * fallback.
 */
public sealed interface Support {
  /** It can. */
  record Yes() implements Support {}

  /**
   * It cannot.
   *
   * @param reason which property of the spec or the device stands in the way
   */
  record No(String reason) implements Support {}

  /** It can. */
  static Support yes() {
    return new Yes();
  }

  /** Refuses specs with expressions, which the kernel has no code for. */
  static Support withoutExpressions(AttentionSpec spec) {
    if (spec.canonicalMask().expression() != null) {
      return no("takes windows and dense masks, not expressions such as " + spec.mask().label());
    }
    return spec.scoreModifier() instanceof ScoreModifier.Expression score
        ? no("takes no score expression, such as " + score.label())
        : yes();
  }

  /** Refuses deterministic specs, for kernels that nobody has held to that promise. */
  static Support withoutDeterminism(AttentionSpec spec) {
    return spec.deterministic()
        ? no(
            "has not been shown to give a sequence the same bits in any batch; docs/semantics.md, Deterministic results, names those that have")
        : yes();
  }

  /** It cannot, for this reason. */
  static Support no(String reason) {
    return new No(reason);
  }
}
