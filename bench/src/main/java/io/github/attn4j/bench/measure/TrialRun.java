package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.Noise;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.model.ModelLoadException;
import io.github.attn4j.opencl.OpenClSession;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.util.SampleBuffer;

/**
 * One trial of one version: each cell for a moment, in this process, with plain multiply-adds by
 * turns. Many trials of two versions, alternating, say what no single long run can: {@code ./attn
 * ab} starts them. Launches, checks and what is between them are those of {@code ./attn bench}
 * ({@link CellTrial}); there is no JMH, which would start another process for each cell.
 */
public final class TrialRun {
  private static final int INPUT_SETS = 2;

  /** Slices of a cell, each checked after its last launch, with plain multiply-adds in between. */
  private static final int SLICES = 10;

  /** Launches that do not count, as a share of those that do. */
  private static final double WARM_UP = 0.2;

  /** Code that the JVM compiles while it runs needs longer to settle: {@link CellRunner}. */
  private static final double JAVA_WARM_UP = 3;

  /**
   * Of these a slice keeps its fastest launch: what disturbs a launch only ever makes it longer
   * (Chen and Revels, "Robust benchmarking in noisy environments", 2016). Seen here with seven busy
   * threads on two cores: from trial to trial medians over launches scattered by 16 to 28 %, what
   * the fastest tenth stayed below by 10 to 16 %.
   */
  private static final Set<CellLog.Series> FASTEST =
      Set.of(CellLog.Series.KERNEL, CellLog.Series.PLAIN_FMA, CellLog.Series.PLAIN_READ);

  /** A trial checks fewer rows than a cell of bench does: there are dozens of trials. */
  private static final long WORK_LIMIT = CheckedRows.WORK_LIMIT / 8;

  private final Backends backends;
  private final Function<Backend, Tunings> tunings;
  private final List<CellSpec> cells;
  private final Environment environment;
  private final double seconds;
  private final Consumer<CellSpec> turn;
  private final List<BenchCell> done = new ArrayList<>();
  private volatile @Nullable CellSpec underWay;

  /**
   * Measures nothing yet.
   *
   * @param tunings who chooses what the kernels of a backend run with
   * @param cells in the order in which they run
   * @param seconds of launches that count, for each cell
   * @param turn called before each stretch of launches; returns when this process may go on, until
   *     the next call
   * @param watchdog told of each step
   */
  public TrialRun(
      Backends backends,
      Function<Backend, Tunings> tunings,
      List<CellSpec> cells,
      Environment environment,
      double seconds,
      Consumer<CellSpec> turn,
      Watchdog watchdog) {
    this.backends = backends;
    this.tunings = tunings;
    this.cells = List.copyOf(cells);
    this.environment = environment;
    this.seconds = seconds;
    this.turn = turn;
    ForkWatch.start(watchdog);
  }

  /**
   * Seconds of launches of a cell, those that do not count included.
   *
   * @param backend the kernel's
   * @param seconds of launches that count
   */
  public static double launchSeconds(String backend, double seconds) {
    return (1 + warmUp(backend)) * seconds;
  }

  private static double warmUp(String backend) {
    return backend.equals(JavaBackend.ID) ? JAVA_WARM_UP : WARM_UP;
  }

  /** Runs the cells; {@code save} gets the report so far after each, should the next one crash. */
  public void run(Consumer<BenchReport> save) {
    for (CellSpec cell : cells) {
      underWay = cell;
      BenchCell measured = measured(cell);
      synchronized (this) {
        done.add(measured);
      }
      underWay = null;
      save.accept(report(done.size() == cells.size()));
    }
  }

  /** Keeps the cell under way as one that never ended; the thread that runs it does not return. */
  public synchronized void neverEnded(Watchdog.Overdue overdue) {
    CellSpec cell = underWay;
    if (cell != null) {
      CellFailure failure = CellFailure.neverEnded(overdue);
      done.add(row(cell, failure.status(), failure.note(), null));
    }
  }

  /** All so far, in the form of a sweep's report without a run's ceilings. */
  public synchronized BenchReport report(boolean complete) {
    return new BenchReport(
        BenchReport.SCHEMA_VERSION,
        environment,
        List.of(),
        BenchRun.FLOP_CONVENTION,
        List.of(),
        done,
        List.of(),
        List.of(),
        Noise.of(List.of(), List.of()),
        complete);
  }

  private BenchCell measured(CellSpec cell) {
    KernelVariant kernel = backends.kernel(cell.kernel());
    DeviceInfo device = backends.device(cell.device());
    Tunings own = tunings.apply(backends.backend(kernel.backend()));
    if (kernel.supports(cell.spec(), device) instanceof Support.No no) {
      return row(cell, BenchCell.Status.UNSUPPORTED, no.reason(), null);
    }
    if (kernel.admits(own.of(kernel, cell.spec(), device), cell.spec(), device)
        instanceof Support.No no) {
      return row(cell, BenchCell.Status.UNSUPPORTED, no.reason(), null);
    }
    try (Session session = backends.backend(kernel.backend()).open(device, own)) {
      return row(cell, BenchCell.Status.MEASURED, "", outcome(cell, kernel, session));
    } catch (BackendException e) {
      return row(cell, CellFailure.of(e));
    } catch (CellFailure.Wrong e) {
      return row(cell, CellFailure.of(e.evaluation()));
    } catch (ModelLoadException e) {
      return row(cell, BenchCell.Status.UNSUPPORTED, String.valueOf(e.getMessage()), null);
    } finally {
      ForkWatch.rest();
    }
  }

  private BenchCell row(CellSpec cell, CellFailure failure) {
    return row(cell, failure.status(), failure.note(), null);
  }

  private BenchCell row(
      CellSpec cell, BenchCell.Status status, String note, @Nullable Outcome outcome) {
    return new CellReport(
            cell,
            backends.kernel(cell.kernel()),
            backends.device(cell.device()),
            status,
            note,
            outcome,
            null,
            Double.NaN)
        .toCell(null, Double.NaN);
  }

  private Outcome outcome(CellSpec cell, KernelVariant kernel, Session session) {
    CellLog log = new CellLog();
    List<AttentionInputs> inputs = IntStream.range(0, INPUT_SETS).mapToObj(cell::inputs).toList();
    CellTrial trial = new CellTrial(session, kernel, inputs, cell.seed(), WORK_LIMIT, log);
    CeilingsBeside ceilings =
        session instanceof OpenClSession own ? new CeilingsBeside(own, cell.spec(), log) : null;
    launch(cell, trial, warmUp(kernel.backend()) * seconds);
    trial.check();
    if (ceilings != null) {
      ceilings.slice(false);
    }
    Map<CellLog.Series, Samples> all = new HashMap<>();
    double[] medians = new double[SLICES];
    for (int slice = 0; slice < SLICES; slice++) {
      log.clearSeries();
      launch(cell, trial, seconds / SLICES);
      if (ceilings != null) {
        ceilings.slice(true);
      }
      trial.check();
      medians[slice] = samples(log, CellLog.Series.KERNEL).median();
      for (CellLog.Series series : log.series().keySet()) {
        Samples found = samples(log, series);
        all.merge(series, FASTEST.contains(series) ? found.least() : found, Samples::and);
      }
    }
    return new Outcome(
        all.getOrDefault(CellLog.Series.KERNEL, Samples.NONE),
        all.getOrDefault(CellLog.Series.ROUND, Samples.NONE),
        Samples.NONE,
        all.getOrDefault(CellLog.Series.OVERHEAD, Samples.NONE),
        Samples.NONE,
        all.getOrDefault(CellLog.Series.PLAIN_FMA, Samples.NONE),
        all.getOrDefault(CellLog.Series.PLAIN_READ, Samples.NONE),
        Samples.NONE,
        uploads(log),
        all.getOrDefault(CellLog.Series.DOWNLOAD, Samples.NONE),
        new Samples(medians),
        log.scalars(),
        1,
        List.of());
  }

  private static Samples uploads(CellLog log) {
    return new Samples(
        log.scalars().entrySet().stream()
            .filter(scalar -> scalar.getKey().startsWith(CellTrial.UPLOAD))
            .mapToDouble(Map.Entry::getValue)
            .toArray());
  }

  /** Whole rounds, one at least: a check or plain multiply-adds come between rounds only. */
  private void launch(CellSpec cell, CellTrial trial, double seconds) {
    ForkWatch.rest(); // waiting for the turn is nobody's launch
    turn.accept(cell);
    long start = System.nanoTime();
    do {
      trial.refresh();
      trial.launch();
    } while (trial.amidRound() || System.nanoTime() - start < seconds * 1e9);
  }

  private static Samples samples(CellLog log, CellLog.Series series) {
    SampleBuffer buffer = log.series().get(series);
    if (buffer == null) {
      return Samples.NONE;
    }
    DoubleStream.Builder values = DoubleStream.builder();
    buffer
        .getStatistics(1)
        .getRawData()
        .forEachRemaining(entry -> {
          for (long i = 0; i < entry.getValue(); i++) {
            values.add(entry.getKey());
          }
        });
    return new Samples(values.build().toArray());
  }
}
