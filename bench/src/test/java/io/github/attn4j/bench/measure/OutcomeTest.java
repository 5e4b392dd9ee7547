package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutcomeTest {
  private static Outcome outcome(double buildNanos, double error, double... iterationMedians) {
    return new Outcome(
        Samples.of(iterationMedians),
        Samples.NONE,
        Samples.NONE,
        Samples.of(1),
        Samples.of(8, 9),
        Samples.NONE,
        Samples.NONE,
        Samples.of(4),
        Samples.of(1, 2),
        Samples.of(3),
        Samples.of(iterationMedians),
        Map.of("buildNanos", buildNanos, "programsCompiled", 1.0, "maxErrorOverBudget", error),
        1,
        List.of());
  }

  @Test
  void theIntervalLiesBetweenOrderStatistics() {
    // Of ten the second and the ninth (97.9 %), of five the extremes (93.75 %).
    assertThat(outcome(1, 0, 96, 97, 98, 99, 100, 100, 101, 102, 103, 104).halfWidthPercent())
        .isCloseTo(3, within(1e-9));
    assertThat(outcome(1, 0, 98, 99, 100, 101, 102).halfWidthPercent()).isCloseTo(2, within(1e-9));
    assertThat(outcome(1, 0, 98, 99, 100, 101, 102).settled()).isTrue();
    assertThat(outcome(1, 0, 97, 99, 100, 101, 102).settled()).isFalse();
  }

  @Test
  void aNeighbourInFewIterationsDoesNotWidenIt() {
    double[] quiet = new double[20];
    for (int i = 0; i < quiet.length; i++) {
      quiet[i] = 100 + i % 3;
    }
    double[] disturbed = quiet.clone();
    Arrays.fill(disturbed, 0, 4, 200);
    assertThat(outcome(1, 0, quiet).settled()).isTrue();
    assertThat(outcome(1, 0, disturbed).settled()).isTrue();
    Arrays.fill(disturbed, 0, 8, 200);
    assertThat(outcome(1, 0, disturbed).settled()).isFalse();
  }

  /** Of samples from one distribution, however skewed, it holds the median at least as often. */
  @Test
  void itCoversWhatItClaims() {
    Random random = new Random(5);
    int covered = 0;
    int trials = 2000;
    for (int trial = 0; trial < trials; trial++) {
      double[] sample = random.doubles(10).map(u -> 1000 + 20 * Math.exp(3 * u)).toArray();
      Arrays.sort(sample);
      double median = 1000 + 20 * Math.exp(1.5);
      double width = 2 * outcome(1, 0, sample).halfWidthPercent() / 100;
      assertThat(width * outcome(1, 0, sample).kernel().median())
          .isCloseTo(sample[8] - sample[1], within(1e-6));
      covered += sample[1] <= median && median <= sample[8] ? 1 : 0;
    }
    assertThat((double) covered / trials).isBetween(0.96, 0.99);
  }

  @Test
  void oneIterationSaysNothingAboutItsSpread() {
    assertThat(outcome(1, 0, 100).settled()).isFalse();
  }

  @Test
  void anotherForkAddsItsLaunchesAndKeepsTheWorstErrorAndTheFirstBuild() {
    Outcome both = outcome(5, 0.1, 100, 102).and(outcome(9, 0.4, 104));
    assertThat(both.forks()).isEqualTo(2);
    assertThat(both.kernel().quantiles().samples()).isEqualTo(3);
    assertThat(both.kernel().median()).isEqualTo(102);
    assertThat(both.upload().quantiles().samples()).isEqualTo(4);
    assertThat(both.scalar("maxErrorOverBudget")).isEqualTo(0.4);
    assertThat(both.scalar("buildNanos")).isEqualTo(5);
    assertThat(both.cold().isEmpty()).isTrue();
    assertThat(both.speedups().quantiles().samples()).isEqualTo(2);
    assertThat(both.dense().quantiles().samples()).isEqualTo(4);
  }
}
