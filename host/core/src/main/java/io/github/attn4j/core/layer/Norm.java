package io.github.attn4j.core.layer;

/**
 * The parameters of a layer normalisation (Ba, Kiros and Hinton 2016, equation 4).
 *
 * @param columns elements of a row
 * @param gamma [columns], what a normalised element is multiplied by
 * @param beta [columns], what is added then
 * @param epsilon added to the variance, above 0
 */
public record Norm(int columns, DeviceTensor gamma, DeviceTensor beta, float epsilon) {
  /** Checks columns, parameters and epsilon. */
  public Norm {
    if (columns < 1 || gamma.elements() < columns || beta.elements() < columns) {
      throw new IllegalArgumentException(
          "a normalisation of %d columns has %d gammas and %d betas: give one each, at least one"
              .formatted(columns, gamma.elements(), beta.elements()));
    }
    if (!(epsilon > 0)) {
      throw new IllegalArgumentException(
          "epsilon is %s, it must be above 0: equal elements have no variance".formatted(epsilon));
    }
  }
}
