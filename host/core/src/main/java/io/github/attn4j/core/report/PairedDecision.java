package io.github.attn4j.core.report;

import java.util.List;

/**
 * Whether pairs of trials show a cell to be slower: by the fastest tenth of the launches, which
 * neighbours disturb least, and by rounds, which see a slowdown that the fastest launches hide
 * because it hits only some of them, or only one of the input sets. Slower by either is slower.
 * Rounds that point beyond the threshold without showing it leave open what the fastest tenth alone
 * would call unchanged or faster.
 *
 * @param verdict by times alone
 * @param measure what decided
 * @param ratio of that measure
 * @param fastest the ratio by the fastest tenth
 * @param rounds the ratio by rounds; {@link PairedRatio#UNKNOWN} where a trial knows none
 */
record PairedDecision(
    Verdict verdict, Measure measure, PairedRatio ratio, PairedRatio fastest, PairedRatio rounds) {
  /** What a trial's time is. */
  enum Measure {
    /** Of its launches. */
    FASTEST_TENTH("time of the fastest tenth"),
    /** Of its rounds. */
    ROUNDS("time of the median round");

    private final String words;

    Measure(String words) {
      this.words = words;
    }

    /** As tables have it. */
    String words() {
      return words;
    }
  }

  /** From a cell's pairs. */
  static PairedDecision of(List<TrialPair> pairs, RegressionRule rule) {
    PairedRatio fastest =
        PairedRatio.of(pairs.stream().mapToDouble(TrialPair::ratio).toArray(), rule.significance());
    PairedRatio rounds =
        pairs.stream().anyMatch(pair -> Double.isNaN(pair.roundRatio()))
            ? PairedRatio.UNKNOWN
            : PairedRatio.of(
                pairs.stream().mapToDouble(TrialPair::roundRatio).toArray(),
                rule.significanceOfRounds());
    Verdict byFastest = verdict(fastest, rule);
    if (byFastest != Verdict.SLOWER && verdict(rounds, rule) == Verdict.SLOWER) {
      return new PairedDecision(Verdict.SLOWER, Measure.ROUNDS, rounds, fastest, rounds);
    }
    if ((byFastest == Verdict.UNCHANGED || byFastest == Verdict.FASTER)
        && rounds.median() > 1 + rule.threshold()) {
      return new PairedDecision(Verdict.UNDECIDED, Measure.ROUNDS, rounds, fastest, rounds);
    }
    return new PairedDecision(byFastest, Measure.FASTEST_TENTH, fastest, fastest, rounds);
  }

  private static Verdict verdict(PairedRatio ratio, RegressionRule rule) {
    return Verdict.of(ratio.median(), ratio.lower(), ratio.upper(), rule.threshold());
  }

  /** Whether both measures say different things, and rounds had the last word. */
  boolean disagrees() {
    return measure == Measure.ROUNDS;
  }
}
