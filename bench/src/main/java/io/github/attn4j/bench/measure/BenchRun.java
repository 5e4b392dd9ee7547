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
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A sweep under way: runs cell after cell, measures the ceiling before, between and after them, and
 * can say at any moment what it has so far.
 */
public final class BenchRun implements AutoCloseable {
  private static final String FLOP_CONVENTION =
      "2 * visible pairs * (D + Dv) per query head; exponentials are not counted";

  private final Environment environment;
  private final Ceilings ceilings;
  private final double cellLimitSeconds;
  private final long deadlineNanos;
  private final List<Row> rows = new ArrayList<>();
  private final Map<String, Row> lastMeasured = new HashMap<>();

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
    this.environment = environment;
    this.cellLimitSeconds = cellLimitSeconds;
    this.deadlineNanos = System.nanoTime() + (long) (timeBudgetSeconds * 1e9);
    System.setProperty(
        "jmh.ignoreLock",
        "true"); // two runs at once are noisy, not wrong; the ceiling's drift shows it
    this.ceilings = Ceilings.open(backends, kernels, chosen);
  }

  /** Runs the cells in order; {@code done} hears of each. */
  public void run(List<CellSpec> cells, Consumer<CellSpec> done) {
    ceilings.measure();
    for (CellSpec cell : cells) {
      Row row = run(cell);
      synchronized (this) {
        rows.add(row);
      }
      if (row.outcome() != null) {
        lastMeasured.put(series(cell), row);
      }
      ceilings.measure();
      done.accept(cell);
    }
  }

  private Row run(CellSpec cell) {
    double predicted = CellRunner.predictedSeconds(cell, predictedLaunchSeconds(cell));
    double left = (deadlineNanos - System.nanoTime()) / 1e9;
    if (predicted > cellLimitSeconds) {
      return new Row(
          cell,
          BenchCell.Status.SKIPPED,
          "skipped, predicted %.0f s; the limit of a cell is %.1f s (--cell-limit)"
              .formatted(predicted, cellLimitSeconds),
          null);
    }
    if (predicted > left) {
      return new Row(
          cell,
          BenchCell.Status.SKIPPED,
          "skipped, predicted %.0f s; %.0f s of the time budget are left (--time-budget)"
              .formatted(predicted, Math.max(0, left)),
          null);
    }
    try {
      return new Row(cell, BenchCell.Status.MEASURED, "", CellRunner.run(cell));
    } catch (CellRunner.Failed e) {
      return new Row(cell, e.status(), e.note(), null);
    }
  }

  /**
   * Time grows with the square of the context; 0 where nothing shorter of the series was measured.
   */
  private double predictedLaunchSeconds(CellSpec cell) {
    Row shorter = lastMeasured.get(series(cell));
    if (shorter == null || shorter.outcome() == null) {
      return 0;
    }
    double growth = (double) cell.length() / shorter.cell().length();
    return shorter.outcome().kernelNanos().median() / 1e9 * growth * growth;
  }

  private static String series(CellSpec cell) {
    return cell.kernel()
        + cell.source().label()
        + cell.heads()
        + ' '
        + cell.headDim()
        + cell.causal();
  }

  /** Everything so far. Called from a shutdown hook too. */
  public synchronized BenchReport report(boolean complete) {
    List<BenchCell> cells = rows.stream().map(this::cell).toList();
    return new BenchReport(1, environment, ceilings.report(), FLOP_CONVENTION, cells, complete);
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
        speedupOverJava(cell, outcome));
  }

  private double speedupOverJava(CellSpec cell, CellRunner.Outcome outcome) {
    for (Row row : rows) {
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
