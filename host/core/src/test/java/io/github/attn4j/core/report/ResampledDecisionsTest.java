package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The decision of {@code ./attn ab} on pairs of trials that a shared machine really gave: the files
 * say when and how, docs/regressions.md what came of it.
 */
class ResampledDecisionsTest {
  private static final int DECISIONS = 200;
  private static final int PAIRS = 14; // what the command takes without --pairs
  private static final double THRESHOLD = 0.05;

  private static ResampledDecisions recorded(String name) {
    List<TrialPair> pairs = ResampledDecisions.read(name);
    for (int block = 0; block < pairs.size() / 2; block++) {
      assertThat(pairs.get(2 * block).baseFirst())
          .as("%s, block %d", name, block)
          .isNotEqualTo(pairs.get(2 * block + 1).baseFirst());
    }
    return new ResampledDecisions(pairs);
  }

  @Test
  void aPlantedSlowdownOfATenthIsFlaggedInNineteenOfTwentyRuns() {
    assertThat(recorded("paired-trials-planted.csv").slower(DECISIONS, PAIRS, THRESHOLD, 1))
        .isGreaterThanOrEqualTo(190);
  }

  @Test
  void equalVersionsAreFlaggedInOneOfAHundredRunsAtMost() {
    assertThat(recorded("paired-trials-equal.csv").slower(DECISIONS, PAIRS, THRESHOLD, 1))
        .isLessThanOrEqualTo(2);
  }
}
