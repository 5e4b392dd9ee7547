package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.commons.statistics.descriptive.Median;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the decision is worth, on made-up machines whose truth is known. */
class PairedRatioTest {
  private static final double SIGNIFICANCE = 0.01;
  private static final double THRESHOLD = 0.05;

  /** What a trial takes longer than it should, as a factor; trials in the order of time. */
  enum Machine {
    /** A few percent either way. */
    QUIET {
      @Override
      double noise(Random random, int trial) {
        return Math.exp(0.02 * random.nextGaussian());
      }
    },
    /** One trial in ten meets a neighbour and takes up to three times as long. */
    HEAVY_TAILED {
      @Override
      double noise(Random random, int trial) {
        double usual = Math.exp(0.02 * random.nextGaussian());
        return random.nextInt(10) == 0 ? usual * (1 + 2 * random.nextDouble()) : usual;
      }
    },
    /** Each trial takes 1 % longer than the one before: a processor that grows hot. */
    DRIFTING {
      @Override
      double noise(Random random, int trial) {
        return Math.exp(0.01 * trial + 0.02 * random.nextGaussian());
      }
    },
    /** Half as fast for minutes, then as before. */
    STEPPING {
      @Override
      double noise(Random random, int trial) {
        return (trial / 5 % 2 == 0 ? 1 : 1.5) * Math.exp(0.02 * random.nextGaussian());
      }
    };

    abstract double noise(Random random, int trial);
  }

  /** Pairs in drawn blocks of A B B A or B A A B, as {@code ./attn ab} runs them. */
  private static double[] ratios(int pairs, double slowdown, Random random, Machine machine) {
    double[] ratios = new double[pairs];
    boolean baseFirst = true;
    for (int pair = 0; pair < pairs; pair++) {
      baseFirst = pair % 2 == 0 ? random.nextBoolean() : !baseFirst;
      double first = machine.noise(random, 2 * pair);
      double second = machine.noise(random, 2 * pair + 1);
      ratios[pair] = slowdown * (baseFirst ? second / first : first / second);
    }
    return ratios;
  }

  private static long flagged(int decisions, IntPredicate slower) {
    return IntStream.range(0, decisions).filter(slower).count();
  }

  private static boolean slower(double[] ratios, double threshold) {
    PairedRatio ratio = PairedRatio.of(ratios, SIGNIFICANCE);
    return Verdict.of(ratio.median(), ratio.lower(), ratio.upper(), threshold) == Verdict.SLOWER;
  }

  @ParameterizedTest
  @EnumSource(Machine.class)
  void equalVersionsAreNearlyNeverCalledSlower(Machine machine) {
    Random random = new Random(11);
    assertThat(flagged(400, _ -> slower(ratios(14, 1, random, machine), THRESHOLD)))
        .isLessThanOrEqualTo(4);
  }

  /** The bound alone holds what it promises, whatever the noise: no threshold helps it here. */
  @ParameterizedTest
  @EnumSource(Machine.class)
  void theLowerBoundAloneIsWrongInNoMoreCasesThanPromised(Machine machine) {
    for (int pairs : new int[] {7, 10, 14}) {
      Random random = new Random(pairs);
      // Of 1000, 1 % with room for chance: P(more than 20) < 0.2 %.
      assertThat(flagged(1000, _ -> slower(ratios(pairs, 1, random, machine), 0)))
          .as("%d pairs", pairs)
          .isLessThanOrEqualTo(20);
    }
  }

  @ParameterizedTest
  @EnumSource(Machine.class)
  void aTenthMoreTimeIsFound(Machine machine) {
    Random random = new Random(13);
    // Blocks that a step cuts in two, and neighbours, cost pairs: some decisions stay open.
    int least = machine == Machine.QUIET || machine == Machine.DRIFTING ? 395 : 330;
    assertThat(flagged(400, _ -> slower(ratios(14, 1.1, random, machine), THRESHOLD)))
        .isGreaterThanOrEqualTo(least);
  }

  @Test
  void boundsLieAroundTheMedianAndMirrorEachOther() {
    double[] ratios = ratios(15, 1.07, new Random(5), Machine.QUIET);
    double[] inverse = new double[ratios.length];
    for (int i = 0; i < ratios.length; i++) {
      inverse[i] = 1 / ratios[i];
    }
    PairedRatio one = PairedRatio.of(ratios, SIGNIFICANCE);
    PairedRatio other = PairedRatio.of(inverse, SIGNIFICANCE);
    assertThat(one.lower()).isLessThan(one.median()).isGreaterThan(1);
    assertThat(one.upper()).isGreaterThan(one.median());
    assertThat(other.median()).isCloseTo(1 / one.median(), offset(1e-12));
    assertThat(other.lower()).isCloseTo(1 / one.upper(), offset(5e-3));
    assertThat(PairedRatio.of(ratios, SIGNIFICANCE)).isEqualTo(one);
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 14})
  void theComputedBootstrapIsWhatResamplingComesTo(int pairs) {
    Random random = new Random(pairs);
    double[] values = random.doubles(pairs).sorted().toArray();
    double[] medians = new double[40_000];
    for (int resample = 0; resample < medians.length; resample++) {
      medians[resample] =
          Median.withDefaults()
              .evaluate(random.ints(pairs, 0, pairs).mapToDouble(i -> values[i]).toArray());
    }
    for (double share : new double[] {0.02, 0.1, 0.3}) {
      double[] bounds = PairedRatio.bootstrapped(values, share);
      // Medians are few values: a bound is one of them, and the share below and above it says
      // which.
      assertThat(Arrays.stream(medians).filter(m -> m < bounds[0] - 1e-9).count() / 40_000.0)
          .isLessThan(share + 0.01);
      assertThat(Arrays.stream(medians).filter(m -> m < bounds[0] + 1e-9).count() / 40_000.0)
          .isGreaterThan(share - 0.01);
      assertThat(Arrays.stream(medians).filter(m -> m > bounds[1] + 1e-9).count() / 40_000.0)
          .isLessThan(share + 0.01);
      assertThat(Arrays.stream(medians).filter(m -> m > bounds[1] - 1e-9).count() / 40_000.0)
          .isGreaterThan(share - 0.01);
    }
  }

  @Test
  void fewerPairsThanCanTellLeaveTheRatioOpen() {
    assertThat(PairedRatio.leastPairs(0.01)).isEqualTo(7);
    assertThat(PairedRatio.leastPairs(0.5 / 1024)).isEqualTo(11);
    PairedRatio six = PairedRatio.of(new double[] {2, 2, 2, 2, 2, 2}, SIGNIFICANCE);
    assertThat(six.median()).isCloseTo(2, offset(1e-12));
    assertThat(six.lower()).isZero();
    assertThat(six.upper()).isInfinite();
    PairedRatio seven = PairedRatio.of(new double[] {2, 2, 2, 2, 2, 2, 2}, SIGNIFICANCE);
    assertThat(seven.lower()).isCloseTo(2, offset(1e-12));
    assertThat(PairedRatio.of(new double[0], SIGNIFICANCE)).isEqualTo(PairedRatio.UNKNOWN);
  }

  /** The bootstrap alone would claim a slowdown here: equal versions get so far in 6 %. */
  @Test
  void sixOfSevenPairsAreNotEnough() {
    assertThat(
            PairedRatio.of(new double[] {1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 0.9}, SIGNIFICANCE).lower())
        .isLessThan(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void aRatioThatIsNoneIsRefused(double ratio) {
    assertThatThrownBy(() -> PairedRatio.of(new double[] {1, ratio}, SIGNIFICANCE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("pair 2 has the ratio " + ratio);
  }

  @Test
  void aVerdictTakesMedianAndBound() {
    assertThat(Verdict.of(1.06, 1.01, 1.1, 0.05)).isEqualTo(Verdict.SLOWER);
    assertThat(Verdict.of(1.06, 0.99, 1.1, 0.05)).isEqualTo(Verdict.UNDECIDED);
    assertThat(Verdict.of(1.04, 1.01, 1.1, 0.05)).isEqualTo(Verdict.UNDECIDED);
    assertThat(Verdict.of(1.04, 1.01, 1.05, 0.05)).isEqualTo(Verdict.UNCHANGED);
    assertThat(Verdict.of(0.9, 0.8, 0.99, 0.05)).isEqualTo(Verdict.FASTER);
    assertThat(Verdict.of(0.96, 0.95, 0.97, 0.05)).isEqualTo(Verdict.UNCHANGED);
    assertThat(Verdict.of(Double.NaN, 0, Double.POSITIVE_INFINITY, 0.05))
        .isEqualTo(Verdict.UNDECIDED);
  }
}
