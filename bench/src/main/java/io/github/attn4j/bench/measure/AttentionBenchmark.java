package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.model.ModelLoadException;
import io.github.attn4j.opencl.OpenClSession;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One kernel on one shape, in a JVM of its own. Timed: a launch on staged tensors, from the call to
 * its return. Not timed: staging, building, reading, checking, and what {@link CellTrial} does
 * before each launch so that a kernel that stops working, works on the first call only or answers
 * from memory has no number.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AttentionBenchmark {
  private static final int INPUT_SETS = 2;
  private static final int COLD_LAUNCHES = 10;

  /** System property with the seconds that launches on cold caches may take. */
  static final String COLD_PROPERTY = "attn.cell.cold";

  /**
   * System property with the seconds that the cell may take; set where the parent cannot predict
   * them.
   */
  static final String LIMIT_PROPERTY = "attn.cell.limit";

  /**
   * System property with the seconds that launches without the mask may take; set where a masked
   * cell is to be compared with them.
   */
  static final String DENSE_PROPERTY = "attn.cell.dense";

  /** Name of the scalar that is 1 where memory does not hold the full problem beside the masked. */
  static final String NO_ROOM_FOR_DENSE = "noRoomForDense";

  /** The cell; {@link CellSpec#encode}. */
  @Param("")
  public String cell = "";

  private @Nullable Session session;
  private @Nullable CellTrial trial;
  private @Nullable DenseBeside dense;
  private @Nullable CeilingsBeside ceilings;

  /** Opens the device, stages, builds, checks. */
  @Setup(Level.Trial)
  public void open() {
    ForkWatch.start();
    try {
      prepare(CellSpec.decode(cell));
    } catch (BackendException e) {
      throw CellFailure.of(e).raise();
    } catch (CellFailure.Wrong e) {
      throw CellFailure.of(e.evaluation()).raise();
    } catch (ModelLoadException e) {
      // Says nothing about the kernel, which other inputs show to be right or wrong.
      throw CellFailure.of(new Evaluation.Unsupported(String.valueOf(e.getMessage()))).raise();
    }
  }

  private void prepare(CellSpec cellSpec) {
    Backends backends = GivenInFork.backends();
    KernelVariant kernel = backends.kernel(cellSpec.kernel());
    Tunings tunings = CellTunings.inFork(cellSpec);
    Session opened =
        backends.backend(kernel.backend()).open(backends.device(cellSpec.device()), tunings);
    session = opened;
    if (kernel.supports(cellSpec.spec(), opened.device()) instanceof Support.No no) {
      throw CellFailure.of(new Evaluation.Unsupported(no.reason())).raise();
    }
    Tuning tuning = tunings.of(kernel, cellSpec.spec(), opened.device());
    if (kernel.admits(tuning, cellSpec.spec(), opened.device()) instanceof Support.No no) {
      throw CellFailure.of(new Evaluation.Unsupported(no.reason())).raise();
    }
    double denseSeconds = Double.parseDouble(System.getProperty(DENSE_PROPERTY, "0"));
    String limitSeconds = System.getProperty(LIMIT_PROPERTY);
    if (limitSeconds != null) {
      double launchSeconds = LaunchProbe.launchSeconds(opened, kernel, cellSpec);
      if (CellRunner.predictedSecondsOfFirstFork(cellSpec, launchSeconds, denseSeconds > 0)
          > Double.parseDouble(limitSeconds)) {
        throw CellFailure.tooLong(launchSeconds).raise();
      }
    }
    List<AttentionInputs> inputs =
        IntStream.range(0, INPUT_SETS).mapToObj(cellSpec::inputs).toList();
    trial =
        new CellTrial(
            opened, kernel, inputs, cellSpec.seed(), CheckedRows.WORK_LIMIT, LaunchRecorder.log());
    ceilings =
        opened instanceof OpenClSession own
            ? new CeilingsBeside(own, cellSpec.spec(), LaunchRecorder.log())
            : null; // on another backend's clock times would not compare
    if (denseSeconds > 0) {
      dense =
          denseBeside(
              opened, kernel, inputs.getFirst(), cellSpec.seed(), (long) (denseSeconds * 1e9));
    }
  }

  private static @Nullable DenseBeside denseBeside(
      Session opened, KernelVariant kernel, AttentionInputs inputs, long seed, long budgetNanos) {
    try {
      return new DenseBeside(opened, kernel, inputs, seed, budgetNanos, LaunchRecorder.log());
    } catch (BackendException.OutOfMemory e) {
      // The masked kernel has room, so it has its time; that there is no ratio is said.
      LaunchRecorder.log().scalar(NO_ROOM_FOR_DENSE, 1);
      return null;
    } catch (CellFailure.Wrong e) {
      throw e.withoutMask().raise();
    }
  }

  private CellTrial trial() {
    if (trial == null) {
      throw new IllegalStateException("the cell was not opened");
    }
    return trial;
  }

  /** Makes the next launch's answer a new one. */
  @Setup(Level.Invocation)
  public void refresh() {
    trial().refresh();
  }

  /** A launch on the next input set. */
  @Benchmark
  public long attention() {
    return trial().launch();
  }

  /**
   * Checks what the iteration's last launch left. After the last one come launches on cold caches,
   * for none of the others to begin on caches that these have emptied.
   */
  @TearDown(Level.Iteration)
  public void check() {
    try {
      trial().check();
      if (dense != null) {
        slice(dense);
      }
      if (ceilings != null) {
        ceilings.slice(LaunchRecorder.measuring());
      }
      double coldSeconds = Double.parseDouble(System.getProperty(COLD_PROPERTY, "0"));
      if (LaunchRecorder.lastIteration() && coldSeconds > 0) {
        trial().launchCold(COLD_LAUNCHES, (long) (coldSeconds * 1e9));
        trial().check();
      }
    } catch (CellFailure.Wrong e) {
      throw CellFailure.of(e.evaluation()).raise();
    } catch (BackendException e) {
      throw CellFailure.of(e).raise();
    }
  }

  private static void slice(DenseBeside dense) {
    try {
      dense.slice(LaunchRecorder.measuring());
    } catch (CellFailure.Wrong e) {
      throw e.withoutMask().raise();
    }
  }

  /** Closes the device and all on it. */
  @TearDown(Level.Trial)
  public void close() {
    if (session != null) {
      session.close();
    }
  }
}
