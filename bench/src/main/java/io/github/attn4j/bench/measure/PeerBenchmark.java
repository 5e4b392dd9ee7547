package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.peer.Peer;
import io.github.attn4j.bench.peer.PeerModule;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.model.ModelLoadException;
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
 * One kernel and one rival on one problem, in a JVM of their own, in rounds of {@link PeerTrial}.
 * JMH's own score is a round's time, which nothing uses; the contestants' times and their ratio are
 * secondary results.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PeerBenchmark {
  private static final int INPUT_SETS = 2;

  /** The cell; {@link PeerCell#encode}. */
  @Param("")
  public String cell = "";

  private @Nullable Session session;
  private @Nullable PeerTrial trial;

  /** Opens the device, loads the rival, stages, builds, checks. */
  @Setup(Level.Trial)
  public void open() {
    ForkWatch.start();
    PeerCell peerCell = PeerCell.decode(cell);
    guarded(peerCell, () -> prepare(peerCell));
  }

  private void prepare(PeerCell peerCell) {
    CellSpec ours = peerCell.ours();
    Backends backends = GivenInFork.backends();
    KernelVariant kernel = backends.kernel(ours.kernel());
    DeviceInfo device = backends.device(ours.device());
    Peer peer = PeerModule.find().load(peerCell.peer());
    if (peer.supports(ours.spec()) instanceof Support.No no) {
      throw unsupported(peerCell.peer().id() + " " + no.reason()).raise();
    }
    if (kernel.supports(ours.spec(), device) instanceof Support.No no) {
      throw unsupported(ours.kernel() + " " + no.reason()).raise();
    }
    Tunings tunings = CellTunings.inFork(ours);
    if (kernel.admits(tunings.of(kernel, ours.spec(), device), ours.spec(), device)
        instanceof Support.No no) {
      throw unsupported(ours.kernel() + " " + no.reason()).raise();
    }
    Session opened = backends.backend(kernel.backend()).open(device, tunings);
    session = opened;
    String limitSeconds = System.getProperty(AttentionBenchmark.LIMIT_PROPERTY);
    if (limitSeconds != null) {
      double roundSeconds =
          LaunchProbe.launchSeconds(opened, kernel, ours)
              + LaunchProbe.peerSeconds(peer, device.computeUnits(), ours);
      if (PeerRunner.predictedSecondsOfFirstFork(roundSeconds) > Double.parseDouble(limitSeconds)) {
        throw CellFailure.tooLong(roundSeconds).raise();
      }
    }
    List<AttentionInputs> inputs = IntStream.range(0, INPUT_SETS).mapToObj(ours::inputs).toList();
    trial =
        new PeerTrial(
            opened,
            kernel,
            peer,
            device.computeUnits(),
            inputs,
            ours.seed(),
            CheckedRows.WORK_LIMIT,
            LaunchRecorder.log());
    PeerRunner.describe(peer.version(), trial.method());
  }

  private static CellFailure unsupported(String reason) {
    return CellFailure.of(new Evaluation.Unsupported(reason));
  }

  /** Leaves word of what went wrong for the parent. */
  private static void guarded(PeerCell peerCell, Runnable step) {
    try {
      step.run();
    } catch (BackendException.Unavailable e) {
      throw new CellFailure(BenchCell.Status.UNSUPPORTED, e.description()).raise();
    } catch (BackendException e) {
      throw CellFailure.of(Evaluator.failure(e)).raise();
    } catch (CellFailure.Wrong e) {
      throw CellFailure.of(e.evaluation()).raise();
    } catch (PeerTrial.PeerWrong e) {
      throw new CellFailure(
              BenchCell.Status.FAILED, peerCell.peer().id() + " is WRONG: " + e.getMessage())
          .raise();
    } catch (ModelLoadException e) {
      throw unsupported(String.valueOf(e.getMessage())).raise();
    }
  }

  private PeerTrial trial() {
    if (trial == null) {
      throw new IllegalStateException("the cell was not opened");
    }
    return trial;
  }

  /** Makes the next round's answer a new one. */
  @Setup(Level.Invocation)
  public void refresh() {
    trial().refresh();
  }

  /** Both on the next input set. */
  @Benchmark
  public long round() {
    return trial().round();
  }

  /** Checks what the iteration's last round left. */
  @TearDown(Level.Iteration)
  public void check() {
    guarded(PeerCell.decode(cell), () -> trial().check());
  }

  /** Closes the rival, the device and all on them. */
  @TearDown(Level.Trial)
  public void close() {
    if (trial != null) {
      trial.close();
    }
    if (session != null) {
      session.close();
    }
  }
}
