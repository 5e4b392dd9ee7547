package io.github.attn4j.core.expression;

/**
 * The slope of each head: a geometric sequence from 2^(-8/n) for n heads, n a power of two; for
 * others the sequence of the next lower power of two, then every other slope of the next higher
 * one's. Press, Smith, Lewis, "Train short, test long" (ICLR 2022), section 3 and its appendix.
 */
public final class AlibiSlopes {
  private AlibiSlopes() {}

  /**
   * One slope for each head, in (0, 1].
   *
   * @param heads at least 1
   */
  public static float[] of(int heads) {
    int power = Integer.highestOneBit(heads);
    float[] slopes = new float[heads];
    for (int head = 0; head < heads; head++) {
      double exponent =
          head < power
              ? -8.0 * (head + 1) / power
              : -8.0 * (2 * (head - power) + 1) / (2.0 * power);
      slopes[head] = (float) Math.pow(2, exponent);
    }
    return slopes;
  }
}
