package io.github.attn4j.core.layer;

/** The error function in float64, for oracles: slow and exact. */
public final class Erf {
  private Erf() {}

  /**
   * erf(x) = 2 / sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)) (Abramowitz and Stegun
   * 1964, equation 7.1.6): all terms have one sign, so that nothing cancels.
   */
  public static double of(double x) {
    if (Double.isNaN(x) || Math.abs(x) > 6) {
      return Double.isNaN(x) ? x : Math.signum(x); // 1 - 2e-17 is 1
    }
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  /** x (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel 2016, section 2). */
  public static double gelu(double x) {
    return x * (1 + of(x / Math.sqrt(2))) / 2;
  }
}
