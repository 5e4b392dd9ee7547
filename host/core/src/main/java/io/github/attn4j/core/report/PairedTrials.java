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
 * at the end. A result that was wrong in any trial counts before all times.
 */
public final class PairedTrials {
  /** A cell's trials. */
  private static final class Cell {
    private final List<TrialPair> pairs = new ArrayList<>();
    private final Set<String> baseTunings = new TreeSet<>();
    private final Set<String> newTunings = new TreeSet<>();
    private @Nullable BenchCell base;
    private @Nullable BenchCell now;
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

  /** Adds a trial of each, one right after the other. */
  public void add(int number, boolean baseFirst, BenchReport base, BenchReport now) {
    add(base, true);
    add(now, false);
    Map<CellIdentity, BenchCell> after = cells(now);
    cells(base)
        .forEach((identity, one) -> {
          BenchCell two = after.get(identity);
          BenchCell known = of(identity).now;
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
   * Says that a version's process ended before it had a result for every cell that it was asked
   * for.
   *
   * @param partial what it had until then; null for nothing
   * @param note how it ended
   */
  public void fail(boolean base, @Nullable BenchReport partial, String note) {
    Set<CellIdentity> finished = partial == null ? Set.of() : cells(partial).keySet();
    cells.forEach((identity, cell) -> {
      BenchCell known = cell.base != null ? cell.base : cell.now;
      if (known != null && !finished.contains(identity)) {
        keep(cell, known.without(BenchCell.Status.FAILED, note), base);
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
    keep(of(identity), cell, base);
  }

  /** Once wrong, always wrong: a kernel that is right every other time is not. */
  private static void keep(Cell known, BenchCell cell, boolean base) {
    if (cell.measurement() != null) {
      (base ? known.baseTunings : known.newTunings).add(cell.measurement().tuning());
    }
    BenchCell before = base ? known.base : known.now;
    if (before == null || !before.status().isFailure()) {
      if (base) {
        known.base = cell;
      } else {
        known.now = cell;
      }
    }
  }

  /** Cells that both versions have, or of which one gave word. */
  public int size() {
    return cells.size();
  }

  /** Whether there is a cell whose speed can be judged. */
  public boolean anyMeasuredInBoth() {
    return cells.values().stream()
        .anyMatch(cell ->
            cell.base != null
                && cell.now != null
                && cell.base.status() == BenchCell.Status.MEASURED
                && cell.now.status() == BenchCell.Status.MEASURED);
  }

  /** Devices that differ between both versions, a line each: their times say nothing then. */
  public List<String> differentDevices() {
    Set<String> found = new LinkedHashSet<>();
    for (Cell cell : cells.values()) {
      if (cell.base != null && cell.now != null && !cell.base.device().equals(cell.now.device())) {
        found.add(
            "%s runs on %s with BASE and on %s with NEW"
                .formatted(cell.base.kernel(), cell.base.device(), cell.now.device()));
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
      if (cell.base != null && cell.now != null) {
        rows.add(row(against, identity, cell.base, cell.now, cell.pairs, rule));
      }
    });
    return rows;
  }

  /** Cells that one version does not know. */
  public List<UnmatchedCell> unmatched(String base, String against) {
    List<UnmatchedCell> found = new ArrayList<>();
    cells.forEach((identity, cell) -> {
      if (cell.base != null && cell.now == null) {
        found.add(new UnmatchedCell(base, against, true, identity, cell.base.status()));
      } else if (cell.base == null && cell.now != null) {
        found.add(new UnmatchedCell(against, base, false, identity, cell.now.status()));
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
    cells.forEach((identity, cell) -> {
      String where = identity.kernel() + " on " + identity.problem();
      if (!cell.baseTunings.isEmpty()
          && !cell.newTunings.isEmpty()
          && (!cell.baseTunings.equals(cell.newTunings) || cell.baseTunings.size() > 1)) {
        remarks.add(
            "%s: BASE ran with %s and NEW with %s, so that the ratio is of the tunings, too; --untuned holds the code alone against each other"
                .formatted(where, words(cell.baseTunings), words(cell.newTunings)));
      }
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
