package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decisions of {@code ./attn ab} on runs drawn from pairs of trials that lie ready. */
class ResampledDecisionsTest {
  private static final int PAIRS = 14; // what the command takes without --pairs
  private static final double THRESHOLD = 0.05;

  /** On pairs that a busy machine really gave: the file says when and how. */
  @ParameterizedTest
  @ValueSource(ints = {PAIRS, 20, 40})
  void equalVersionsOnABusyMachineAreFlaggedInOneOfAHundredRunsAtMost(int pairs) {
    List<TrialPair> recorded = ResampledDecisions.read("paired-trials-equal.csv");
    assertThat(recorded).hasSize(8);
    assertThat(new ResampledDecisions(recorded).slower(2000, pairs, THRESHOLD, true, 1))
        .isLessThanOrEqualTo(20);
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
    assertThat(made(1.1, 3).slower(200, 20, THRESHOLD, false, 1)).isGreaterThanOrEqualTo(190);
    assertThat(made(1, 3).slower(200, 20, THRESHOLD, false, 1)).isLessThanOrEqualTo(2);
  }
}
