package io.github.attn4j.bench.explain;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** A bound as it is printed: rounded upwards, so that what is said to be within it is. */
public final class Within {
  private static final MathContext UPWARDS = new MathContext(2, RoundingMode.CEILING);

  private Within() {}

  /** Two digits, as 1.1e-05. */
  public static String bound(double value) {
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, "%.1e", BigDecimal.valueOf(value).round(UPWARDS).doubleValue())
        : Double.toString(value);
  }
}
