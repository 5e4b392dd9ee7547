package io.github.attn4j.core.expression;

/**
 * Bounds of an int over a box of pairs, kept as {@code perQuery * q + perKey * k + rest}: the
 * difference of p and k over a block then has its exact range, where bounds of p and of k alone
 * would make every block look mixed.
 *
 * @param perQuery coefficient of q
 * @param perKey coefficient of k
 * @param restLeast no rest is less
 * @param restGreatest no rest is greater
 * @param least no value is less
 * @param greatest no value is greater
 */
record IntRange(
    long perQuery, long perKey, long restLeast, long restGreatest, long least, long greatest) {

  /** Any int. */
  static final IntRange ANY = between(Integer.MIN_VALUE, Integer.MAX_VALUE);

  /** Beyond it, sums of products of coefficients and indices could leave 64 bits. */
  private static final long MAX_COEFFICIENT = 1L << 20;

  /** Times the largest coefficient, it still fits 64 bits. */
  private static final long MAX_REST = 1L << 42;

  static IntRange exactly(long value) {
    return between(value, value);
  }

  static IntRange between(long least, long greatest) {
    return new IntRange(0, 0, least, greatest, least, greatest);
  }

  private static IntRange form(
      long perQuery, long perKey, long restLeast, long restGreatest, Region region) {
    long leastQuery = perQuery * (perQuery >= 0 ? region.firstQuery() : region.lastQuery());
    long mostQuery = perQuery * (perQuery >= 0 ? region.lastQuery() : region.firstQuery());
    long leastKey = perKey * (perKey >= 0 ? region.firstKey() : region.lastKey());
    long mostKey = perKey * (perKey >= 0 ? region.lastKey() : region.firstKey());
    return new IntRange(
        perQuery,
        perKey,
        restLeast,
        restGreatest,
        leastQuery + leastKey + restLeast,
        mostQuery + mostKey + restGreatest);
  }

  static IntRange query(Region region) {
    return form(1, 0, 0, 0, region);
  }

  static IntRange key(Region region) {
    return form(0, 1, 0, 0, region);
  }

  static IntRange position(Region region) {
    IntRange position = form(1, 0, region.leastOffset(), region.greatestOffset(), region);
    // Offsets and indices are each bounded by ints, and so is their sum in every shape there is.
    return position.fitsInt()
        ? position
        : between(
            Math.max(Integer.MIN_VALUE, position.least),
            Math.min(Integer.MAX_VALUE, position.greatest));
  }

  boolean isSingle() {
    return least == greatest;
  }

  boolean fitsInt() {
    return least >= Integer.MIN_VALUE && greatest <= Integer.MAX_VALUE;
  }

  /** No value fits an int. */
  boolean overflowsAlways() {
    return least > Integer.MAX_VALUE || greatest < Integer.MIN_VALUE;
  }

  IntRange plus(IntRange other, Region region) {
    return limited(
        perQuery + other.perQuery,
        perKey + other.perKey,
        restLeast + other.restLeast,
        restGreatest + other.restGreatest,
        least + other.least,
        greatest + other.greatest,
        region);
  }

  IntRange minus(IntRange other, Region region) {
    return limited(
        perQuery - other.perQuery,
        perKey - other.perKey,
        restLeast - other.restGreatest,
        restGreatest - other.restLeast,
        least - other.greatest,
        greatest - other.least,
        region);
  }

  IntRange times(IntRange other, Region region) {
    if (other.isSingle()) {
      return scaled(other.least, region);
    }
    if (isSingle()) {
      return other.scaled(least, region);
    }
    long a = least * other.least;
    long b = least * other.greatest;
    long c = greatest * other.least;
    long d = greatest * other.greatest;
    return between(
        Math.min(Math.min(a, b), Math.min(c, d)), Math.max(Math.max(a, b), Math.max(c, d)));
  }

  IntRange negate(Region region) {
    return scaled(-1, region);
  }

  /** Rounded down; 0 where other is 0. */
  IntRange over(IntRange other) {
    if (other.least > 0 || other.greatest < 0) {
      long a = Math.floorDiv(least, other.least);
      long b = Math.floorDiv(least, other.greatest);
      long c = Math.floorDiv(greatest, other.least);
      long d = Math.floorDiv(greatest, other.greatest);
      return between(
          Math.min(Math.min(a, b), Math.min(c, d)), Math.max(Math.max(a, b), Math.max(c, d)));
    }
    if (other.isSingle()) {
      return exactly(0);
    }
    long most = Math.max(Math.abs(least), Math.abs(greatest));
    return between(-most, most);
  }

  /** Of the divisor's sign; 0 where other is 0. */
  IntRange modulo(IntRange other, Region region) {
    if (other.isSingle() && other.least != 0) {
      long divisor = other.least;
      long period = Math.floorDiv(least, divisor);
      if (period == Math.floorDiv(greatest, divisor)) {
        return minus(exactly(period * divisor), region);
      }
    }
    return between(Math.min(0, other.least + 1), Math.max(0, other.greatest - 1));
  }

  IntRange abs(Region region) {
    if (least >= 0) {
      return this;
    }
    return greatest <= 0 ? negate(region) : between(0, Math.max(-least, greatest));
  }

  IntRange min(IntRange other, Region region) {
    return switch (lessOrEqual(other, region)) {
      case ALWAYS -> this;
      case NEVER -> other;
      case MIXED -> between(Math.min(least, other.least), Math.min(greatest, other.greatest));
    };
  }

  IntRange max(IntRange other, Region region) {
    return switch (lessOrEqual(other, region)) {
      case ALWAYS -> other;
      case NEVER -> this;
      case MIXED -> between(Math.max(least, other.least), Math.max(greatest, other.greatest));
    };
  }

  IntRange join(IntRange other, Region region) {
    if (perQuery == other.perQuery && perKey == other.perKey) {
      IntRange joined =
          form(
              perQuery,
              perKey,
              Math.min(restLeast, other.restLeast),
              Math.max(restGreatest, other.restGreatest),
              region);
      return joined.within(Math.min(least, other.least), Math.max(greatest, other.greatest));
    }
    return between(Math.min(least, other.least), Math.max(greatest, other.greatest));
  }

  Truth less(IntRange other, Region region) {
    IntRange difference = minus(other, region);
    return Truth.of(difference.greatest < 0, difference.least >= 0);
  }

  Truth lessOrEqual(IntRange other, Region region) {
    IntRange difference = minus(other, region);
    return Truth.of(difference.greatest <= 0, difference.least > 0);
  }

  Truth equal(IntRange other, Region region) {
    IntRange difference = minus(other, region);
    return Truth.of(
        difference.least == 0 && difference.greatest == 0,
        difference.least > 0 || difference.greatest < 0);
  }

  FloatRange toFloats() {
    return new FloatRange((float) least, (float) greatest, false);
  }

  private IntRange scaled(long factor, Region region) {
    // A factor is an int, and so is every bound: products fit 64 bits.
    long first = factor >= 0 ? least : greatest;
    long last = factor >= 0 ? greatest : least;
    if (Math.abs(factor) > MAX_COEFFICIENT) {
      return between(first * factor, last * factor);
    }
    long restFirst = factor >= 0 ? restLeast : restGreatest;
    long restLast = factor >= 0 ? restGreatest : restLeast;
    return limited(
        perQuery * factor,
        perKey * factor,
        restFirst * factor,
        restLast * factor,
        first * factor,
        last * factor,
        region);
  }

  /** The form where its coefficients are small enough, and never wider than plain bounds. */
  private static IntRange limited(
      long perQuery,
      long perKey,
      long restLeast,
      long restGreatest,
      long least,
      long greatest,
      Region region) {
    boolean plain = perQuery == 0 && perKey == 0;
    if (plain
        || Math.abs(perQuery) > MAX_COEFFICIENT
        || Math.abs(perKey) > MAX_COEFFICIENT
        || restLeast < -MAX_REST
        || restGreatest > MAX_REST) {
      return between(
          plain ? Math.max(least, restLeast) : least,
          plain ? Math.min(greatest, restGreatest) : greatest);
    }
    return form(perQuery, perKey, restLeast, restGreatest, region).within(least, greatest);
  }

  private IntRange within(long lowest, long highest) {
    return new IntRange(
        perQuery,
        perKey,
        restLeast,
        restGreatest,
        Math.max(least, lowest),
        Math.min(greatest, highest));
  }
}
