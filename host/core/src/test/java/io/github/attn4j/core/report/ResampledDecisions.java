package io.github.attn4j.core.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * How often runs of so many pairs would call a version slower, by pairs that were recorded once: a
 * run is drawn from them, with replacement. Pairs are independent but for what the machine does for
 * longer than a pair takes.
 */
final class ResampledDecisions {
  private final List<TrialPair> recorded;

  /** Of recorded pairs. */
  ResampledDecisions(List<TrialPair> recorded) {
    this.recorded = List.copyOf(recorded);
  }

  /** Pairs of a file beside this class: lines of numbers, # before words. */
  static List<TrialPair> read(String name) {
    try (InputStream stream =
        Objects.requireNonNull(ResampledDecisions.class.getResourceAsStream(name), name)) {
      List<TrialPair> pairs = new ArrayList<>();
      new String(stream.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(",", -1))
          .forEach(field ->
              pairs.add(
                  new TrialPair(
                      Integer.parseInt(field[0]),
                      Boolean.parseBoolean(field[1]),
                      Double.parseDouble(field[2]),
                      Double.parseDouble(field[3]),
                      Double.parseDouble(field[4]),
                      Double.parseDouble(field[5]),
                      Double.parseDouble(field[6]),
                      Double.parseDouble(field[7]))));
      return pairs;
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  /**
   * Decisions that call the new version slower.
   *
   * @param exchanged whether both versions change places by a draw in each pair, as they may where
   *     they are equal: whatever a short recording leans to is then gone
   * @param decisions how many runs are drawn
   * @param pairs of each
   */
  int slower(int decisions, int pairs, double threshold, boolean exchanged, long seed) {
    RegressionRule rule =
        new RegressionRule(threshold, true, false, RegressionRule.significance(1), pairs, seed);
    SplittableRandom random = new SplittableRandom(seed);
    int slower = 0;
    for (int decision = 0; decision < decisions; decision++) {
      List<TrialPair> drawn = new ArrayList<>();
      for (int pair = 0; pair < pairs; pair++) {
        TrialPair found = recorded.get(random.nextInt(recorded.size()));
        drawn.add(exchanged && random.nextBoolean() ? exchanged(found) : found);
      }
      if (PairedDecision.of(drawn, rule).verdict() == Verdict.SLOWER) {
        slower++;
      }
    }
    return slower;
  }

  private static TrialPair exchanged(TrialPair pair) {
    return new TrialPair(
        pair.number(),
        !pair.baseFirst(),
        pair.newNanos(),
        pair.baseNanos(),
        pair.newRoundNanos(),
        pair.baseRoundNanos(),
        pair.newPlainNanos(),
        pair.basePlainNanos());
  }
}
