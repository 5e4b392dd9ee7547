package io.github.attn4j.core.check;

/**
 * How exact a result is beside float64, in the two ways that have no budget in them.
 *
 * @param maxError largest distance of an element of O from float64, over all that are finite
 * @param plainMaxError the same of the plain low-precision version, over the same rows
 * @param output errors of O in units of its type
 * @param lse errors of LSE in units of float32
 */
public record Accuracy(
    double maxError, double plainMaxError, UlpHistogram output, UlpHistogram lse) {
  /** Of nothing. */
  public static final Accuracy NONE = new Accuracy(0, 0, UlpHistogram.EMPTY, UlpHistogram.EMPTY);

  /**
   * What FlashAttention's tests look at (Dao et al. 2022; they ask for at most 2): the largest
   * error of the result over that of the plain version, of whole tensors. NaN where both are exact,
   * infinite where the plain version alone is.
   */
  public double errorOverPlain() {
    return maxError / plainMaxError;
  }
}
