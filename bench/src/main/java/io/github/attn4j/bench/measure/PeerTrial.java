package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.peer.Peer;
import io.github.attn4j.bench.peer.PreparedPeer;
import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.Evaluation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Rounds of a kernel and a rival on the same inputs: in each both compute, one after the other, and
 * they take turns in who begins. As in {@link CellTrial}, input sets take turns, each round has a
 * query that none before had, both outputs are cleared before, and both are checked, with one
 * oracle and one budget: once before anything is timed and then as often as the caller asks.
 */
final class PeerTrial implements AutoCloseable {
  private final CellLog log;
  private final List<InputSet> sets = new ArrayList<>();
  private int rounds;

  /** A result of the rival is wrong. */
  static final class PeerWrong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PeerWrong(String message) {
      super(message);
    }
  }

  private record InputSet(
      PreparedKernel kernel,
      PreparedPeer peer,
      AttentionOutput output,
      ProbeQuery probe,
      Optional<Expected> expectedBesides) {
    /** Nothing of an earlier round is left, on the device, in our arrays or in the rival's. */
    void clearOutputs() {
      kernel.clearOutput();
      Arrays.fill(output.o(), Float.NaN);
      Arrays.fill(output.lse(), Float.NaN);
      peer.clearOutput();
    }

    /** The largest error as a share of its budget, or the first comparison that failed. */
    Comparison worst(Function<Expected, Comparison> compare) {
      Comparison worst = null;
      for (Expected expected :
          Stream.concat(expectedBesides.stream(), Stream.of(probe.expected())).toList()) {
        Comparison comparison = compare.apply(expected);
        if (!comparison.passed()) {
          return comparison;
        }
        if (worst == null || comparison.maxErrorOverBudget() > worst.maxErrorOverBudget()) {
          worst = comparison;
        }
      }
      if (worst == null) {
        throw new IllegalStateException("nothing is expected of " + kernel.variant().globalId());
      }
      return worst;
    }
  }

  /** Changes of Q reach the device and the rival. */
  private record BothStaged(StagedInputs staged, PreparedPeer peer) implements StagedInputs {
    @Override
    public AttentionInputs inputs() {
      return staged.inputs();
    }

    @Override
    public long uploadNanos() {
      return staged.uploadNanos();
    }

    @Override
    public void refreshQueries(int fromElement, int count) {
      staged.refreshQueries(fromElement, count);
      peer.refreshQueries(fromElement, count);
    }

    @Override
    public long deviceBytes() {
      return staged.deviceBytes();
    }

    @Override
    public void close() {
      staged.close();
    }
  }

  /**
   * Stages, prepares, computes and checks every set once.
   *
   * @param threads that the rival may use
   * @param workLimit of the oracle for one set, {@link CheckedRows}
   * @throws CellFailure.Wrong if the kernel's result is wrong
   * @throws PeerWrong if the rival's is
   */
  PeerTrial(
      Session session,
      KernelVariant kernel,
      Peer peer,
      int threads,
      List<AttentionInputs> inputSets,
      long seed,
      long workLimit,
      CellLog log) {
    this.log = log;
    for (AttentionInputs inputs : inputSets) {
      long setSeed = seed + sets.size();
      ForkWatch.step("staging and building");
      StagedInputs staged = session.stage(inputs);
      PreparedKernel prepared = session.prepare(kernel, staged);
      ForkWatch.step("preparing the rival");
      PreparedPeer rival = peer.prepare(inputs, threads);
      ForkWatch.rest();
      RowSample rows = CheckedRows.of(inputs.spec(), setSeed, workLimit);
      ProbeQuery probe = new ProbeQuery(new BothStaged(staged, rival), setSeed);
      RowSample besides = rows.without(probe.row());
      InputSet set =
          new InputSet(
              prepared,
              rival,
              AttentionOutput.allocate(inputs.spec()),
              probe,
              besides.rows().length == 0
                  ? Optional.empty()
                  : Optional.of(Expected.of(inputs, besides)));
      sets.add(set);
      CellTrial.logTuning(prepared, log);
      log.scalar("checkedRows", rows.with(probe.row()).rows().length);
      set.clearOutputs();
      ForkWatch.step(CellTrial.FIRST_LAUNCH);
      prepared.run(set.output());
      ForkWatch.step("the rival's first call");
      rival.run();
      check(set);
    }
  }

  /** What the rival's call does. */
  String method() {
    return sets.getFirst().peer().method();
  }

  /** Makes the next round's answer a new one. Not to be timed. */
  void refresh() {
    InputSet next = next();
    ForkWatch.step("a round of both");
    next.probe().refresh();
    next.clearOutputs();
  }

  /** A round: both compute, each timed by itself. */
  long round() {
    InputSet set = next();
    // Not by the parity that chooses the set: each set has rounds of either order.
    boolean oursFirst = (rounds / sets.size()) % 2 == 0;
    rounds++;
    long peerNanos = oursFirst ? 0 : set.peer().run();
    long start = System.nanoTime();
    long kernelNanos = set.kernel().run(set.output());
    long ourNanos = System.nanoTime() - start;
    if (oursFirst) {
      peerNanos = set.peer().run();
    }
    log.add(CellLog.Series.OURS_KERNEL, kernelNanos);
    log.add(CellLog.Series.OURS, ourNanos);
    log.add(CellLog.Series.PEER, peerNanos);
    log.add(CellLog.Series.RATIO_MILLIONTHS, Math.round(1e6 * peerNanos / ourNanos));
    log.add(CellLog.Series.KERNEL_RATIO_MILLIONTHS, Math.round(1e6 * peerNanos / kernelNanos));
    return kernelNanos;
  }

  /**
   * Holds what the last round left against the oracle.
   *
   * @throws CellFailure.Wrong if the kernel's result is wrong
   * @throws PeerWrong if the rival's is
   */
  void check() {
    check(sets.get((rounds - 1) % sets.size()));
  }

  private InputSet next() {
    return sets.get(rounds % sets.size());
  }

  private void check(InputSet set) {
    ForkWatch.rest(); // both have computed
    Comparison ours = set.worst(expected -> expected.compare(set.output()));
    if (!ours.passed()) {
      throw new CellFailure.Wrong(new Evaluation.Incorrect(ours));
    }
    log.scalar("maxErrorOverBudget", ours.maxErrorOverBudget());
    float[] rival = set.peer().read();
    Comparison theirs = set.worst(expected -> expected.compareOutput(rival));
    if (!theirs.passed()) {
      Comparison.WorstElement worst = theirs.worst();
      throw new PeerWrong(
          "%d of %d elements are wrong; %s"
              .formatted(
                  theirs.failedElements(),
                  theirs.checkedElements(),
                  worst == null ? "nothing was compared" : worst.describe()));
    }
    log.scalar("peerMaxErrorOverBudget", theirs.maxErrorOverBudget());
  }

  @Override
  public void close() {
    sets.forEach(set -> set.peer().close());
  }
}
