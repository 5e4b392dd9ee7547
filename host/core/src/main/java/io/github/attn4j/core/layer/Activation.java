package io.github.attn4j.core.layer;

/** What becomes of a matrix product's elements before they are stored. */
public enum Activation {
  /** They stay as they are. */
  NONE,

  /**
   * Gaussian error linear unit, exact: x (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel 2016,
   * "Gaussian Error Linear Units", section 2), not one of its approximations.
   */
  GELU
}
