package io.github.attn4j.core.result;

import static java.lang.Float.NEGATIVE_INFINITY;
import static java.lang.Float.NaN;
import static java.lang.Float.POSITIVE_INFINITY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttentionOutputTest {
  /** One row of two elements. */
  private static final AttentionSpec ROW = AttentionSpec.builder().dim(2).build();

  private static AttentionOutput row(double lse, double... o) {
    return new AttentionOutput(new float[] {(float) o[0], (float) o[1]}, new float[] {(float) lse});
  }

  private static AttentionOutput merge(AttentionOutput... parts) {
    return AttentionOutput.mergeAll(ROW, List.of(parts));
  }

  private static void assertSame(AttentionOutput actual, AttentionOutput expected) {
    assertThat(actual.o()).containsExactly(expected.o());
    assertThat(actual.lse()).containsExactly(expected.lse());
  }

  @Test
  void partsWeighByTheExponentialOfTheirLogSumExp() {
    AttentionOutput three = merge(row(7, 4, -8), row(7 + Math.log(3), 8, 0), row(7, 0, 10));
    // As far off as float32 has 7 + ln 3.
    assertThat(three.o()).containsExactly(new float[] {5.6f, 0.4f}, within(1e-6f));
    assertThat(three.lse()[0]).isCloseTo((float) (7 + Math.log(5)), within(1e-6f));
    assertSame(merge(row(7, 4, -8), row(7, 8, 0)), row(7 + Math.log(2), 6, -4));
  }

  @Test
  void aPartThatHasSeenNothingIsLeftOutWhateverItHolds() {
    AttentionOutput some = row(-3, -0.0, 5);
    assertSame(merge(some, row(NEGATIVE_INFINITY, 0, 0)), some);
    assertSame(merge(row(NEGATIVE_INFINITY, NaN, POSITIVE_INFINITY), some), some);
    assertSame(
        merge(row(0, 2, 4), row(NEGATIVE_INFINITY, NaN, NaN), row(0, 4, 6)),
        row(Math.log(2), 3, 5));
  }

  @Test
  void rowsThatNoPartHasSeenAreEmpty() {
    AttentionOutput empty = row(NEGATIVE_INFINITY, 0, 0);
    assertSame(merge(empty, empty), empty);
    assertSame(merge(row(NEGATIVE_INFINITY, NaN, 3), empty), empty);
    assertSame(merge(empty), empty);
    assertSame(merge(), empty);
  }

  @Test
  void nanInOnePartSpoilsThatRowAndNoOther() {
    AttentionSpec spec = AttentionSpec.builder().length(3).dim(1).build();
    AttentionOutput a =
        new AttentionOutput(new float[] {1, NaN, 3}, new float[] {0, NaN, NEGATIVE_INFINITY});
    AttentionOutput b = new AttentionOutput(new float[] {5, 6, 7}, new float[] {0, 90, 0});
    for (AttentionOutput merged :
        List.of(AttentionOutput.merge(spec, a, b), AttentionOutput.merge(spec, b, a))) {
      assertThat(merged.o()).containsExactly(3, NaN, 7);
      assertThat(merged.lse()).containsExactly((float) Math.log(2), NaN, 0);
    }
  }

  @Test
  void nanInAnElementStaysInItHoweverSmallTheWeight() {
    assertSame(merge(row(0, NaN, 1), row(5000, 2, 3)), row(5000, NaN, 3));
  }

  @Test
  void oneInfiniteLogSumExpTakesAllTheWeightOfTwoNobodyKnowsTheShares() {
    AttentionOutput infinite = row(POSITIVE_INFINITY, 1, 2);
    assertSame(merge(infinite, row(80, 3, 4)), infinite);
    assertSame(merge(row(NEGATIVE_INFINITY, 0, 0), infinite, row(80, 3, 4)), infinite);
    assertSame(merge(infinite, infinite), row(POSITIVE_INFINITY, NaN, NaN));
    assertSame(merge(infinite, row(NaN, 0, 0)), row(NaN, NaN, NaN));
  }

  @Test
  void nanInTheLogSumExpSpoilsARowThatNoOtherPartHasSeenToo() {
    AttentionOutput spoiled = row(NaN, 1, 2);
    assertSame(merge(spoiled, row(NEGATIVE_INFINITY, 0, 0)), row(NaN, NaN, NaN));
    assertSame(merge(spoiled), row(NaN, NaN, NaN));
  }

  @Test
  void nothingOverflowsWhereThePartsDoNot() {
    float max = Float.MAX_VALUE;
    assertSame(merge(row(max, max, 1), row(-max, 2, max)), row(max, max, 1));
    assertSame(merge(row(max, max, -max), row(max, max, -max)), row(max, max, -max));
    assertSame(merge(row(-max, 1, 2), row(-max, 3, 4)), row(-max, 2, 3));
    // Shares of a third, which float32 rounds up to more than 1 in all.
    AttentionOutput full = row(1, max, max);
    assertThat(merge(full, full, full).o()).containsExactly(max, max);
  }

  @Test
  void aPartTwoHundredBelowVanishesExactly() {
    assertSame(merge(row(0, 1, 0), row(-200, 1e30, 1e30)), row(0, 1, 0));
  }

  @Test
  void onePassRoundsOnceAndPairAfterPairDoesNot() {
    int count = 64;
    double worstTogether = 0;
    double worstOneByOne = 0;
    for (int seed = 0; seed < 20; seed++) {
      SplitMix64 random = new SplitMix64(seed, 'M');
      List<AttentionOutput> parts = new ArrayList<>();
      double[] weights = new double[count];
      double sum = 0;
      double expected = 0;
      for (int part = 0; part < count; part++) {
        // LSE of about 1000, where float32 has a spacing of 6e-5.
        AttentionOutput output =
            row(1000 + random.normal(2L * part), 1 + random.uniform(2L * part + 1), 0);
        parts.add(output);
        weights[part] = Math.exp(output.lse()[0] - 1000.0);
        sum += weights[part];
        expected += weights[part] * output.o()[0];
      }
      expected /= sum;
      AttentionOutput together = AttentionOutput.mergeAll(ROW, parts);
      AttentionOutput oneByOne = parts.getFirst();
      for (AttentionOutput part : parts.subList(1, count)) {
        oneByOne = AttentionOutput.merge(ROW, oneByOne, part);
      }
      worstTogether = Math.max(worstTogether, Math.abs(together.o()[0] / expected - 1));
      worstOneByOne = Math.max(worstOneByOne, Math.abs(oneByOne.o()[0] / expected - 1));
      assertThat(together.lse()[0]).isEqualTo((float) (1000 + Math.log(sum)));
    }
    assertThat(worstTogether).isLessThanOrEqualTo(0x1p-24);
    assertThat(worstOneByOne).isGreaterThan(10 * worstTogether).isLessThan(1e-3);
  }

  @Test
  void rowsLieWhereTheOutputLayoutSaysAndGapsStay() {
    Layout padded = Layout.padded(2, 3, 2, 5, 1, 1);
    AttentionSpec spec = withOutput(padded);
    AttentionOutput a = AttentionOutput.allocate(spec);
    AttentionOutput b = AttentionOutput.allocate(spec);
    AttentionOutput target = AttentionOutput.allocate(spec);
    for (AttentionOutput output : List.of(a, b, target)) {
      java.util.Arrays.fill(output.o(), NaN);
    }
    AttentionSpec contiguous = withOutput(Layout.bhsd(2, 3, 2));
    AttentionOutput plainA = AttentionOutput.allocate(contiguous);
    AttentionOutput plainB = AttentionOutput.allocate(contiguous);
    SplitMix64 random = new SplitMix64(3, 'L');
    for (int row = 0; row < spec.rows(); row++) {
      a.lse()[row] = plainA.lse()[row] = random.normal(10L * row);
      b.lse()[row] = plainB.lse()[row] = random.normal(10L * row + 1);
      int start = (int) padded.row(row / 6, row / 3 % 2, row % 3);
      for (int d = 0; d < 2; d++) {
        a.o()[start + d] = plainA.o()[row * 2 + d] = random.normal(10L * row + 2 + d);
        b.o()[start + d] = plainB.o()[row * 2 + d] = random.normal(10L * row + 4 + d);
      }
    }
    AttentionOutput expected = AttentionOutput.merge(contiguous, plainA, plainB);
    AttentionOutput.mergeInto(target, spec, List.of(a, b));
    assertThat(target.lse()).containsExactly(expected.lse());
    int written = 0;
    for (int row = 0; row < spec.rows(); row++) {
      int start = (int) padded.row(row / 6, row / 3 % 2, row % 3);
      for (int d = 0; d < 2; d++, written++) {
        assertThat(target.o()[start + d]).isEqualTo(expected.o()[row * 2 + d]);
      }
    }
    int gaps = 0;
    for (float value : target.o()) {
      gaps += Float.isNaN(value) ? 1 : 0;
    }
    assertThat(gaps).isPositive().isEqualTo(target.o().length - written);
  }

  @Test
  void rowsPastTheQueryLengthsAreNobodys() {
    AttentionSpec spec =
        AttentionSpec.builder().batch(3).dim(1).packedQueries(List.of(2, 0, 1)).build();
    AttentionOutput a =
        new AttentionOutput(new float[] {1, 2, 3}, new float[] {0, 0, NaN, NaN, 0, NaN});
    AttentionOutput b =
        new AttentionOutput(new float[] {3, 4, 5}, new float[] {0, 0, NaN, NaN, 0, NaN});
    AttentionOutput target = AttentionOutput.allocate(spec);
    java.util.Arrays.fill(target.lse(), -7);
    AttentionOutput.mergeInto(target, spec, List.of(a, b));
    float two = (float) Math.log(2);
    assertThat(target.o()).containsExactly(2, 3, 4);
    assertThat(target.lse()).containsExactly(two, two, -7, -7, two, -7);
  }

  private static AttentionSpec withOutput(Layout output) {
    Layout plain = Layout.bhsd(2, 3, 2);
    return AttentionSpec.builder()
        .batch(2)
        .heads(2)
        .length(3)
        .dim(2)
        .layouts(plain, plain, plain, output)
        .build();
  }

  @Test
  void thePartsMayBeOverwritten() {
    AttentionOutput a = row(0, 2, 4);
    AttentionOutput b = row(1, 6, 8);
    AttentionOutput expected = merge(a, b);
    AttentionOutput.mergeInto(b, ROW, List.of(a, b));
    assertSame(b, expected);
    assertSame(a, row(0, 2, 4));
  }

  @Test
  void arraysOfOtherSizesAreRefusedByPart() {
    AttentionOutput fits = AttentionOutput.allocate(ROW);
    AttentionOutput longer = new AttentionOutput(new float[3], new float[1]);
    assertThatThrownBy(() -> AttentionOutput.merge(ROW, fits, longer))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "part 2 of 2 has 3 elements of O and 1 of LSE, but rows of B1 H1 S1 D2 full lie in 2 and 1: compute every part with the batch, query heads, query length, value dimension and output layout of the spec given");
    assertThatThrownBy(
            () -> AttentionOutput.merge(ROW, new AttentionOutput(new float[2], new float[2]), fits))
        .hasMessageContaining("part 1 of 2 has 2 elements of O and 2 of LSE");
    AttentionOutput some = row(0, 1, 2);
    assertThatThrownBy(() -> AttentionOutput.mergeInto(longer, ROW, List.of(some)))
        .hasMessageContaining("AttentionOutput.allocate");
    assertThatThrownBy(() -> AttentionOutput.mergeInto(fits, ROW, List.of(some, longer)))
        .hasMessageContaining("part 2 of 2");
    assertSame(fits, AttentionOutput.allocate(ROW));
  }
}
