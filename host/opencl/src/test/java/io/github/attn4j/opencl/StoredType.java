package io.github.attn4j.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * A type of element_types.clh by its definition alone: digits and exponent of each pattern in
 * float64, and what lies between two of them. Shares nothing with the conversions it is held
 * against.
 */
enum StoredType {
  F16(1, "QUERY", 16, 10, 15, 30, true),
  BF16(2, "QUERY", 16, 7, 127, 254, true),
  I8(3, "KV", 8, 7, 0, 0, false),
  F8E4M3(4, "KV", 8, 3, 7, 15, false);

  private final int macro;
  private final String tensor;
  private final int bits;
  private final int digits;
  private final int bias;
  private final int largestExponent;
  private final boolean infinities;

  StoredType(
      int macro,
      String tensor,
      int bits,
      int digits,
      int bias,
      int largestExponent,
      boolean infinities) {
    this.macro = macro;
    this.tensor = tensor;
    this.bits = bits;
    this.digits = digits;
    this.bias = bias;
    this.largestExponent = largestExponent;
    this.infinities = infinities;
  }

  /** Whether O may have it, so that there are stores. */
  boolean isStored() {
    return tensor.equals("QUERY");
  }

  int patterns() {
    return 1 << bits;
  }

  /** The value of a pattern; NaN for each NaN. */
  double value(int pattern) {
    if (this == I8) {
      return (byte) pattern;
    }
    double sign = pattern >> (bits - 1) == 0 ? 1 : -1;
    int exponent = (pattern >> digits) & ((1 << (bits - 1 - digits)) - 1);
    int fraction = pattern & ((1 << digits) - 1);
    if (exponent > largestExponent) {
      return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
    }
    if (!infinities && exponent == largestExponent && fraction == (1 << digits) - 1) {
      return Double.NaN;
    }
    double units = exponent == 0 ? fraction : fraction + (1 << digits);
    return sign * Math.scalb(units, Math.max(exponent, 1) - bias - digits);
  }

  /** A float to store, and the pattern nearest to it; an even one where two are. */
  record Rounding(float value, int pattern) {}

  /**
   * Every stride-th pattern, and for each what lies halfway to the next one and just beside that;
   * the largest of all and the halves around infinity always, both signs of each.
   */
  List<Rounding> roundings(int stride) {
    int infinity = (largestExponent + 1) << digits;
    TreeSet<Integer> from = new TreeSet<>(List.of(0, 1, (1 << digits) - 1, 1 << digits));
    from.add(infinity - 1);
    for (int pattern = 0; pattern < infinity; pattern += stride) {
      from.add(pattern);
    }
    int negative = 1 << (bits - 1);
    List<Rounding> roundings = new ArrayList<>();
    for (int pattern : from) {
      double value = value(pattern);
      // Infinity counts as what would follow the largest number.
      double next = pattern + 1 == infinity ? 2 * value - value(pattern - 1) : value(pattern + 1);
      float half = (float) ((value + next) / 2);
      int even = pattern % 2 == 0 ? pattern : pattern + 1;
      List<Rounding> positive =
          List.of(
              new Rounding((float) value, pattern),
              new Rounding(Math.nextDown(half), pattern),
              new Rounding(half, even),
              new Rounding(Math.nextUp(half), pattern + 1));
      for (Rounding rounding : positive) {
        roundings.add(rounding);
        roundings.add(new Rounding(-rounding.value(), negative | rounding.pattern()));
      }
    }
    roundings.add(new Rounding(Float.MAX_VALUE, infinity));
    roundings.add(new Rounding(Float.NEGATIVE_INFINITY, negative | infinity));
    roundings.add(new Rounding(Float.MIN_VALUE, 0));
    return roundings;
  }

  /**
   * A program that loads and stores as kernels do: each pattern by itself, 4 and 16 at a time from
   * odd places, and each float likewise.
   *
   * <p>Of the longs given, the first {@code loads} are patterns and become the bits of the floats
   * loaded one by one; the next {@code stores}, a multiple of 16 as is {@code loads}, are bits of
   * floats and become the patterns stored. Two longs behind them count vectors' elements that
   * differ from single ones.
   */
  String program(int loads, int stores) {
    String name = tensor.equals("QUERY") ? "query" : "kv";
    String loaded =
        """
        // One NaN is as good as another.
        static inline bool differ(float a, float b) { return as_int(a) != as_int(b) && !(isnan(a) && isnan(b)); }

        __kernel void probe(__global long *values) {
          __global TENSOR_element *stored = (__global TENSOR_element *)(values + LOADS + STORES + 2) + 1;
          int differences = 0;
          for (int i = 0; i < LOADS; i++) {
            stored[i] = (TENSOR_element)values[i];
          }
          for (int i = 0; i < LOADS; i += 16) {
            float16 sixteen = load_TENSOR16(stored + i);
            for (int j = 0; j < 16; j++) {
              float one = load_TENSOR(stored + i + j);
              float4 four = load_TENSOR4(stored + i + j / 4 * 4);
              differences += differ(one, ((float *)&four)[j % 4]) || differ(one, ((float *)&sixteen)[j]);
              values[i + j] = as_uint(one);
            }
          }
          values[LOADS + STORES] = differences;
        """;
    String stored =
        """
          differences = 0;
          for (int i = 0; i < STORES; i += 16) {
            float16 floats;
            for (int j = 0; j < 16; j++) {
              ((float *)&floats)[j] = as_float((int)values[LOADS + i + j]);
            }
            store_TENSOR16(floats, stored);
            store_TENSOR4(floats.s0123, stored + 16);
            store_TENSOR4(floats.s4567, stored + 20);
            store_TENSOR4(floats.s89ab, stored + 24);
            store_TENSOR4(floats.scdef, stored + 28);
            for (int j = 0; j < 16; j++) {
              store_TENSOR(((float *)&floats)[j], stored + 32);
              float one = load_TENSOR(stored + 32);
              differences += differ(one, load_TENSOR(stored + j)) || differ(one, load_TENSOR(stored + 16 + j));
              values[LOADS + i + j] = stored[32];
            }
          }
          values[LOADS + STORES + 1] = differences;
        """;
    String probe =
        (loaded + (isStored() ? stored : "") + "}\n")
            .replace("TENSOR", name)
            .replace("LOADS", Integer.toString(loads))
            .replace("STORES", Integer.toString(stores));
    return "#define %s_TYPE %d\n".formatted(tensor, macro)
        + KernelSource.load("element_types.clh")
        + probe;
  }

  /** Longs that {@link #program} needs. */
  static int longs(int loads, int stores) {
    return loads + stores + 2 + Math.max(loads / 4 + 1, 16);
  }
}
