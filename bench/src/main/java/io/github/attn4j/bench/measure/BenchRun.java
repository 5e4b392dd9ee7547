package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.check.MaskQuality;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.CrossoverSearch;
import io.github.attn4j.core.report.DeviceCeiling;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.GrowthFit;
import io.github.attn4j.core.report.KernelTraits;
import io.github.attn4j.core.report.Noise;
import io.github.attn4j.core.run.Watchdog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.RunResult;

/**
 * A sweep under way: runs cell after cell, measures the ceilings before, between and after them,
 * returns with what is left of the time to the cells that are known least well, and can say at any
 * moment what it has so far.
 */
public final class BenchRun implements AutoCloseable {
  static final String FLOP_CONVENTION =
      "2 * visible pairs * (D + Dv) per query head; exponentials are not counted";

  /** Often enough to find the best moments, seldom enough to cost little; probes watch between. */
  private static final long CEILING_INTERVAL_NANOS = 20_000_000_000L;

  private final Backends backends;
  private final Function<Backend, Tunings> tunings;
  private final Environment environment;
  private final List<CellSpec> sweep;
  private final List<String> deviceIds;
  private final Ceilings ceilings;
  private final double cellLimitSeconds;
  private final long deadlineNanos;
  private final int mostForks;
  private final boolean qualityOfAll;
  private final Watchdog watchdog;
  private final LaunchTimes times = new LaunchTimes();
  private final Set<String> met = new HashSet<>();
  private final Map<CellSpec, Row> rows = new HashMap<>();
  private final Map<CellSpec, CellTunings> chosen = new HashMap<>();

  /** Why cells of a kernel are left out, of which an earlier one never ended. */
  private final Map<String, String> neverEnded = new HashMap<>();

  private final Map<String, Double> bestProbe = new HashMap<>();
  private final Map<Problem, MaskQuality> qualities = new ConcurrentHashMap<>();
  private long ceilingMeasuredAtNanos;
  private volatile @Nullable CellSpec underWay;

  /** What a mask's effect on the result depends on: no kernel. */
  private record Problem(InputSource source, Shape shape) {}

  /**
   * A cell and what came of it.
   *
   * @param lowestProbe the device's rate just before or just after, the lower one
   */
  private record Row(
      CellSpec cell,
      BenchCell.Status status,
      String note,
      Optional<Outcome> outcome,
      double lowestProbe) {
    static Row without(CellSpec cell, BenchCell.Status status, String note) {
      return new Row(cell, status, note, Optional.empty(), Double.NaN);
    }

    double launchSeconds() {
      return outcome.orElseThrow().kernel().median() / 1e9;
    }

    boolean unsettled(int mostForks) {
      return outcome.isPresent() && !outcome.get().settled() && outcome.get().forks() < mostForks;
    }
  }

  /**
   * Opens the devices for the ceilings.
   *
   * @param tunings who chooses what the kernels of a backend run with
   * @param cells in the order in which reports show them, none of them twice
   * @param cellLimitSeconds a cell predicted to take longer is skipped
   * @param timeBudgetSeconds a cell predicted to end later than this after the start is skipped
   * @param mostForks JVMs that a cell is measured in at most, at least 1: one that has not settled
   *     after four does not settle on its machine
   * @param qualityOfAll whether to compute what masks do to the result for every input, and not for
   *     a model's alone
   * @param watchdog told of what runs in this process, whose limit holds in forks too
   */
  public BenchRun(
      Backends backends,
      Function<Backend, Tunings> tunings,
      List<CellSpec> cells,
      Environment environment,
      double cellLimitSeconds,
      double timeBudgetSeconds,
      int mostForks,
      boolean qualityOfAll,
      Watchdog watchdog) {
    this.backends = backends;
    this.tunings = tunings;
    this.environment = environment;
    this.sweep = List.copyOf(cells);
    this.deviceIds = sweep.stream().map(CellSpec::device).distinct().toList();
    this.cellLimitSeconds = cellLimitSeconds;
    this.mostForks = mostForks;
    this.qualityOfAll = qualityOfAll;
    this.watchdog = watchdog;
    this.deadlineNanos = System.nanoTime() + (long) (timeBudgetSeconds * 1e9);
    System.setProperty(
        "jmh.ignoreLock",
        "true"); // two runs at once are noisy, not wrong; the ceiling's drift shows it
    this.ceilings = new Ceilings(backends, deviceIds);
  }

  /**
   * Seconds that cells take, each in one fork.
   *
   * @param launchSeconds of a cell; where it is empty, a launch is taken to last no time, and what
   *     is left are the fork's start, checks and the shortest measurement
   */
  public static double predictedSeconds(
      List<CellSpec> cells, Function<CellSpec, OptionalDouble> launchSeconds) {
    return cells.stream()
        .mapToDouble(cell ->
            CellRunner.predictedSeconds(
                cell, launchSeconds.apply(cell).orElse(0), OptionalDouble.empty()))
        .sum();
  }

  /** Runs the cells, in the order that {@link CellOrder} gives them; {@code done} hears of each. */
  public void run(Consumer<CellSpec> done) {
    measureCeilings();
    List<CellSpec> waiting = new ArrayList<>(sweep);
    while (!waiting.isEmpty()) {
      CellSpec cell = CellOrder.next(waiting, met, times);
      waiting.remove(cell);
      Row row = run(cell);
      met.add(cell.kernel());
      if (row.outcome().isPresent()) {
        judge(cell);
      }
      keep(row);
      done.accept(cell);
    }
    settle();
    measureCeilings();
  }

  /** Once for a problem, whichever kernel comes first. */
  private void judge(CellSpec cell) {
    boolean wanted = qualityOfAll || cell.source().equals(InputSource.MODEL);
    if (wanted && comparedWithFull(cell)) {
      qualities.computeIfAbsent(
          new Problem(cell.source(), cell.shape()),
          _ ->
              MaskQuality.of(
                  cell.inputs(0),
                  CheckedRows.of(cell.spec(), cell.seed(), CheckedRows.WORK_LIMIT)));
    }
  }

  /** A mode's mask is no choice, and nobody asks what attention without it would be. */
  private static boolean comparedWithFull(CellSpec cell) {
    return cell.shape().mode() == Mode.SWEEP && ShapeCounts.of(cell.shape()).masked();
  }

  private void keep(Row row) {
    synchronized (this) {
      rows.put(row.cell(), row);
    }
    if (System.nanoTime() - ceilingMeasuredAtNanos > CEILING_INTERVAL_NANOS) {
      measureCeilings();
    }
  }

  /** Spends what is left of the budget where it helps most: on the widest intervals. */
  private void settle() {
    while (true) {
      Optional<Row> widest =
          rows.values().stream()
              .filter(row -> row.unsettled(mostForks) && affordable(row))
              .filter(row -> !neverEnded.containsKey(row.cell().kernel()))
              .max(
                  Comparator.comparingDouble(
                      row -> row.outcome().orElseThrow().halfWidthPercent()));
      if (widest.isEmpty()) {
        return;
      }
      Row before = widest.get();
      Row again =
          measured(
              before.cell(),
              before.note(),
              () ->
                  CellRunner.run(
                      before.cell(),
                      tunings(before.cell()),
                      false,
                      !before.outcome().orElseThrow().dense().isEmpty(),
                      OptionalDouble.of(before.launchSeconds()),
                      Double.NaN,
                      watchdog.limitSeconds()));
      if (again.outcome().isEmpty()) {
        keep(again); // wrong this time: nothing that it measured before counts
      } else {
        keep(
            new Row(
                before.cell(),
                before.status(),
                before.note(),
                Optional.of(before.outcome().orElseThrow().and(again.outcome().get())),
                Math.min(before.lowestProbe(), again.lowestProbe())));
      }
    }
  }

  private boolean affordable(Row row) {
    Samples dense = row.outcome().orElseThrow().dense();
    double seconds =
        CellRunner.predictedSeconds(
            row.cell(),
            row.launchSeconds(),
            dense.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(dense.median() / 1e9));
    return System.nanoTime() + (long) (seconds * 1e9) < deadlineNanos;
  }

  private void measureCeilings() {
    watchdog.step("the ceilings of " + String.join(", ", deviceIds));
    ceilings.measure();
    watchdog.rest();
    ceilingMeasuredAtNanos = System.nanoTime();
  }

  /** What a cell may take, and which option says so. */
  private record Limit(double seconds, String reason) {
    Row skipped(CellSpec cell, double predictedSeconds) {
      return Row.without(
          cell,
          BenchCell.Status.SKIPPED,
          "skipped, predicted %.0f s; %s".formatted(predictedSeconds, reason));
    }
  }

  private Limit limit() {
    double left = Math.max(0, (deadlineNanos - System.nanoTime()) / 1e9);
    return cellLimitSeconds <= left
        ? new Limit(
            cellLimitSeconds,
            "the limit of a cell is %.1f s (--cell-limit)".formatted(cellLimitSeconds))
        : new Limit(left, "%.0f s of the time budget are left (--time-budget)".formatted(left));
  }

  private Row run(CellSpec cell) {
    String never = neverEnded.get(cell.kernel());
    if (never != null) {
      return Row.without(cell, BenchCell.Status.SKIPPED, never);
    }
    Limit limit = limit();
    OptionalDouble launchSeconds = times.predict(cell);
    double predicted =
        CellRunner.predictedSeconds(cell, launchSeconds.orElse(0), OptionalDouble.empty());
    if (predicted > limit.seconds()) {
      return limit.skipped(cell, predicted);
    }
    OptionalDouble denseSeconds =
        comparedWithFull(cell)
            ? OptionalDouble.of(times.predict(cell.withoutMask()).orElse(0))
            : OptionalDouble.empty();
    double withDense = CellRunner.predictedSeconds(cell, launchSeconds.orElse(0), denseSeconds);
    boolean dense = denseSeconds.isPresent() && withDense <= limit.seconds();
    String note =
        denseSeconds.isPresent() && !dense
            ? "not compared with the full mask: that takes %.0f s in all; %s"
                .formatted(withDense, limit.reason())
            : "";
    Row row =
        measured(
            cell,
            note,
            () ->
                CellRunner.run(
                    cell,
                    tunings(cell),
                    true,
                    dense,
                    launchSeconds,
                    limit.seconds(),
                    watchdog.limitSeconds()));
    row.outcome()
        .ifPresent(outcome -> {
          times.add(cell, outcome.kernel().median() / 1e9);
          if (!outcome.dense().isEmpty()) {
            times.add(cell.withoutMask(), outcome.dense().median() / 1e9);
          }
        });
    if (row.status() != BenchCell.Status.SKIPPED) {
      return row;
    }
    // Too long for a fork that knew nothing; one that knows makes fewer iterations.
    times.addProbed(cell, Double.parseDouble(row.note()));
    return run(cell);
  }

  /** A call of {@link CellRunner}. */
  private interface Measuring {
    Outcome run() throws CellRunner.Failed;
  }

  private Row measured(CellSpec cell, String note, Measuring measuring) {
    double before = probe(cell.device());
    try {
      Outcome outcome = measuring.run();
      return new Row(
          cell,
          BenchCell.Status.MEASURED,
          note,
          Optional.of(outcome),
          Math.min(before, probe(cell.device())));
    } catch (CellRunner.Failed e) {
      if (e.status() == BenchCell.Status.NEVER_ENDED) {
        neverEnded.put(
            cell.kernel(),
            "skipped, since %s never ended on %s".formatted(cell.kernel(), cell.spec().label()));
      }
      return Row.without(cell, e.status(), e.note());
    }
  }

  private CellTunings tunings(CellSpec cell) {
    underWay = cell;
    watchdog.step(tuningCheck(cell));
    try {
      return chosen.computeIfAbsent(cell, one -> CellTunings.choose(backends, tunings, one));
    } finally {
      watchdog.rest();
      underWay = null;
    }
  }

  /** What the watchdog calls the step in which a stored tuning may be held to its gate. */
  static String tuningCheck(CellSpec cell) {
    return "%s on %s, the check of its tuning for %s"
        .formatted(cell.kernel(), cell.device(), cell.spec().label());
  }

  /**
   * Keeps the cell whose kernel runs in this process, if one does, as one that never ended. The
   * thread that runs it does not come back.
   */
  public synchronized void neverEnded(Watchdog.Overdue overdue) {
    CellSpec cell = underWay;
    if (cell != null) {
      rows.put(
          cell,
          Row.without(cell, BenchCell.Status.NEVER_ENDED, CellFailure.neverEnded(overdue).note()));
    }
  }

  /** Whether there is a cell to report. */
  public synchronized boolean any() {
    return !rows.isEmpty();
  }

  private double probe(String deviceId) {
    watchdog.step("a probe of " + deviceId);
    double now = ceilings.probe(deviceId);
    watchdog.rest();
    synchronized (this) {
      bestProbe.merge(deviceId, now, Math::max);
    }
    return now;
  }

  /** JMH's own results of all forks so far. */
  public synchronized Collection<RunResult> jmhResults() {
    return sweep.stream()
        .map(rows::get)
        .filter(Objects::nonNull)
        .flatMap(row -> row.outcome().stream())
        .flatMap(outcome -> outcome.jmh().stream())
        .toList();
  }

  /** Everything so far. Called from a shutdown hook too. */
  public synchronized BenchReport report(boolean complete) {
    List<DeviceCeiling> found = ceilings.report();
    List<KernelTraits> kernels =
        sweep.stream()
            .map(CellSpec::kernel)
            .distinct()
            .map(backends::kernel)
            .map(kernel ->
                new KernelTraits(kernel.globalId(), kernel.scratchFormula(), kernel.keepsScores()))
            .toList();
    List<BenchCell> cells =
        sweep.stream()
            .filter(rows::containsKey)
            .map(cell -> cell(Objects.requireNonNull(rows.get(cell)), found))
            .toList();
    return new BenchReport(
        BenchReport.SCHEMA_VERSION,
        environment,
        found,
        FLOP_CONVENTION,
        kernels,
        cells,
        GrowthFit.of(cells),
        CrossoverSearch.of(cells, kernels),
        Noise.of(found, cells),
        complete);
  }

  private BenchCell cell(Row row, List<DeviceCeiling> found) {
    KernelVariant kernel = backends.kernel(row.cell().kernel());
    double best =
        bestProbe.entrySet().stream()
            .filter(entry -> ceilings.sameProbe(entry.getKey(), row.cell().device()))
            .mapToDouble(Map.Entry::getValue)
            .max()
            .orElse(Double.NaN);
    return new CellReport(
            row.cell(),
            kernel,
            backends.device(row.cell().device()),
            row.status(),
            row.note(),
            row.outcome().orElse(null),
            qualities.get(new Problem(row.cell().source(), row.cell().shape())),
            100 * (1 - row.lowestProbe() / best))
        .toCell(
            found.stream()
                .filter(ceiling -> ceiling.deviceId().equals(row.cell().device()))
                .findFirst()
                .orElse(null),
            javaNanos(row.cell()));
  }

  /** The Java backend's time on the same problem, or NaN. */
  private double javaNanos(CellSpec cell) {
    for (Row row : rows.values()) {
      CellSpec other = row.cell();
      if (other.kernel().equals("java:flash")
          && other.shape().equals(cell.shape())
          && other.source().equals(cell.source())
          && row.outcome().isPresent()) {
        return row.outcome().get().kernel().median();
      }
    }
    return Double.NaN;
  }

  @Override
  public void close() {
    ceilings.close();
  }
}
