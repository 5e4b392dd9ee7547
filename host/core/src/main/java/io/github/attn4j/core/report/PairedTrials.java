package io.github.attn4j.core.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.commons.statistics.descriptive.Median;
import org.jspecify.annotations.Nullable;

/**
 * What trials of two versions have shown so far, cell by cell: collected trial after trial, judged
 * at the end. A result of the new version's that was wrong in any trial counts before all times.
 */
public final class PairedTrials {
  /** What a version's trials say of a cell. */
  private static final class Side {
    private final Set<String> tunings = new TreeSet<>();
    private int timed;
    private int untimed;
    private int failures;
    private @Nullable BenchCell measured;
    private @Nullable BenchCell other;
    private @Nullable BenchCell failed;

    void keep(BenchCell cell) {
      if (cell.measurement() != null) {
        tunings.add(cell.measurement().tuning());
      }
      if (cell.status().isFailure()) {
        failures++;
        failed = failed == null ? cell : failed;
      } else if (cell.status() == BenchCell.Status.MEASURED) {
        timed++;
        measured = cell;
      } else {
        untimed++;
        other = cell;
      }
    }

    int trials() {
      return timed + untimed + failures;
    }

    /** As a new version: once wrong, always wrong; and a hiccup does not outvote the others. */
    @Nullable BenchCell asNew() {
      if (failed != null) {
        return failed;
      }
      return timed >= untimed && measured != null ? measured : other;
    }

    /**
     * As a base: what it did at least once is what a new version is held to, unless that fails as
     * well.
     */
    @Nullable BenchCell asBase(@Nullable BenchCell now) {
      boolean bothFail = failed != null && now != null && now.status().isFailure();
      if (measured != null && !bothFail) {
        return measured;
      }
      return failed != null ? failed : other;
    }
  }

  /** A cell's trials. */
  private static final class Cell {
    private final List<TrialPair> pairs = new ArrayList<>();
    private final Side baseSide = new Side();
    private final Side newSide = new Side();

    Side side(boolean base) {
      return base ? baseSide : newSide;
    }

    @Nullable BenchCell base() {
      return baseSide.asBase(now());
    }

    @Nullable BenchCell now() {
      return newSide.asNew();
    }
  }

  private final Map<CellIdentity, Cell> cells = new LinkedHashMap<>();

  /**
   * Adds a trial that counts for what it computed and not for its time, such as the first one.
   *
   * @param base whether it is the base's
   */
  public void add(BenchReport trial, boolean base) {
    cells(trial).forEach((identity, cell) -> keep(identity, cell, base));
  }

  /** Adds a trial of each, in turns or one right after the other. */
  public void add(int number, boolean baseFirst, BenchReport base, BenchReport now) {
    add(base, true);
    add(now, false);
    Map<CellIdentity, BenchCell> after = cells(now);
    cells(base)
        .forEach((identity, one) -> {
          BenchCell two = after.get(identity);
          BenchCell known = of(identity).now();
          if (two == null && known != null) {
            keep(
                identity,
                known.without(
                    BenchCell.Status.FAILED,
                    "the trial of pair %d lacks this cell, which an earlier one had"
                        .formatted(number)),
                false);
          }
          if (two != null && one.measurement() != null && two.measurement() != null) {
            of(identity)
                .pairs
                .add(
                    new TrialPair(
                        number,
                        baseFirst,
                        one.measurement().kernelNanos().p10(),
                        two.measurement().kernelNanos().p10(),
                        round(one.measurement()),
                        round(two.measurement()),
                        plain(one.measurement()),
                        plain(two.measurement())));
          }
        });
  }

  /**
   * Cells of a pair whose trials ran at once that one lacks a time for, though it had one before,
   * and that may be so because of the other one: what does not fit into a memory with it, and what
   * fails of the base's beside a version that may have brought the device down.
   *
   * @return in words
   */
  public List<String> lostTogether(BenchReport base, BenchReport now) {
    List<String> lost = new ArrayList<>();
    for (boolean ofBase : new boolean[] {true, false}) {
      cells(ofBase ? base : now)
          .forEach((identity, cell) -> {
            boolean suspect =
                cell.status() == BenchCell.Status.OUT_OF_MEMORY
                    || (ofBase && cell.status().isFailure());
            if (suspect && of(identity).side(ofBase).measured != null) {
              lost.add(
                  "%s of %s was %s"
                      .formatted(
                          where(identity),
                          ofBase ? "BASE" : "NEW",
                          MarkdownReport.words(cell.status())));
            }
          });
    }
    return lost;
  }

  /** Adds what the new version did wrong in a trial whose times are not to count. */
  public void addFailures(BenchReport now) {
    cells(now)
        .forEach((identity, cell) -> {
          if (cell.status().isFailure()) {
            keep(identity, cell, false);
          }
        });
  }

  /**
   * Says that a version's process ended before it had a result for every cell that it was asked
   * for.
   *
   * @param partial what it had until then; null for nothing
   * @param note how it ended
   */
  public void fail(boolean base, @Nullable BenchReport partial, String note) {
    Set<CellIdentity> finished = partial == null ? Set.of() : cells(partial).keySet();
    cells.forEach((identity, cell) -> {
      BenchCell had = cell.base();
      BenchCell known = had != null ? had : cell.now();
      if (known != null && !finished.contains(identity)) {
        keep(identity, known.without(BenchCell.Status.FAILED, note), base);
      }
    });
  }

  private static double round(Measurement measurement) {
    Quantiles rounds = measurement.roundNanos();
    return rounds == null ? Double.NaN : rounds.median();
  }

  private static double plain(Measurement measurement) {
    Quantiles plain = measurement.plainFmaNanos();
    return plain == null ? Double.NaN : plain.p10();
  }

  private static Map<CellIdentity, BenchCell> cells(BenchReport trial) {
    DeviceClasses classes =
        new DeviceClasses(
            trial.environment(), trial.cells().stream().map(BenchCell::deviceId).toList());
    Map<CellIdentity, BenchCell> cells = new LinkedHashMap<>();
    trial.cells().forEach(cell -> cells.putIfAbsent(CellIdentity.of(cell, classes), cell));
    return cells;
  }

  private Cell of(CellIdentity identity) {
    return cells.computeIfAbsent(identity, _ -> new Cell());
  }

  private void keep(CellIdentity identity, BenchCell cell, boolean base) {
    of(identity).side(base).keep(cell);
  }

  /** Cells that the base had in an earlier trial and this one of it lacks. */
  public List<String> lostByBase(BenchReport trial) {
    Set<CellIdentity> found = cells(trial).keySet();
    List<String> lost = new ArrayList<>();
    cells.forEach((identity, cell) -> {
      if (cell.base() != null && !found.contains(identity)) {
        lost.add(where(identity));
      }
    });
    return lost;
  }

  private static String where(CellIdentity identity) {
    return identity.kernel() + " on " + identity.problem();
  }

  /** Cells that both versions have, or of which one gave word. */
  public int size() {
    return cells.size();
  }

  /** Whether there is a cell whose speed can be judged. */
  public boolean anyMeasuredInBoth() {
    return cells.values().stream()
        .anyMatch(cell -> {
          BenchCell one = cell.base();
          BenchCell two = cell.now();
          return one != null
              && two != null
              && one.status() == BenchCell.Status.MEASURED
              && two.status() == BenchCell.Status.MEASURED;
        });
  }

  /** Devices that differ between both versions, a line each: their times say nothing then. */
  public List<String> differentDevices() {
    Set<String> found = new LinkedHashSet<>();
    for (Cell cell : cells.values()) {
      BenchCell one = cell.base();
      BenchCell two = cell.now();
      if (one != null && two != null && !one.device().equals(two.device())) {
        found.add(
            "%s runs on %s with BASE and on %s with NEW"
                .formatted(one.kernel(), one.device(), two.device()));
      }
    }
    return List.copyOf(found);
  }

  /**
   * Judges every cell.
   *
   * @param against name of the new version
   * @param rule what is slower
   */
  public List<RegressionRow> rows(String against, RegressionRule rule) {
    List<RegressionRow> rows = new ArrayList<>();
    cells.forEach((identity, cell) -> {
      BenchCell one = cell.base();
      BenchCell two = cell.now();
      if (one != null && two != null) {
        rows.add(row(against, identity, one, two, cell.pairs, rule));
      }
    });
    return rows;
  }

  /** Cells that one version does not know. */
  public List<UnmatchedCell> unmatched(String base, String against) {
    List<UnmatchedCell> found = new ArrayList<>();
    cells.forEach((identity, cell) -> {
      BenchCell one = cell.base();
      BenchCell two = cell.now();
      if (one != null && two == null) {
        found.add(new UnmatchedCell(base, against, true, identity, one.status()));
      } else if (one == null && two != null) {
        found.add(new UnmatchedCell(against, base, false, identity, two.status()));
      }
    });
    return found;
  }

  /**
   * What to know of cells before believing their rows: tunings that differ, and measures that say
   * different things.
   */
  public List<String> remarks(RegressionRule rule) {
    List<String> remarks = new ArrayList<>();
    if (rule.pairs() < rule.leastPairsOfRounds() && !cells.isEmpty()) {
      remarks.add(
          "%d pairs are too few for rounds to call one of %d cell%s slower, which takes %d: a slowdown of only some launches is not found"
              .formatted(
                  rule.pairs(),
                  cells.size(),
                  cells.size() == 1 ? "" : "s",
                  rule.leastPairsOfRounds()));
    }
    cells.forEach((identity, cell) -> {
      String where = where(identity);
      Set<String> baseTunings = cell.baseSide.tunings;
      Set<String> newTunings = cell.newSide.tunings;
      if (!baseTunings.isEmpty()
          && !newTunings.isEmpty()
          && (!baseTunings.equals(newTunings) || baseTunings.size() > 1)) {
        remarks.add(
            "%s: BASE ran with %s and NEW with %s, so that the ratio is of the tunings, too; --untuned holds the code alone against each other"
                .formatted(where, words(baseTunings), words(newTunings)));
      }
      addTimeless(remarks, where, "BASE", cell.baseSide, cell.base());
      addTimeless(remarks, where, "NEW", cell.newSide, cell.now());
      if (cell.pairs.isEmpty()) {
        return;
      }
      PairedDecision decision = PairedDecision.of(cell.pairs, rule);
      if (decision.disagrees()) {
        remarks.add(
            String.format(
                Locale.ROOT,
                "%s: %.3f by the fastest tenth, %.3f by rounds of a launch on each input set: what is slower hits only some launches, or one of the sets",
                where,
                decision.fastest().median(),
                decision.rounds().median()));
      }
      if (decision.rounds().equals(PairedRatio.UNKNOWN)) {
        remarks.add(
            "%s: a version that is older tells no times of rounds, so that only the fastest tenth decides"
                .formatted(where));
      }
    });
    return remarks;
  }

  /** A cell that is judged by its times, though some trials gave none. */
  private static void addTimeless(
      List<String> remarks, String where, String version, Side side, @Nullable BenchCell judged) {
    BenchCell without = side.failed != null ? side.failed : side.other;
    if (without != null && judged != null && judged.status() == BenchCell.Status.MEASURED) {
      remarks.add(
          "%s: %s has no time in %d of its %d trials (%s%s), so that speed is judged by the pairs in which both have one"
              .formatted(
                  where,
                  version,
                  side.trials() - side.timed,
                  side.trials(),
                  MarkdownReport.words(without.status()),
                  without.note().isEmpty() ? "" : ": " + without.note()));
    }
  }

  private static String words(Set<String> tunings) {
    return tunings.stream()
        .map(tuning -> tuning.isEmpty() ? "none" : tuning)
        .collect(Collectors.joining(" or "));
  }

  private static RegressionRow row(
      String against,
      CellIdentity identity,
      BenchCell base,
      BenchCell now,
      List<TrialPair> pairs,
      RegressionRule rule) {
    Verdict correctness = Verdict.of(base.status(), now.status());
    PairedDecision decision = PairedDecision.of(pairs, rule);
    PairedRatio ratio = decision.ratio();
    return new RegressionRow(
        against,
        identity,
        correctness == Verdict.UNCHANGED ? decision.verdict() : correctness,
        decision.measure().words(),
        ratio.median(),
        ratio.lower(),
        ratio.upper(),
        side(base, pairs, true),
        side(now, pairs, false),
        pairs);
  }

  private static CellSide side(BenchCell cell, List<TrialPair> pairs, boolean base) {
    if (pairs.isEmpty() || cell.measurement() == null) {
      return ReportComparison.withoutFigures(cell.device(), cell.status(), cell.note());
    }
    double nanos =
        median(pairs.stream().mapToDouble(p -> base ? p.baseNanos() : p.newNanos()).toArray());
    double share =
        median(
            pairs.stream()
                .mapToDouble(p ->
                    base ? p.basePlainNanos() / p.baseNanos() : p.newPlainNanos() / p.newNanos())
                .toArray());
    return new CellSide(
        cell.device(),
        cell.status(),
        "", // what a single trial remarks of itself
        nanos,
        share,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN);
  }

  private static double median(double[] values) {
    return Median.withDefaults().evaluate(values);
  }
}
