package io.github.attn4j.opencl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Loads and stores of element_types.clh on a device, held against {@link StoredType}. */
final class ElementConversions {
  private static final int LANES = 16;

  /** NaN that would become infinity where bits are cut off, and one that would not. */
  private static final int[] NANS = {0x7f800001, 0xffc00000};

  private ElementConversions() {}

  /**
   * What a device converts otherwise than the definition says, a line each; none where all is
   * right.
   *
   * @param open a session whose programs are given
   * @param stride of the patterns that are stored: 1 for all
   * @param planted what becomes of the program before it is built
   */
  static List<String> differences(
      Function<UnaryOperator<String>, OpenClSession> open,
      StoredType type,
      int stride,
      UnaryOperator<String> planted) {
    List<StoredType.Rounding> roundings = type.isStored() ? type.roundings(stride) : List.of();
    int loads = type.patterns();
    int stores = type.isStored() ? Math.ceilDiv(roundings.size() + NANS.length, LANES) * LANES : 0;
    long[] values = new long[StoredType.longs(loads, stores)];
    for (int pattern = 0; pattern < loads; pattern++) {
      values[pattern] = pattern;
    }
    Arrays.fill(values, loads, loads + stores, NANS[0]);
    for (int i = 0; i < roundings.size(); i++) {
      values[loads + i] = Float.floatToRawIntBits(roundings.get(i).value());
    }
    if (stores > 0) {
      values[loads + stores - 1] = NANS[1];
    }
    String source = planted.apply(type.program(loads, stores));
    long[] left;
    try (OpenClSession session = open.apply(file -> source)) {
      left = ProbeProgram.run(session, values, null);
    }
    List<String> differences = new ArrayList<>();
    for (int pattern = 0; pattern < loads; pattern++) {
      float loaded = Float.intBitsToFloat((int) left[pattern]);
      if (!same(loaded, type.value(pattern))) {
        differences.add(
            "%s %x is loaded as %s, not %s".formatted(type, pattern, loaded, type.value(pattern)));
      }
    }
    for (int i = 0; i < stores; i++) {
      int stored = (int) left[loads + i];
      float value = Float.intBitsToFloat((int) values[loads + i]);
      boolean right =
          i < roundings.size()
              ? stored == roundings.get(i).pattern()
              : Double.isNaN(type.value(stored));
      if (!right) {
        differences.add("%s %a is stored as %x".formatted(type, value, stored));
      }
    }
    if (left[loads + stores] != 0 || left[loads + stores + 1] != 0) {
      differences.add(
          "%s: vectors differ in %d loads and %d stores"
              .formatted(type, left[loads + stores], left[loads + stores + 1]));
    }
    return differences;
  }

  /** As numbers, with the sign of 0. */
  private static boolean same(float loaded, double value) {
    return Double.isNaN(value) ? Float.isNaN(loaded) : Double.compare(loaded, value) == 0;
  }
}
