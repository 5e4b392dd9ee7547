package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutcomeTest {
  private static Outcome outcome(double buildNanos, double error, double... iterationMedians) {
    return new Outcome(
        Samples.of(iterationMedians),
        Samples.NONE,
        Samples.of(1),
        Samples.of(1, 2),
        Samples.of(3),
        Samples.of(iterationMedians),
        Map.of("buildNanos", buildNanos, "programsCompiled", 1.0, "maxErrorOverBudget", error),
        1,
        List.of());
  }

  @Test
  void theIntervalIsStudentsOverTheIterations() {
    // sd 1.5811, t(4 degrees, 97.5 %) = 2.776: 2.776 * 1.5811 / sqrt(5) = 1.963 around 102.
    Outcome outcome = outcome(1, 0, 100, 101, 102, 103, 104);
    assertThat(outcome.halfWidthPercent()).isCloseTo(100 * 1.963 / 102, within(1e-2));
    assertThat(outcome.settled()).isTrue();
    assertThat(outcome(1, 0, 100, 110, 120, 130, 140).settled()).isFalse();
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
  }
}
