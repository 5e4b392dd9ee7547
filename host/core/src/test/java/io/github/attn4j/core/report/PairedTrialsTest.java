package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PairedTrialsTest {
  private static final RegressionRule RULE = new RegressionRule(0.05, true, false, 0.01, 9, 1);

  private static BenchReport trial(double nanos) {
    return Regressions.report(Regressions.cell("opencl:a", 64, nanos, 1000));
  }

  private static BenchReport wrong() {
    return Regressions.report(
        Regressions.cell("opencl:a", 64, BenchCell.Status.FAILED, "INCORRECT: o[3]", null));
  }

  private static PairedTrials pairs(double base, double now) {
    PairedTrials trials = new PairedTrials();
    for (int pair = 1; pair <= 8; pair++) {
      trials.add(pair, pair % 2 == 0, trial(base), trial(now));
    }
    return trials;
  }

  private static RegressionRow only(PairedTrials trials) {
    List<RegressionRow> rows = trials.rows("new", RULE);
    assertThat(rows).hasSize(1);
    return rows.getFirst();
  }

  @Test
  void pairsDecide() {
    RegressionRow slower = only(pairs(2e6, 2.3e6));
    assertThat(slower.verdict()).isEqualTo(Verdict.SLOWER);
    assertThat(slower.pairs()).hasSize(8);
    assertThat(slower.base().kernelNanos()).isEqualTo(2e6);
    assertThat(only(pairs(2e6, 2e6)).verdict()).isEqualTo(Verdict.UNCHANGED);
    assertThat(only(pairs(2.3e6, 2e6)).verdict()).isEqualTo(Verdict.FASTER);
  }

  @Test
  void trialsThatDoNotCountHaveNoTime() {
    PairedTrials trials = new PairedTrials();
    trials.add(trial(2e6), true);
    trials.add(trial(9e6), false);
    assertThat(only(trials).verdict()).isEqualTo(Verdict.UNDECIDED);
    assertThat(only(trials).ratio()).isNaN();
  }

  @Test
  void oneWrongResultOutweighsAllTimes() {
    PairedTrials trials = pairs(2e6, 1e6);
    trials.add(9, true, trial(2e6), wrong());
    trials.add(10, true, trial(2e6), trial(1e6));
    assertThat(only(trials).verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(only(trials).now().note()).isEqualTo("INCORRECT: o[3]");
  }

  private static BenchReport outOfMemory() {
    return Regressions.report(
        Regressions.cell("opencl:a", 64, BenchCell.Status.OUT_OF_MEMORY, "2 GiB of 1", null));
  }

  @Test
  void aBaseThatFailedOnceDoesNotHideASlowdown() {
    PairedTrials trials = pairs(2e6, 4e6);
    trials.add(9, true, wrong(), trial(4e6));
    trials.add(10, true, trial(2e6), trial(4e6));
    assertThat(only(trials).verdict()).isEqualTo(Verdict.SLOWER);
    assertThat(only(trials).pairs()).hasSize(9);
    assertThat(trials.remarks(RULE))
        .singleElement()
        .asString()
        .contains("BASE has no time in 1 of its 10 trials", "INCORRECT: o[3]");
  }

  @Test
  void aCellThatFailsNowAndThenInBothIsStillBroken() {
    PairedTrials trials = pairs(2e6, 2e6);
    trials.add(9, true, wrong(), trial(2e6));
    trials.add(10, true, trial(2e6), wrong());
    assertThat(only(trials).verdict()).isEqualTo(Verdict.STILL_BROKEN);
  }

  @Test
  void aTrialWithoutMemoryDoesNotOutvoteTheOthers() {
    PairedTrials lastOfNew = pairs(2e6, 4e6);
    lastOfNew.add(9, true, trial(2e6), outOfMemory());
    assertThat(only(lastOfNew).verdict()).isEqualTo(Verdict.SLOWER);
    assertThat(lastOfNew.remarks(RULE))
        .singleElement()
        .asString()
        .contains("NEW has no time in 1 of its 9 trials", "2 GiB of 1");
    PairedTrials lastOfBase = pairs(2e6, 4e6);
    lastOfBase.add(9, true, outOfMemory(), trial(4e6));
    assertThat(only(lastOfBase).verdict()).isEqualTo(Verdict.SLOWER);
    assertThat(only(lastOfBase).pairs()).hasSize(8);
  }

  @Test
  void oneTimeAmongTrialsWithoutMemoryIsNoResult() {
    PairedTrials trials = new PairedTrials();
    for (int pair = 1; pair <= 7; pair++) {
      trials.add(pair, true, trial(2e6), outOfMemory());
    }
    trials.add(8, true, trial(2e6), trial(2e6));
    assertThat(only(trials).verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(only(trials).now().status()).isEqualTo(BenchCell.Status.OUT_OF_MEMORY);
  }

  @Test
  void aProcessThatEndsLeavesOnlyItsUnfinishedCellsBroken() {
    PairedTrials trials = new PairedTrials();
    trials.add(
        Regressions.report(
            Regressions.cell("opencl:a", 64, 2e6, 1000),
            Regressions.cell("opencl:b", 64, 2e6, 1000)),
        true);
    BenchReport partial = trial(2e6);
    trials.add(partial, false);
    trials.fail(false, partial, "exit code 139");
    List<RegressionRow> rows = trials.rows("new", RULE);
    assertThat(rows)
        .filteredOn(row -> row.verdict() == Verdict.BROKEN)
        .extracting(row -> row.cell().kernel())
        .containsExactly("opencl:b");
    assertThat(rows).hasSize(2);
  }

  private static BenchReport tuned(String tuning) {
    BenchCell cell = Regressions.cell("opencl:a", 64, 2e6, 1000);
    return Regressions.report(Regressions.tuned(cell, tuning));
  }

  @Test
  void tuningsThatDifferAreARemarkOnTheCell() {
    PairedTrials trials = new PairedTrials();
    trials.add(1, true, tuned("BLOCK_Q=64"), tuned("BLOCK_Q=32"));
    assertThat(trials.remarks(RULE))
        .singleElement()
        .asString()
        .contains("opencl:a on ", "BASE ran with BLOCK_Q=64 and NEW with BLOCK_Q=32", "--untuned");
    PairedTrials alike = new PairedTrials();
    alike.add(1, true, tuned("BLOCK_Q=64"), tuned("BLOCK_Q=64"));
    assertThat(alike.remarks(RULE)).isEmpty();
    alike.add(2, true, tuned("BLOCK_Q=32"), tuned("BLOCK_Q=32"));
    assertThat(alike.remarks(RULE))
        .singleElement()
        .asString()
        .contains("BASE ran with BLOCK_Q=32 or BLOCK_Q=64");
  }

  @Test
  void aSlowdownThatOnlyRoundsShowIsSlowerWithARemark() {
    PairedTrials trials = new PairedTrials();
    for (int pair = 1; pair <= 9; pair++) {
      trials.add(
          pair,
          true,
          trial(2e6),
          Regressions.report(
              Regressions.cell(
                  "opencl:a",
                  64,
                  BenchCell.Status.MEASURED,
                  "",
                  Regressions.measurement(2e6, 2.3e6, 1000, false))));
    }
    RegressionRow row = only(trials);
    assertThat(row.verdict()).isEqualTo(Verdict.SLOWER);
    assertThat(row.measure()).isEqualTo("time of the median round");
    assertThat(row.ratio()).isBetween(1.149, 1.151);
    assertThat(trials.remarks(RULE))
        .singleElement()
        .asString()
        .contains("opencl:a on ", "1.000 by the fastest tenth, 1.150 by rounds");
  }

  @Test
  void pairsThatAreTooFewForRoundsAreARemark() {
    PairedTrials trials = pairs(2e6, 2e6);
    RegressionRule few =
        new RegressionRule(0.05, true, false, RegressionRule.significance(1), 8, 1);
    assertThat(trials.remarks(few))
        .singleElement()
        .asString()
        .contains("8 pairs are too few for rounds to call one of 1 cell slower, which takes 9");
    RegressionRule enough =
        new RegressionRule(0.05, true, false, RegressionRule.significance(1), 9, 1);
    assertThat(trials.remarks(enough)).isEmpty();
  }

  @Test
  void noConfidenceIsAllOfIt() {
    assertThat(RegressionReport.confidence(0.008)).isEqualTo("99.2 %");
    assertThat(RegressionReport.confidence(RegressionRule.significance(33) / 4))
        .isEqualTo("99.9939 %");
    assertThat(RegressionReport.confidence(1e-7)).isEqualTo("99.9999 %");
  }

  @Test
  void aCellThatALaterTrialLacksIsBroken() {
    PairedTrials trials = pairs(2e6, 2e6);
    trials.add(9, true, trial(2e6), Regressions.report());
    assertThat(only(trials).verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(only(trials).now().note()).contains("the trial of pair 9 lacks this cell");
  }

  @Test
  void aCellOfOneVersionAloneIsUnmatched() {
    PairedTrials trials = pairs(2e6, 2e6);
    trials.add(Regressions.report(Regressions.cell("opencl:new", 64, 2e6, 1000)), false);
    assertThat(trials.rows("new", RULE)).hasSize(1);
    assertThat(trials.unmatched("main", "new"))
        .singleElement()
        .satisfies(one -> {
          assertThat(one.in()).isEqualTo("new");
          assertThat(one.missingIn()).isEqualTo("main");
        });
  }
}
