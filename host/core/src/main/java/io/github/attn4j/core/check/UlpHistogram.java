package io.github.attn4j.core.check;

import io.github.attn4j.core.spec.ElementType;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Errors against float64 in units in the last place, counted by powers of two.
 *
 * <p>A unit is the distance between two neighbours of the result's type at the magnitude of the
 * float64 value (Goldberg, "What every computer scientist should know about floating-point
 * arithmetic", 1991, section 1.2), and not below the type's smallest. An element that is less than
 * 2^-10 of what its sum grew to on the way is one that cancelled: its own units say how much, and
 * nothing about the kernel, so it is counted apart. docs/numerics.md says more.
 *
 * @param counts elements by error: up to 1/2, then up to 1, 2, 4... units, the last without end
 * @param exactZeros elements that are 0 in float64 and in the result, as in rows that see nothing
 * @param nearZero other elements too small beside their sums to have units of their own
 * @param notFinite elements where float64 or the result is an infinity or NaN
 * @param undecided elements of rows of which nothing can be demanded
 * @param largest error in units of those in {@code counts}; 0 where there are none
 */
public record UlpHistogram(
    List<Long> counts,
    long exactZeros,
    long nearZero,
    long notFinite,
    long undecided,
    double largest) {
  /** How many powers of two are told apart. */
  public static final int BINS = 28;

  /** Share of its sum's magnitude below which an element has no units of its own. */
  public static final double CANCELLED = 0x1p-10;

  /** Of nothing. */
  public static final UlpHistogram EMPTY = new UlpHistogram(new long[BINS], 0, 0, 0, 0, 0);

  /** Copies the counts. */
  public UlpHistogram {
    counts = List.copyOf(counts);
    if (counts.size() != BINS) {
      throw new IllegalArgumentException("%d bins, not %d".formatted(counts.size(), BINS));
    }
  }

  private UlpHistogram(
      long[] counts,
      long exactZeros,
      long nearZero,
      long notFinite,
      long undecided,
      double largest) {
    this(
        java.util.Arrays.stream(counts).boxed().toList(),
        exactZeros,
        nearZero,
        notFinite,
        undecided,
        largest);
  }

  /** Largest error of a bin, in units. */
  public static double upTo(int bin) {
    return bin == BINS - 1 ? Double.POSITIVE_INFINITY : Math.scalb(0.5, bin);
  }

  /** Both counted together: only of one type, whose units they share. */
  public UlpHistogram plus(UlpHistogram other) {
    return new UlpHistogram(
        IntStream.range(0, BINS).mapToLong(i -> counts.get(i) + other.counts.get(i)).toArray(),
        exactZeros + other.exactZeros,
        nearZero + other.nearZero,
        notFinite + other.notFinite,
        undecided + other.undecided,
        Math.max(largest, other.largest));
  }

  /** Elements that have an error in units. */
  public long measured() {
    return counts.stream().mapToLong(Long::longValue).sum();
  }

  /**
   * The end of the bin in which a share of the measured elements is reached: "half of them are off
   * by at most so many units". NaN where there are none.
   */
  public double quantile(double share) {
    long all = measured();
    long seen = 0;
    for (int bin = 0; bin < BINS && all > 0; bin++) {
      seen += counts.get(bin);
      if (seen >= share * all) {
        return Math.min(upTo(bin), Math.max(largest, 0.5));
      }
    }
    return Double.NaN;
  }

  /** Counts the elements of one tensor. */
  static final class Counter {
    private final long[] counts = new long[BINS];
    private final int precision;
    private final int smallestExponent;
    private long exactZeros;
    private long nearZero;
    private long notFinite;
    private long undecided;
    private double largest;

    /** Of a type's units. */
    Counter(ElementType type) {
      precision = -Math.getExponent(type.unitRoundoff()) - 1; // bits behind the leading one
      smallestExponent = Math.getExponent(type.smallestNormal());
    }

    /** Adds an element whose sum grew to a magnitude. */
    void add(double expected, double actual, double magnitude) {
      if (!(Double.isFinite(expected) && Double.isFinite(actual))) {
        notFinite++;
      } else if (expected == 0 && actual == 0) {
        exactZeros++;
      } else if (Math.abs(expected) < CANCELLED * magnitude || expected == 0) {
        nearZero++;
      } else {
        int unit = Math.max(Math.getExponent(expected), smallestExponent) - precision;
        double units = Math.scalb(Math.abs(actual - expected), -unit);
        largest = Math.max(largest, units);
        counts[bin(units)]++;
      }
    }

    /** Adds elements that are not to be looked at. */
    void addUndecided(long elements) {
      undecided += elements;
    }

    private static int bin(double units) {
      if (units <= 0.5) {
        return 0;
      }
      int exponent = Math.getExponent(units);
      // Ends belong to the bin below them.
      int bin = units == Math.scalb(1.0, exponent) ? exponent + 1 : exponent + 2;
      return Math.min(bin, BINS - 1);
    }

    UlpHistogram result() {
      return new UlpHistogram(counts, exactZeros, nearZero, notFinite, undecided, largest);
    }
  }
}
