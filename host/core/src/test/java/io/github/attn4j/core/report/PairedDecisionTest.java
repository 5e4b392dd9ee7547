package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.commons.statistics.descriptive.Median;
import org.apache.commons.statistics.descriptive.Quantile;
import org.junit.jupiter.api.Test;

/**
 * Trials of made-up launches: what is slow is known, and of two sets every second launch is one's.
 */
class PairedDecisionTest {
  private static final int SLICES = 10;
  private static final int LAUNCHES = 20; // of a slice
  private static final double SLOW = 1.3;
  private static final RegressionRule RULE =
      new RegressionRule(0.05, true, false, RegressionRule.significance(1), 14, 1);

  /** The fastest tenth and the median round, as a trial has them. */
  private record Trial(double fastest, double round) {
    static Trial of(Random random, double noise, IntPredicate slow) {
      double[] least = new double[SLICES];
      List<Double> rounds = new ArrayList<>();
      double machine = 1 + noise * Math.abs(random.nextGaussian());
      for (int slice = 0; slice < SLICES; slice++) {
        double[] launches = new double[LAUNCHES];
        for (int launch = 0; launch < LAUNCHES; launch++) {
          double disturbed = 1 + noise * Math.abs(random.nextGaussian());
          launches[launch] = 1e6 * machine * disturbed * (slow.test(launch) ? SLOW : 1);
          if (launch % 2 == 1) {
            rounds.add((launches[launch - 1] + launches[launch]) / 2);
          }
        }
        least[slice] = Arrays.stream(launches).min().orElseThrow();
      }
      return new Trial(
          Quantile.withDefaults().evaluate(least, 0.1),
          Median.withDefaults()
              .evaluate(rounds.stream().mapToDouble(Double::doubleValue).toArray()));
    }
  }

  private static PairedDecision decision(
      int pairs, Random random, double noise, IntPredicate slow) {
    List<TrialPair> trials =
        IntStream.rangeClosed(1, pairs)
            .mapToObj(number -> {
              Trial base = Trial.of(random, noise, _ -> false);
              Trial now = Trial.of(random, noise, slow);
              return new TrialPair(
                  number,
                  random.nextBoolean(),
                  base.fastest(),
                  now.fastest(),
                  base.round(),
                  now.round(),
                  1,
                  1);
            })
            .toList();
    return PairedDecision.of(trials, RULE);
  }

  @Test
  void everySecondLaunchSlowerByThreeTenthsIsSlowerAlthoughTheFastestAreAsFastAsEver() {
    PairedDecision decision = decision(14, new Random(1), 0.02, launch -> launch % 2 == 0);
    assertThat(decision.fastest().median()).isBetween(0.98, 1.02);
    assertThat(decision.verdict()).isEqualTo(Verdict.SLOWER);
    assertThat(decision.measure()).isEqualTo(PairedDecision.Measure.ROUNDS);
    assertThat(decision.ratio().median()).isBetween(1.13, 1.17);
    assertThat(decision.disagrees()).isTrue();
  }

  @Test
  void halfOfTheLaunchesByChanceIsSlowerToo() {
    Random chance = new Random(2);
    PairedDecision decision = decision(14, new Random(3), 0.02, _ -> chance.nextBoolean());
    assertThat(decision.fastest().median()).isBetween(0.98, 1.02);
    assertThat(decision.verdict()).isEqualTo(Verdict.SLOWER);
  }

  @Test
  void whatSlowsAllLaunchesIsDecidedByTheFastestTenth() {
    PairedDecision decision = decision(14, new Random(4), 0.02, _ -> true);
    assertThat(decision.verdict()).isEqualTo(Verdict.SLOWER);
    assertThat(decision.measure()).isEqualTo(PairedDecision.Measure.FASTEST_TENTH);
    assertThat(decision.disagrees()).isFalse();
  }

  /** Of 300, at most 1 %, by both measures together. */
  @Test
  void equalVersionsAreNearlyNeverCalledSlowerByEitherMeasure() {
    Random random = new Random(5);
    long slower =
        IntStream.range(0, 300)
            .filter(_ -> decision(14, random, 0.15, _ -> false).verdict() == Verdict.SLOWER)
            .count();
    assertThat(slower).isLessThanOrEqualTo(3);
  }

  @Test
  void roundsThatPointBeyondTheThresholdWithoutShowingItLeaveTheCellUndecided() {
    double[] rounds = {1.2, 0.9, 1.1, 0.95, 1.3, 1.08, 0.97, 1.2, 1.15};
    List<TrialPair> pairs =
        IntStream.range(0, rounds.length)
            .mapToObj(i -> new TrialPair(i + 1, true, 1e6, 1e6, 1e6, rounds[i] * 1e6, 1, 1))
            .toList();
    PairedDecision decision = PairedDecision.of(pairs, RULE);
    assertThat(decision.fastest().median()).isEqualTo(1);
    assertThat(decision.verdict()).isEqualTo(Verdict.UNDECIDED);
    assertThat(decision.measure()).isEqualTo(PairedDecision.Measure.ROUNDS);
  }

  @Test
  void withoutRoundsOfBothTheFastestTenthDecidesAlone() {
    List<TrialPair> pairs =
        IntStream.rangeClosed(1, 9)
            .mapToObj(i -> new TrialPair(i, true, 1e6, 1e6, Double.NaN, 2e6, 1, 1))
            .toList();
    PairedDecision decision = PairedDecision.of(pairs, RULE);
    assertThat(decision.verdict()).isEqualTo(Verdict.UNCHANGED);
    assertThat(decision.rounds()).isEqualTo(PairedRatio.UNKNOWN);
  }

  @Test
  void bothBoundsTogetherPromiseOneWrongRunInAHundred() {
    RegressionRule twenty =
        new RegressionRule(0.05, true, false, RegressionRule.significance(20), 14, 1);
    assertThat(20 * (twenty.significance() + twenty.significanceOfRounds()))
        .isCloseTo(RegressionRule.RUN_SIGNIFICANCE, org.assertj.core.data.Offset.offset(1e-12));
  }
}
