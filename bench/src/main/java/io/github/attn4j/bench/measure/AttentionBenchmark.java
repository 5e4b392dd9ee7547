package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.model.ModelLoadException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
 * its return. Not timed: staging, building, reading, checking. Two input sets take turns. Every set
 * is checked before the first timed launch, and the last output of every iteration after it, having
 * been overwritten with NaN before the iteration: a kernel that stops working, or works on the
 * first call only, has no number.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AttentionBenchmark {
  private static final int INPUT_SETS = 2;

  /**
   * System property with the seconds that the cell may take; set where the parent cannot predict
   * them.
   */
  static final String LIMIT_PROPERTY = "attn.cell.limit";

  /** The cell; {@link CellSpec#encode}. */
  @Param("")
  public String cell = "";

  private final List<PreparedKernel> kernels = new ArrayList<>();
  private final List<Expected> expected = new ArrayList<>();
  private @Nullable Session session;
  private int launches;

  /** Opens the device, stages, builds, checks. */
  @Setup(Level.Trial)
  public void open() {
    try {
      prepare(CellSpec.decode(cell));
    } catch (BackendException e) {
      throw CellFailure.of(Evaluator.failure(e)).raise();
    } catch (ModelLoadException e) {
      // Says nothing about the kernel, which other inputs show to be right or wrong.
      throw CellFailure.of(new Evaluation.Unsupported(String.valueOf(e.getMessage()))).raise();
    }
  }

  private void prepare(CellSpec cellSpec) {
    Backends backends = new Backends();
    KernelVariant kernel = backends.kernel(cellSpec.kernel());
    Session opened = backends.backend(kernel.backend()).open(backends.device(cellSpec.device()));
    session = opened;
    if (kernel.supports(cellSpec.spec(), opened.device()) instanceof Support.No no) {
      throw CellFailure.of(new Evaluation.Unsupported(no.reason())).raise();
    }
    String limitSeconds = System.getProperty(LIMIT_PROPERTY);
    if (limitSeconds != null) {
      double launchSeconds = LaunchProbe.launchSeconds(opened, kernel, cellSpec);
      if (CellRunner.predictedSeconds(cellSpec, launchSeconds) > Double.parseDouble(limitSeconds)) {
        throw CellFailure.tooLong(launchSeconds).raise();
      }
    }
    for (int set = 0; set < INPUT_SETS; set++) {
      AttentionInputs inputs = cellSpec.inputs(set);
      StagedInputs staged = opened.stage(inputs);
      PreparedKernel prepared = opened.prepare(kernel, staged);
      kernels.add(prepared);
      RowSample rows = CheckedRows.of(inputs.spec(), cellSpec.seed() + set, CheckedRows.WORK_LIMIT);
      expected.add(Expected.of(inputs, rows));
      prepared.run();
      check(set);
      LaunchRecorder.scalar("checkedRows", rows.rows().length);
      LaunchRecorder.scalar("uploadNanos", (double) staged.uploadNanos());
      LaunchRecorder.scalar("buildNanos", (double) prepared.buildNanos());
      LaunchRecorder.scalar("downloadNanos", (double) prepared.downloadNanos());
      LaunchRecorder.scalar("scratchBytes", (double) prepared.scratchBytes());
      LaunchRecorder.scalar(
          "deviceBytes", (double) staged.deviceBytes() + (double) prepared.scratchBytes());
    }
  }

  /** Leaves nothing of an earlier launch behind. */
  @Setup(Level.Iteration)
  public void clear() {
    kernels.forEach(PreparedKernel::clearOutput);
  }

  /** A launch on the next input set. */
  @Benchmark
  public long attention() {
    PreparedKernel kernel = kernels.get(launches++ % INPUT_SETS);
    long start = System.nanoTime();
    long kernelNanos = kernel.run();
    LaunchRecorder.launch(kernelNanos, System.nanoTime() - start);
    return kernelNanos;
  }

  /** Checks what the iteration's last launch left. */
  @TearDown(Level.Iteration)
  public void checkLast() {
    check((launches - 1) % INPUT_SETS);
  }

  /** Closes the device and all on it. */
  @TearDown(Level.Trial)
  public void close() {
    if (session != null) {
      session.close();
    }
  }

  private void check(int set) {
    Comparison comparison = expected.get(set).compare(kernels.get(set).read());
    if (!comparison.passed()) {
      throw CellFailure.of(new Evaluation.Incorrect(comparison)).raise();
    }
    LaunchRecorder.scalar("maxErrorOverBudget", comparison.maxErrorOverBudget());
    LaunchRecorder.scalar("checkedElements", (double) comparison.checkedElements());
  }
}
