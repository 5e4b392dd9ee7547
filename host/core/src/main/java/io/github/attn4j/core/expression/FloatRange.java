package io.github.attn4j.core.expression;

/**
 * Bounds of a float over many pairs. Sound because rounding never changes an order: the bounds are
 * computed by the very operations that they bound.
 *
 * @param least no value is less
 * @param greatest no value is greater
 * @param maybeNaN whether a value may be NaN, which is neither
 */
public record FloatRange(float least, float greatest, boolean maybeNaN) {
  static final FloatRange ANY =
      new FloatRange(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, true);

  /** What OpenCL 1.2 (section 7.4) lets exp, tanh and log2 be wrong by is 5 at most. */
  private static final int DEVICE_ULPS = 8;

  static FloatRange exactly(float value) {
    return new FloatRange(value, value, false);
  }

  FloatRange negate() {
    return new FloatRange(-greatest, -least, maybeNaN);
  }

  FloatRange plus(FloatRange other) {
    return checked(
        least + other.least,
        greatest + other.greatest,
        maybeNaN
            || other.maybeNaN
            || opposed(least, other.greatest)
            || opposed(greatest, other.least));
  }

  FloatRange minus(FloatRange other) {
    return plus(other.negate());
  }

  FloatRange times(FloatRange other) {
    return corners(
        least * other.least,
        least * other.greatest,
        greatest * other.least,
        greatest * other.greatest,
        // Infinity times a zero that lies between the bounds shows at no corner.
        maybeNaN
            || other.maybeNaN
            || (hasInfinity() && other.hasZero())
            || (hasZero() && other.hasInfinity()));
  }

  FloatRange over(FloatRange other) {
    if (other.hasZero() || (hasInfinity() && other.hasInfinity())) {
      return ANY;
    }
    return corners(
        least / other.least,
        least / other.greatest,
        greatest / other.least,
        greatest / other.greatest,
        maybeNaN || other.maybeNaN);
  }

  /** Of {@code other < this ? other : this}. */
  FloatRange min(FloatRange other) {
    // Where other is NaN, this one is taken whatever its size.
    return new FloatRange(
        Math.min(least, other.least),
        other.maybeNaN ? greatest : Math.min(greatest, other.greatest),
        maybeNaN);
  }

  /** Of {@code this < other ? other : this}. */
  FloatRange max(FloatRange other) {
    return new FloatRange(
        other.maybeNaN ? least : Math.max(least, other.least),
        Math.max(greatest, other.greatest),
        maybeNaN);
  }

  FloatRange abs() {
    if (least >= 0) {
      return this;
    }
    return greatest <= 0 ? negate() : new FloatRange(0, Math.max(-least, greatest), maybeNaN);
  }

  FloatRange exp() {
    return new FloatRange(Arithmetic.exp(least), Arithmetic.exp(greatest), maybeNaN).widened();
  }

  FloatRange tanh() {
    return new FloatRange(Arithmetic.tanh(least), Arithmetic.tanh(greatest), maybeNaN).widened();
  }

  FloatRange log2() {
    if (greatest < 0) {
      return ANY;
    }
    return new FloatRange(
            Arithmetic.log2(Math.max(0, least)), Arithmetic.log2(greatest), maybeNaN || least < 0)
        .widened();
  }

  FloatRange join(FloatRange other) {
    return new FloatRange(
        Math.min(least, other.least),
        Math.max(greatest, other.greatest),
        maybeNaN || other.maybeNaN);
  }

  Truth less(FloatRange other) {
    return Truth.of(greatest < other.least && comparable(other), least >= other.greatest);
  }

  Truth lessOrEqual(FloatRange other) {
    return Truth.of(greatest <= other.least && comparable(other), least > other.greatest);
  }

  Truth equal(FloatRange other) {
    return Truth.of(
        least == greatest && least == other.least && least == other.greatest && comparable(other),
        greatest < other.least || least > other.greatest);
  }

  private boolean comparable(FloatRange other) {
    return !maybeNaN && !other.maybeNaN;
  }

  private boolean hasZero() {
    return least <= 0 && greatest >= 0;
  }

  private boolean hasInfinity() {
    return Float.isInfinite(least) || Float.isInfinite(greatest);
  }

  private static boolean opposed(float first, float second) {
    return Float.isInfinite(first) && first == -second;
  }

  private static FloatRange corners(float a, float b, float c, float d, boolean maybeNaN) {
    return checked(
        Math.min(Math.min(a, b), Math.min(c, d)),
        Math.max(Math.max(a, b), Math.max(c, d)),
        maybeNaN);
  }

  private static FloatRange checked(float least, float greatest, boolean maybeNaN) {
    boolean unbounded = Float.isNaN(least) || Float.isNaN(greatest);
    return unbounded ? ANY : new FloatRange(least, greatest, maybeNaN);
  }

  /** By what a device's own functions may differ, and to 0 where it flushes what is tiny. */
  private FloatRange widened() {
    float low = least;
    float high = greatest;
    for (int step = 0; step < DEVICE_ULPS; step++) {
      low = Math.nextDown(low);
      high = Math.nextUp(high);
    }
    if (low > 0 && low < Float.MIN_NORMAL) {
      low = 0;
    }
    if (high < 0 && high > -Float.MIN_NORMAL) {
      high = 0;
    }
    return new FloatRange(low, high, maybeNaN);
  }
}
