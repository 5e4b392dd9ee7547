package io.github.attn4j.jvm;

import static io.github.attn4j.jvm.MicroKernels.WIDTH;
import static io.github.attn4j.jvm.VectorMath.LANES;
import static io.github.attn4j.jvm.VectorMath.SPECIES;

import io.github.attn4j.core.spec.DenseMask;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Which keys the queries of a tile see. Window and length come as a range of keys per lane, a
 * condition as the compiled expression, dense values from their array.
 */
final class MaskTile {
  /** What a tile of keys holds for a tile of queries. */
  enum Visibility {
    NONE_VISIBLE,
    SOME_VISIBLE,
    ALL_VISIBLE
  }

  private static final VectorSpecies<Integer> INTEGERS =
      VectorSpecies.of(int.class, SPECIES.vectorShape());

  private final @Nullable DenseMask dense;
  private final int[] first = new int[WIDTH];
  private final int[] end = new int[WIDTH];
  private final int[] maskRow = new int[WIDTH];
  private final long[] hidden = new long[2 * FlashTile.KEYS];
  private final float[] biases;

  /** Asks the condition; null where there is none. */
  private final @Nullable ExpressionLanes condition;

  /** Where there is a condition, which keys of the tile each lane sees: keys 0..31, then 32..63. */
  private final int[] seen;

  /** Keys at the front of the tile that no lane sees, in whole rows of {@link MicroKernels}. */
  private int skipped;

  /** One past the last key of the tile that some lane sees. */
  private int seenEnd;

  private int from;
  private int to;
  private int lastFirst;
  private int firstEnd;

  MaskTile(@Nullable DenseMask dense, @Nullable ExpressionLanes condition) {
    this.dense = dense;
    this.condition = condition;
    biases = new float[dense == null ? 0 : FlashTile.KEYS * WIDTH];
    seen = new int[condition == null ? 0 : 2 * WIDTH];
  }

  static long bytes(boolean dense, boolean condition) {
    return 3L * Integer.BYTES * WIDTH
        + 2L * Long.BYTES * FlashTile.KEYS
        + (dense ? (long) Float.BYTES * FlashTile.KEYS * WIDTH : 0)
        + (condition ? 2L * Integer.BYTES * WIDTH : 0);
  }

  long allocatedBytes() {
    return (long) Integer.BYTES * (first.length + end.length + maskRow.length + seen.length)
        + (long) Long.BYTES * hidden.length
        + (long) Float.BYTES * biases.length;
  }

  void clear() {
    from = Integer.MAX_VALUE;
    to = 0;
    lastFirst = 0;
    firstEnd = Integer.MAX_VALUE;
  }

  /**
   * Says what one lane sees.
   *
   * @param firstKey first key within window and length
   * @param endKey one past the last; equal to the first where there is none
   * @param row where the lane's row of the dense mask starts
   */
  void set(int lane, int firstKey, int endKey, int row) {
    first[lane] = firstKey;
    end[lane] = endKey;
    maskRow[lane] = row;
    lastFirst = Math.max(lastFirst, firstKey);
    firstEnd = Math.min(firstEnd, endKey);
    if (endKey > firstKey) {
      from = Math.min(from, firstKey);
      to = Math.max(to, endKey);
    }
  }

  /** First key that any lane sees. */
  int from() {
    return from;
  }

  /** One past the last key that any lane sees; not above {@link #from} where no lane sees any. */
  int to() {
    return to;
  }

  /** Bit sets of hidden lanes, two a key of the tile that {@link #apply} was last given. */
  long[] hidden() {
    return hidden;
  }

  /**
   * Looks at a tile of keys before any product is computed for it. Where there is a dense mask, its
   * values are gathered here, and {@link #apply} takes them for the same tile.
   */
  Visibility classify(int key, int keys) {
    skipped = 0;
    seenEnd = keys;
    boolean everyLaneInRange = key >= lastFirst && key + keys <= firstEnd;
    if (!everyLaneInRange && !anyLaneInRange(key, keys)) {
      return Visibility.NONE_VISIBLE;
    }
    Visibility asked = everyLaneInRange ? Visibility.ALL_VISIBLE : Visibility.SOME_VISIBLE;
    if (condition != null) {
      asked = ask(condition, key, keys);
    }
    if (dense == null || asked == Visibility.NONE_VISIBLE) {
      return asked;
    }
    gatherBiases(dense, key, keys);
    if (condition != null) {
      hideUnseen(keys);
    }
    return classifyBiases(keys);
  }

  /**
   * The same for a tile whose pairs are all visible, as a block map has shown: only biases are left
   * to look at.
   */
  Visibility classifyFull(int key, int keys) {
    skipped = 0;
    seenEnd = keys;
    if (dense == null) {
      return Visibility.ALL_VISIBLE;
    }
    gatherBiases(dense, key, keys);
    return classifyBiases(keys);
  }

  /** Asks the condition about every lane of its own, within its range. */
  private Visibility ask(ExpressionLanes lanes, int key, int keys) {
    long some = 0;
    long all = -1;
    for (int lane = 0; lane < WIDTH; lane++) {
      if (lane < lanes.lanes()) {
        long bits = lanes.visible(lane, key, keys) & inRange(lane, key);
        some |= bits;
        all &= bits;
        seen[lane] = (int) bits;
        seen[WIDTH + lane] = (int) (bits >>> 32);
      } else { // repeats the last row
        seen[lane] = seen[lane - 1];
        seen[WIDTH + lane] = seen[WIDTH + lane - 1];
      }
    }
    if (some == 0) {
      return Visibility.NONE_VISIBLE;
    }
    if (dense == null) {
      skipped = Long.numberOfTrailingZeros(some) / MicroKernels.ROWS * MicroKernels.ROWS;
      seenEnd = Long.SIZE - Long.numberOfLeadingZeros(some);
    }
    return all == firstBits(keys) ? Visibility.ALL_VISIBLE : Visibility.SOME_VISIBLE;
  }

  /**
   * Keys at the front of the tile last classified that need no score: tiles of queries may be
   * narrower than blocks, and then a window's edge leaves half of a block to none of them.
   */
  int skipped() {
    return skipped;
  }

  /** How many of that tile's keys are left behind those, up to the last that some lane sees. */
  int kept() {
    return seenEnd - skipped;
  }

  private long inRange(int lane, int key) {
    // Differences of keys fit: neither is negative.
    return firstBits(end[lane] - key) & ~firstBits(first[lane] - key);
  }

  /** The lowest bits of a long: none for a count below 1, all for 64 and more. */
  static long firstBits(int count) {
    if (count <= 0) {
      return 0;
    }
    return count >= Long.SIZE ? -1 : (1L << count) - 1;
  }

  private void hideUnseen(int keys) {
    for (int j = 0; j < keys; j++) {
      int word = j < Integer.SIZE ? 0 : WIDTH;
      for (int lane = 0; lane < WIDTH; lane++) {
        if ((seen[word + lane] >>> j & 1) == 0) { // shifts count modulo 32
          biases[j * WIDTH + lane] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }

  private boolean anyLaneInRange(int key, int keys) {
    for (int lane = 0; lane < WIDTH; lane++) {
      if (first[lane] < key + keys && end[lane] > key && first[lane] < end[lane]) {
        return true;
      }
    }
    return false;
  }

  /** All are visible where nothing is hidden and nothing is added. A NaN hides nothing. */
  private Visibility classifyBiases(int keys) {
    long visible = 0;
    long added = 0;
    for (int block = 0; block < 2 * keys; block++) {
      FloatVector bias = FloatVector.fromArray(SPECIES, biases, block * LANES);
      visible |= bias.compare(VectorOperators.NE, Float.NEGATIVE_INFINITY).toLong();
      added |= bias.compare(VectorOperators.NE, 0f).toLong();
    }
    if (visible == 0) {
      return Visibility.NONE_VISIBLE;
    }
    return added == 0 ? Visibility.ALL_VISIBLE : Visibility.SOME_VISIBLE;
  }

  /**
   * Adds the bias of visible pairs and replaces the scores of hidden ones by -inf, whatever they
   * were; for the tile that {@link #classify} was last given, without the keys that it skips.
   *
   * @return whether any pair is hidden
   */
  boolean apply(float[] scores, int key, int keys) {
    if (dense != null) {
      return addBiases(scores, biases, keys, hidden);
    }
    return condition == null
        ? hideOutside(scores, first, end, key, keys, hidden)
        : hideUnseen(scores, seen, skipped, keys, hidden);
  }

  /**
   * Takes scores of -inf for hidden pairs, whoever hid them: what a score expression may do, after
   * the mask or without one.
   *
   * @return whether any pair is hidden
   */
  boolean hideInfinite(float[] scores, int keys) {
    long any = 0;
    for (int block = 0; block < 2 * keys; block++) {
      long bits =
          FloatVector.fromArray(SPECIES, scores, block * LANES)
              .compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY)
              .toLong();
      hidden[block] = bits;
      any |= bits;
    }
    return any != 0;
  }

  private static boolean hideUnseen(
      float[] scores, int[] seen, int skipped, int keys, long[] hidden) {
    long any = 0;
    for (int vector = 0; vector < 2; vector++) {
      IntVector low = IntVector.fromArray(INTEGERS, seen, vector * LANES);
      IntVector high = IntVector.fromArray(INTEGERS, seen, WIDTH + vector * LANES);
      for (int j = 0; j < keys; j++) {
        int at = j * WIDTH + vector * LANES;
        IntVector word = skipped + j < Integer.SIZE ? low : high;
        VectorMask<Float> unseen =
            word.and(1 << (skipped + j))
                .compare(VectorOperators.EQ, 0)
                .cast(SPECIES); // j modulo 32
        FloatVector.fromArray(SPECIES, scores, at)
            .blend(Float.NEGATIVE_INFINITY, unseen)
            .intoArray(scores, at);
        long bits = unseen.toLong();
        hidden[2 * j + vector] = bits;
        any |= bits;
      }
    }
    return any != 0;
  }

  private static boolean hideOutside(
      float[] scores, int[] first, int[] end, int key, int keys, long[] hidden) {
    long any = 0;
    for (int vector = 0; vector < 2; vector++) {
      IntVector from = IntVector.fromArray(INTEGERS, first, vector * LANES);
      IntVector to = IntVector.fromArray(INTEGERS, end, vector * LANES);
      for (int j = 0; j < keys; j++) {
        int at = j * WIDTH + vector * LANES;
        VectorMask<Float> outside =
            from.compare(VectorOperators.GT, key + j)
                .or(to.compare(VectorOperators.LE, key + j))
                .cast(SPECIES);
        FloatVector.fromArray(SPECIES, scores, at)
            .blend(Float.NEGATIVE_INFINITY, outside)
            .intoArray(scores, at);
        long bits = outside.toLong();
        hidden[2 * j + vector] = bits;
        any |= bits;
      }
    }
    return any != 0;
  }

  /** biases[j, lane] = what is added to the score, -inf for hidden pairs. */
  private void gatherBiases(DenseMask mask, int key, int keys) {
    for (int lane = 0; lane < WIDTH; lane++) {
      int row = maskRow[lane] + key;
      if (mask.isAdditive()) {
        copyFloats(mask.floats(), row, keys, lane);
      } else {
        copyBooleans(mask.booleans(), row, keys, lane);
      }
      for (int j = 0; j < Math.min(keys, first[lane] - key); j++) {
        biases[j * WIDTH + lane] = Float.NEGATIVE_INFINITY;
      }
      for (int j = Math.max(0, end[lane] - key); j < keys; j++) {
        biases[j * WIDTH + lane] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  private void copyFloats(float[] values, int row, int keys, int lane) {
    for (int j = 0; j < keys; j++) {
      biases[j * WIDTH + lane] = values[row + j];
    }
  }

  private void copyBooleans(boolean[] values, int row, int keys, int lane) {
    for (int j = 0; j < keys; j++) {
      biases[j * WIDTH + lane] = values[row + j] ? 0 : Float.NEGATIVE_INFINITY;
    }
  }

  private static boolean addBiases(float[] scores, float[] biases, int keys, long[] hidden) {
    long any = 0;
    for (int block = 0; block < 2 * keys; block++) {
      int at = block * LANES;
      FloatVector bias = FloatVector.fromArray(SPECIES, biases, at);
      VectorMask<Float> outside = bias.eq(Float.NEGATIVE_INFINITY);
      FloatVector.fromArray(SPECIES, scores, at)
          .add(bias)
          .blend(Float.NEGATIVE_INFINITY, outside)
          .intoArray(scores, at);
      long bits = outside.toLong();
      hidden[block] = bits;
      any |= bits;
    }
    return any != 0;
  }
}
