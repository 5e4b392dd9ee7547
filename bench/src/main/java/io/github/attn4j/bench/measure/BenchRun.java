package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.Measurement;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A sweep under way: runs cell after cell, measures the ceiling before, between and after them, and
 * can say at any moment what it has so far.
 */
public final class BenchRun implements AutoCloseable {
  private static final String FLOP_CONVENTION =
      "2 * visible pairs * (D + Dv) per query head; exponentials are not counted";

  /** Often enough to notice a machine that slows down, seldom enough to cost little. */
  private static final long CEILING_INTERVAL_NANOS = 10_000_000_000L;

  private final Backends backends;
  private final Environment environment;
  private final Ceilings ceilings;
  private final double cellLimitSeconds;
  private final long deadlineNanos;
  private final LaunchTimes times = new LaunchTimes();
  private final Set<String> met = new HashSet<>();
  private final Map<CellSpec, Row> rows = new HashMap<>();
  private List<CellSpec> sweep = List.of();
  private long ceilingMeasuredAtNanos;

  /** A cell and what came of it. */
  private record Row(
      CellSpec cell, BenchCell.Status status, String note, CellRunner.@Nullable Outcome outcome) {}

  /**
   * Opens the device for the ceilings.
   *
   * @param cellLimitSeconds a cell predicted to take longer is skipped
   * @param timeBudgetSeconds a cell predicted to end later than this after the start is skipped
   */
  public BenchRun(
      Backends backends,
      List<KernelVariant> kernels,
      @Nullable DeviceInfo chosen,
      Environment environment,
      double cellLimitSeconds,
      double timeBudgetSeconds) {
    this.backends = backends;
    this.environment = environment;
    this.cellLimitSeconds = cellLimitSeconds;
    this.deadlineNanos = System.nanoTime() + (long) (timeBudgetSeconds * 1e9);
    System.setProperty(
        "jmh.ignoreLock",
        "true"); // two runs at once are noisy, not wrong; the ceiling's drift shows it
    this.ceilings = Ceilings.open(backends, kernels, chosen);
  }

  /**
   * Runs the cells, in the order that {@link CellOrder} gives them; {@code done} hears of each.
   *
   * @param cells in the order in which reports show them, none of them twice
   */
  public void run(List<CellSpec> cells, Consumer<CellSpec> done) {
    synchronized (this) {
      sweep = List.copyOf(cells);
    }
    measureCeilings();
    List<CellSpec> waiting = new ArrayList<>(cells);
    while (!waiting.isEmpty()) {
      CellSpec cell = CellOrder.next(waiting, met, times);
      waiting.remove(cell);
      Row row = run(cell);
      met.add(cell.kernel());
      synchronized (this) {
        rows.put(cell, row);
      }
      if (System.nanoTime() - ceilingMeasuredAtNanos > CEILING_INTERVAL_NANOS) {
        measureCeilings();
      }
      done.accept(cell);
    }
    measureCeilings();
  }

  private void measureCeilings() {
    ceilings.measure();
    ceilingMeasuredAtNanos = System.nanoTime();
  }

  /** What a cell may take, and which option says so. */
  private record Limit(double seconds, String reason) {
    Row skipped(CellSpec cell, double predictedSeconds) {
      return new Row(
          cell,
          BenchCell.Status.SKIPPED,
          "skipped, predicted %.0f s; %s".formatted(predictedSeconds, reason),
          null);
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
    Limit limit = limit();
    OptionalDouble launchSeconds = times.predict(cell);
    double predicted = CellRunner.predictedSeconds(cell, launchSeconds.orElse(0));
    if (predicted > limit.seconds()) {
      return limit.skipped(cell, predicted);
    }
    try {
      CellRunner.Outcome outcome =
          CellRunner.run(
              cell,
              launchSeconds.isPresent()
                  ? OptionalDouble.empty()
                  : OptionalDouble.of(limit.seconds()));
      times.add(cell, outcome.kernelNanos().median() / 1e9);
      return new Row(cell, BenchCell.Status.MEASURED, "", outcome);
    } catch (CellRunner.Failed e) {
      if (e.status() != BenchCell.Status.SKIPPED) {
        return new Row(cell, e.status(), e.note(), null);
      }
      double probed = Double.parseDouble(e.note());
      times.addProbed(cell, probed);
      return limit.skipped(cell, CellRunner.predictedSeconds(cell, probed));
    }
  }

  /** Everything so far. Called from a shutdown hook too. */
  public synchronized BenchReport report(boolean complete) {
    List<BenchCell> cells =
        sweep.stream().filter(rows::containsKey).map(rows::get).map(this::cell).toList();
    return new BenchReport(
        BenchReport.SCHEMA_VERSION,
        environment,
        ceilings.report(),
        FLOP_CONVENTION,
        cells,
        complete);
  }

  private BenchCell cell(Row row) {
    AttentionSpec spec = row.cell().spec();
    Measurement measurement =
        row.outcome() == null ? null : measurement(row.cell(), spec, row.outcome());
    String note = row.note();
    if (measurement != null && measurement.shareOfFmaCeiling() > 1.05) {
      note = "above 1.05 of the FMA ceiling: an error to explain, not a record";
    }
    return new BenchCell(
        row.cell().kernel(),
        row.cell().device(),
        backends.device(row.cell().device()).name(),
        spec.label(),
        row.cell().source().label(),
        spec.batch(),
        spec.queryHeads(),
        spec.kvHeads(),
        spec.queryLength(),
        spec.kvLength(),
        spec.headDim(),
        spec.mask().label(),
        row.status(),
        note,
        measurement);
  }

  private Measurement measurement(CellSpec cell, AttentionSpec spec, CellRunner.Outcome outcome) {
    double rate = spec.flops() / outcome.kernelNanos().median();
    return new Measurement(
        outcome.kernelNanos(),
        outcome.overheadNanos(),
        (long) outcome.scalar("uploadNanos"),
        (long) outcome.scalar("downloadNanos"),
        (long) outcome.scalar("buildNanos"),
        spec.flops(),
        rate,
        rate / ceilings.gflopsPerSecond(),
        spec.compulsoryBytes(),
        (long) outcome.scalar("scratchBytes"),
        (long) outcome.scalar("deviceBytes"),
        outcome.scalar("maxErrorOverBudget"),
        (long) outcome.scalar("checkedElements"),
        (long) outcome.scalar("checkedRows"),
        spec.rows(),
        speedupOverJava(cell, outcome));
  }

  private double speedupOverJava(CellSpec cell, CellRunner.Outcome outcome) {
    for (Row row : rows.values()) {
      boolean sameProblem =
          row.cell().kernel().equals("java:flash")
              && row.cell().source().equals(cell.source())
              && row.cell().spec().label().equals(cell.spec().label());
      if (sameProblem && row.outcome() != null) {
        return row.outcome().kernelNanos().median() / outcome.kernelNanos().median();
      }
    }
    return Double.NaN;
  }

  @Override
  public void close() {
    ceilings.close();
  }
}
