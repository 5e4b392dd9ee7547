package io.github.attn4j.bench.mask;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;

/**
 * What of a problem is written as text.
 *
 * @param mask which pairs take part
 * @param score what becomes of their scores
 */
public record MaskAndScore(MaskText mask, ScoreText score) {

  /** Of texts that need no names besides; an empty score is none. */
  public static MaskAndScore parse(String mask, String score) {
    return new MaskAndScore(MaskText.parse(mask), ScoreText.parse(score));
  }

  /**
   * A shape with this mask, beside the one it has, and this score.
   *
   * @throws IllegalArgumentException where an expression is none, or makes no sense for the shape
   * @throws io.github.attn4j.core.input.InvalidFileException where a file does not fit
   */
  public AttentionSpec applyTo(AttentionSpec shape) {
    return applyTo(shape, shape.toBuilder()).build();
  }

  /** The same for a shape that is still being built. */
  public AttentionSpecBuilder applyTo(AttentionSpecBuilder builder) {
    return applyTo(builder.build(), builder);
  }

  private AttentionSpecBuilder applyTo(AttentionSpec shape, AttentionSpecBuilder builder) {
    return builder
        .mask(shape.mask().and(mask.mask(shape::domain)))
        .scoreModifier(score.score(shape::domain));
  }
}
