package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.PeerRatio;
import io.github.attn4j.core.report.PeerReport;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Kernels against rivals, cell after cell; can say at any moment what it has so far. Cells run in
 * the order in which they are given: each is a measurement of its own, both contestants in it.
 */
public final class PeerRun {
  private final Backends backends;
  private final Function<Backend, Tunings> tunings;
  private final List<PeerCell> cells;
  private final Environment environment;
  private final double cellLimitSeconds;
  private final long deadlineNanos;
  private final Watchdog watchdog;
  private final Map<PeerCell, PeerRatio> rows = new LinkedHashMap<>();

  /**
   * Seconds a floating-point operation takes in a round of a kernel and a rival, by the longest.
   */
  private final Map<String, Double> secondsPerFlop = new HashMap<>();

  /** Why cells of a pair are left out, of which an earlier one never ended. */
  private final Map<String, String> neverEnded = new HashMap<>();

  /**
   * Nothing is run yet.
   *
   * @param tunings who chooses what our kernels run with
   * @param cellLimitSeconds a cell predicted to take longer is skipped
   * @param timeBudgetSeconds a cell predicted to end later than this after the start is skipped
   * @param watchdog told of what runs in this process, whose limit holds in forks too
   */
  public PeerRun(
      Backends backends,
      Function<Backend, Tunings> tunings,
      List<PeerCell> cells,
      Environment environment,
      double cellLimitSeconds,
      double timeBudgetSeconds,
      Watchdog watchdog) {
    this.watchdog = watchdog;
    this.backends = backends;
    this.tunings = tunings;
    this.cells = List.copyOf(cells);
    this.environment = environment;
    this.cellLimitSeconds = cellLimitSeconds;
    this.deadlineNanos = System.nanoTime() + (long) (timeBudgetSeconds * 1e9);
    System.setProperty("jmh.ignoreLock", "true"); // two runs at once are noisy, not wrong
  }

  /** Runs the cells; {@code done} hears of each. */
  public void run(Consumer<PeerCell> done) {
    for (PeerCell cell : cells) {
      PeerRatio row = run(cell);
      synchronized (this) {
        rows.put(cell, row);
      }
      done.accept(cell);
    }
  }

  /** May hold a stored tuning to its gate, in this process. */
  private CellTunings tunings(CellSpec cell) {
    watchdog.step(BenchRun.tuningCheck(cell));
    try {
      return CellTunings.choose(backends, tunings, cell);
    } finally {
      watchdog.rest();
    }
  }

  private PeerRatio run(PeerCell cell) {
    String pair = pair(cell);
    String never = neverEnded.get(pair);
    if (never != null) {
      return row(cell, BenchCell.Status.SKIPPED, never, null);
    }
    double flops = cell.ours().spec().flops();
    OptionalDouble roundSeconds =
        secondsPerFlop.containsKey(pair)
            ? OptionalDouble.of(secondsPerFlop.get(pair) * flops)
            : OptionalDouble.empty();
    double predicted = PeerRunner.predictedSeconds(roundSeconds.orElse(0));
    double left = (deadlineNanos - System.nanoTime()) / 1e9;
    double limit = Math.min(cellLimitSeconds, left);
    if (predicted > limit) {
      return row(
          cell,
          BenchCell.Status.SKIPPED,
          predicted > cellLimitSeconds
              ? "skipped, predicted %.0f s; the limit of a cell is %.1f s (--cell-limit)"
                  .formatted(predicted, cellLimitSeconds)
              : "skipped, predicted %.0f s; %.0f s of the time budget are left (--time-budget)"
                  .formatted(predicted, Math.max(0, left)),
          null);
    }
    try {
      PeerRunner.Result result =
          PeerRunner.run(cell, tunings(cell.ours()), roundSeconds, limit, watchdog.limitSeconds());
      double seconds =
          (result.times().ourNanos().median() + result.times().peerNanos().median()) / 1e9;
      secondsPerFlop.put(pair, seconds / flops);
      return row(cell, BenchCell.Status.MEASURED, "", result);
    } catch (CellRunner.Failed e) {
      if (e.status() == BenchCell.Status.NEVER_ENDED) {
        neverEnded.put(pair, "skipped, since the two never ended on " + cell.ours().spec().label());
      }
      if (e.status() != BenchCell.Status.SKIPPED) {
        return row(cell, e.status(), e.note(), null);
      }
      // Too long for a fork that knew nothing; one that knows makes fewer iterations.
      secondsPerFlop.put(pair, Double.parseDouble(e.note()) / flops);
      return run(cell);
    }
  }

  /** Who has a speed of its own: libtorch computes 8 to 25 times as long in half precision. */
  private static String pair(PeerCell cell) {
    AttentionSpec spec = cell.ours().spec();
    return "%s %s %s %s"
        .formatted(
            cell.peer(),
            cell.ours().kernel(),
            spec.queryType().label(),
            spec.keyValueType().label());
  }

  private PeerRatio row(
      PeerCell cell, BenchCell.Status status, String note, PeerRunner.@Nullable Result result) {
    CellSpec ours = cell.ours();
    AttentionSpec spec = ours.spec();
    DeviceInfo device = backends.device(ours.device());
    return new PeerRatio(
        ours.kernel(),
        ours.device(),
        device.name(),
        cell.peer().id(),
        result == null ? "" : result.peerVersion(),
        result == null ? "" : result.peerMethod(),
        device.computeUnits(),
        ours.shape().model(),
        spec.label(),
        ours.source().label(),
        spec.batch(),
        spec.queryHeads(),
        spec.kvHeads(),
        spec.queryLength(),
        spec.kvLength(),
        spec.headDim(),
        spec.valueDim(),
        spec.queryType().label(),
        spec.keyValueType().label(),
        ours.shape().mode().label(),
        ours.shape().storage().pageSize(),
        ours.shape().storage().deterministic(),
        spec.mask().label(),
        spec.visiblePairs(),
        status,
        note,
        result == null ? null : result.times());
  }

  /** Whether there is anything so far. */
  public synchronized boolean any() {
    return !rows.isEmpty();
  }

  /** Everything so far. Called from a shutdown hook too. */
  public synchronized PeerReport report(boolean complete) {
    return new PeerReport(
        PeerReport.SCHEMA_VERSION,
        environment,
        BenchRun.FLOP_CONVENTION,
        PeerReport.TIMED_REGION,
        cells.stream().map(rows::get).filter(Objects::nonNull).toList(),
        complete);
  }
}
