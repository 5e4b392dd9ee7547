package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Decisions of {@code ./attn ab} on runs drawn from pairs of trials that lie ready: recorded ones,
 * whose files say when and how, and made-up ones.
 */
class ResampledDecisionsTest {
  private static final int DECISIONS = 200;
  private static final int PAIRS = 20; // what the command takes without --pairs
  private static final double THRESHOLD = 0.05;

  private static ResampledDecisions recorded(String name) {
    List<TrialPair> pairs = ResampledDecisions.read(name);
    assertThat(pairs).hasSize(30);
    return new ResampledDecisions(pairs);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void onABusyMachineAPlantedSlowdownIsFlaggedInNineteenOfTwentyRuns(long seed) {
    assertThat(
            recorded("paired-trials-planted.csv").slower(DECISIONS, PAIRS, THRESHOLD, false, seed))
        .isGreaterThanOrEqualTo(190);
  }

  @ParameterizedTest
  @ValueSource(ints = {14, PAIRS, 40})
  void onABusyMachineEqualVersionsAreFlaggedInOneOfAHundredRunsAtMost(int pairs) {
    ResampledDecisions equal = recorded("paired-trials-equal.csv");
    assertThat(equal.slower(DECISIONS, pairs, THRESHOLD, false, 1)).isLessThanOrEqualTo(2);
    assertThat(equal.slower(2000, pairs, THRESHOLD, true, 1)).isLessThanOrEqualTo(20);
  }

  /** Pairs of a machine whose trials scatter by 5 %. */
  private static ResampledDecisions made(double slowdown, long seed) {
    Random random = new Random(seed);
    List<TrialPair> pairs = new ArrayList<>();
    for (int number = 1; number <= 40; number++) {
      double base = Math.exp(0.05 * random.nextGaussian());
      double now = slowdown * Math.exp(0.05 * random.nextGaussian());
      pairs.add(new TrialPair(number, number % 2 == 0, base, now, base, now, 1, 1));
    }
    return new ResampledDecisions(pairs);
  }

  @Test
  void aTenthMoreTimeIsFlaggedInNineteenOfTwentyRunsWhereTrialsScatterByFivePercent() {
    assertThat(made(1.1, 3).slower(DECISIONS, PAIRS, THRESHOLD, false, 1))
        .isGreaterThanOrEqualTo(190);
    assertThat(made(1, 3).slower(DECISIONS, PAIRS, THRESHOLD, false, 1)).isLessThanOrEqualTo(2);
  }
}
