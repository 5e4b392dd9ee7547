package io.github.attn4j.core.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BinaryOperator;
import java.util.function.IntBinaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Bounds against every value they bound: small ranges, and the floats at which arithmetic turns.
 */
class RangesTest {
  private static final float[] TURNS = {
    Float.NEGATIVE_INFINITY,
    -Float.MAX_VALUE,
    -2.5f,
    -1,
    -Float.MIN_VALUE,
    -0f,
    0,
    Float.MIN_VALUE,
    0.3f,
    1,
    7,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY
  };

  private static final Region NOWHERE = Region.of(Domain.of(1, 1), 0, 0, 0, 0, 0, 0);

  /** A range and the values in it that are tried. */
  private record Sample(FloatRange range, List<Float> values) {}

  @Test
  void floatsOfTwoOperands() {
    requireBound((x, y) -> x + y, FloatRange::plus);
    requireBound((x, y) -> x - y, FloatRange::minus);
    requireBound((x, y) -> x * y, FloatRange::times);
    requireBound((x, y) -> x / y, FloatRange::over);
    requireBound(Arithmetic::min, FloatRange::min);
    requireBound(Arithmetic::max, FloatRange::max);
    requireBound((x, y) -> x, FloatRange::join);
    requireBound((x, y) -> y, FloatRange::join);
  }

  @Test
  void floatsOfOneOperand() {
    requireBound(x -> -x, FloatRange::negate);
    requireBound(Math::abs, FloatRange::abs);
    requireBound(Arithmetic::exp, FloatRange::exp);
    requireBound(Arithmetic::tanh, FloatRange::tanh);
    requireBound(Arithmetic::log2, FloatRange::log2);
  }

  @Test
  void comparisonsOfFloats() {
    for (Sample first : samples()) {
      for (Sample second : samples()) {
        for (float x : first.values) {
          for (float y : second.values) {
            requireTrue(first.range.less(second.range), x < y);
            requireTrue(first.range.lessOrEqual(second.range), x <= y);
            requireTrue(first.range.equal(second.range), x == y);
            requireTrue(first.range.equal(second.range).not(), x != y);
          }
        }
      }
    }
    assertThat(range(1, 2).less(range(3, 4))).isEqualTo(Truth.ALWAYS);
    assertThat(range(3, 4).less(range(1, 3))).isEqualTo(Truth.NEVER);
    assertThat(range(2, 2).equal(range(2, 2))).isEqualTo(Truth.ALWAYS);
  }

  @Test
  void intsOfTwoOperands() {
    requireInts((x, y) -> x + y, (x, y) -> x.plus(y, NOWHERE));
    requireInts((x, y) -> x - y, (x, y) -> x.minus(y, NOWHERE));
    requireInts((x, y) -> x * y, (x, y) -> x.times(y, NOWHERE));
    requireInts(Arithmetic::floorDivide, IntRange::over);
    requireInts(Arithmetic::floorModulo, (x, y) -> x.modulo(y, NOWHERE));
    requireInts(Math::min, (x, y) -> x.min(y, NOWHERE));
    requireInts(Math::max, (x, y) -> x.max(y, NOWHERE));
    requireInts((x, y) -> Math.abs(x), (x, y) -> x.abs(NOWHERE));
    requireInts((x, y) -> x, (x, y) -> x.join(y, NOWHERE));
    requireInts((x, y) -> y, (x, y) -> x.join(y, NOWHERE));
  }

  @Test
  void stretchesOfTables() {
    SplittableRandom random = new SplittableRandom(5);
    for (int size : new int[] {1, 63, 64, 65, 200, 4096, 5000, 9001}) {
      int[] ints = random.ints(size).toArray();
      float[] floats = new float[size];
      for (int place = 0; place < size; place++) {
        floats[place] = Float.intBitsToFloat(ints[place]);
      }
      TableBounds ofInts = Table.ofInts(ints).bounds();
      TableBounds ofFloats = Table.ofFloats(floats).bounds();
      for (int trial = 0; trial < 400; trial++) {
        int first = random.nextInt(size);
        int last = first + random.nextInt(size - first);
        int least = Integer.MAX_VALUE;
        int greatest = Integer.MIN_VALUE;
        float lowest = Float.POSITIVE_INFINITY;
        float highest = Float.NEGATIVE_INFINITY;
        for (int place = first; place <= last; place++) {
          least = Math.min(least, ints[place]);
          greatest = Math.max(greatest, ints[place]);
          if (!Float.isNaN(floats[place])) {
            lowest = Math.min(lowest, floats[place]);
            highest = Math.max(highest, floats[place]);
          }
        }
        assertThat(ofInts.least(first, last)).isEqualTo(least);
        assertThat(ofInts.greatest(first, last)).isEqualTo(greatest);
        if (lowest <= highest) {
          assertThat(TableBounds.fromOrderedInt(ofFloats.least(first, last))).isEqualTo(lowest);
          assertThat(TableBounds.fromOrderedInt(ofFloats.greatest(first, last))).isEqualTo(highest);
        }
      }
    }
  }

  private static void requireBound(
      BinaryOperator<Float> operation, BinaryOperator<FloatRange> ofRanges) {
    for (Sample first : samples()) {
      for (Sample second : samples()) {
        FloatRange result = ofRanges.apply(first.range, second.range);
        for (float x : first.values) {
          for (float y : second.values) {
            requireIn(result, operation.apply(x, y), first.range, second.range);
          }
        }
      }
    }
  }

  private static void requireBound(
      UnaryOperator<Float> operation, UnaryOperator<FloatRange> ofRange) {
    for (Sample sample : samples()) {
      for (float x : sample.values) {
        requireIn(ofRange.apply(sample.range), operation.apply(x), sample.range, sample.range);
      }
    }
  }

  private static void requireIn(
      FloatRange result, float value, FloatRange first, FloatRange second) {
    boolean in =
        Float.isNaN(value)
            ? result.maybeNaN()
            : value >= result.least() && value <= result.greatest();
    if (!in) {
      assertThat(result).as("of %s and %s, which give %s", first, second, value).isNull();
    }
  }

  private static void requireTrue(Truth truth, boolean value) {
    assertThat(truth).isNotEqualTo(value ? Truth.NEVER : Truth.ALWAYS);
  }

  private static List<Sample> samples() {
    List<Sample> samples = new ArrayList<>();
    for (int first = 0; first < TURNS.length; first++) {
      for (int last = first; last < TURNS.length; last++) {
        List<Float> values = new ArrayList<>();
        for (int index = first; index <= last; index++) {
          values.add(TURNS[index]);
        }
        samples.add(new Sample(range(TURNS[first], TURNS[last]), values));
        if ((first + last) % 3 == 0) {
          List<Float> andNaN = new ArrayList<>(values);
          andNaN.add(Float.NaN);
          samples.add(new Sample(new FloatRange(TURNS[first], TURNS[last], true), andNaN));
        }
      }
    }
    return samples;
  }

  private static FloatRange range(float least, float greatest) {
    return new FloatRange(least, greatest, false);
  }

  private static void requireInts(IntBinaryOperator operation, BinaryOperator<IntRange> ofRanges) {
    for (int first = -6; first <= 6; first++) {
      for (int last = first; last <= 6; last++) {
        for (int start = -6; start <= 6; start++) {
          for (int end = start; end <= 6; end++) {
            IntRange result =
                ofRanges.apply(IntRange.between(first, last), IntRange.between(start, end));
            for (int x = first; x <= last; x++) {
              for (int y = start; y <= end; y++) {
                assertThat((long) operation.applyAsInt(x, y))
                    .isBetween(result.least(), result.greatest());
              }
            }
          }
        }
      }
    }
  }
}
