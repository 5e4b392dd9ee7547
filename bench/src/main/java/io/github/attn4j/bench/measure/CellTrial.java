package io.github.attn4j.bench.measure;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.run.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The launches of one cell, made so that only a kernel that works at every launch has a time.
 *
 * <p>Several input sets take turns. Before each launch, outside the timed region, one query of the
 * set at hand is replaced by another and O and LSE are overwritten with NaN: what an earlier launch
 * left is gone, and what it computed is no longer the answer. Every set is checked before the first
 * timed launch; {@link #check} checks what the last one left.
 */
final class CellTrial {
  /** Name of the scalar with a set's upload time, before the set's number. */
  static final String UPLOAD = "uploadNanos";

  /** Name of the scalar with the time of building the block map, where there is one. */
  static final String MAP_NANOS = "blockMapNanos";

  /** Name of the scalar with the value of a tuning parameter, before the parameter's name. */
  private static final String TUNING = "tuning ";

  /** Name of the scalar with what that map occupies. */
  static final String MAP_BYTES = "blockMapBytes";

  /** What the watchdog calls the steps of a cell. */
  static final String FIRST_LAUNCH = "the first launch";

  static final String LAUNCH = "a launch";

  private final Session session;
  private final CellLog log;
  private final List<InputSet> sets = new ArrayList<>();
  private final RoundTimes rounds;
  private int launches;

  /**
   * One of the sets, staged; and what it takes to know its answer.
   *
   * @param expectedBesides all other checked rows; none where there is one query in all
   */
  private record InputSet(
      PreparedKernel kernel, ProbeQuery probe, Optional<Expected> expectedBesides) {
    List<Expected> expected() {
      return Stream.concat(expectedBesides.stream(), Stream.of(probe.expected())).toList();
    }
  }

  /**
   * Stages, builds, launches and checks every set once.
   *
   * @param workLimit of the oracle for one set, {@link CheckedRows}
   * @throws CellFailure.Wrong if a result is wrong
   */
  CellTrial(
      Session session,
      KernelVariant kernel,
      List<AttentionInputs> inputSets,
      long seed,
      long workLimit,
      CellLog log) {
    this.session = session;
    this.log = log;
    this.rounds = new RoundTimes(inputSets.size());
    for (AttentionInputs inputs : inputSets) {
      long setSeed = seed + sets.size();
      boolean first = sets.isEmpty();
      int compiledBefore = session.programsCompiled();
      ForkWatch.step("staging");
      StagedInputs staged = session.stage(inputs);
      ForkWatch.step("building");
      PreparedKernel prepared = session.prepare(kernel, staged);
      ForkWatch.rest();
      RowSample rows = CheckedRows.of(inputs.spec(), setSeed, workLimit);
      ProbeQuery probe = new ProbeQuery(staged, setSeed);
      RowSample besides = rows.without(probe.row());
      sets.add(
          new InputSet(
              prepared,
              probe,
              besides.rows().length == 0
                  ? Optional.empty()
                  : Optional.of(Expected.of(inputs, besides))));
      log.scalar(UPLOAD + (sets.size() - 1), (double) staged.uploadNanos());
      if (first) {
        log.scalar("buildNanos", (double) prepared.buildNanos());
        logTuning(prepared, log);
        log.scalar("programsCompiled", session.programsCompiled() - compiledBefore);
        log.scalar("checkedRows", rows.with(probe.row()).rows().length);
        log.scalar("scratchBytes", (double) prepared.scratchBytes());
        staged
            .blockMap()
            .ifPresent(map -> {
              log.scalar(MAP_NANOS, (double) map.buildNanos());
              log.scalar(MAP_BYTES, (double) map.bytes());
            });
        log.scalar("deviceBytes", (double) staged.deviceBytes() + (double) prepared.scratchBytes());
      }
      ForkWatch.step(FIRST_LAUNCH);
      prepared.run();
      check(sets.getLast());
    }
  }

  /** Leaves what a kernel runs with among the scalars; {@link #tuning} reads it there. */
  static void logTuning(PreparedKernel prepared, CellLog log) {
    prepared.tuning().values().forEach((name, value) -> log.scalar(TUNING + name, value));
  }

  /** What the kernel says it ran with. */
  static Tuning tuning(Map<String, Double> scalars) {
    Tuning tuning = Tuning.NONE;
    for (Map.Entry<String, Double> scalar : scalars.entrySet()) {
      if (scalar.getKey().startsWith(TUNING)) {
        String name = scalar.getKey().substring(TUNING.length());
        tuning = tuning.with(name, scalar.getValue().intValue());
      }
    }
    return tuning;
  }

  /** Makes the next launch's answer a new one. Not to be timed. */
  void refresh() {
    InputSet next = next();
    ForkWatch.step(LAUNCH);
    next.probe().refresh();
    next.kernel().clearOutput();
  }

  /** A launch, timed. */
  long launch() {
    PreparedKernel kernel = next().kernel();
    int set = launches % sets.size();
    launches++;
    long start = System.nanoTime();
    long kernelNanos = kernel.run();
    long wallNanos = System.nanoTime() - start;
    log.add(CellLog.Series.KERNEL, kernelNanos);
    rounds.add(set, kernelNanos).ifPresent(nanos -> log.add(CellLog.Series.ROUND, nanos));
    log.add(CellLog.Series.OVERHEAD, wallNanos - kernelNanos);
    return kernelNanos;
  }

  /** Whether some of the input sets were launched, and others not yet. */
  boolean amidRound() {
    return launches % sets.size() != 0;
  }

  /**
   * Launches on caches that hold something else; none where memory is too short to fill the caches
   * with.
   *
   * @param most as many launches
   * @param budgetNanos or fewer: after this long no other one begins, but one there is
   */
  void launchCold(int most, long budgetNanos) {
    long start = System.nanoTime();
    rounds.interrupt();
    for (int launch = 0; launch < most; launch++) {
      refresh();
      if (session.evictCaches() < session.device().beyondCachesBytes()) {
        return; // what the caches held may still be there
      }
      log.add(CellLog.Series.COLD, next().kernel().run());
      launches++;
      if (System.nanoTime() - start > budgetNanos) {
        return;
      }
    }
  }

  /**
   * Holds what the last launch left against the oracle.
   *
   * @throws CellFailure.Wrong if it is wrong
   */
  void check() {
    check(sets.get((launches - 1) % sets.size()));
  }

  private InputSet next() {
    return sets.get(launches % sets.size());
  }

  private void check(InputSet set) {
    ForkWatch.step("reading");
    var output = set.kernel().read();
    ForkWatch.rest(); // the oracle may take its time
    log.add(CellLog.Series.DOWNLOAD, set.kernel().downloadNanos());
    long checkedElements = 0;
    for (Expected expected : set.expected()) {
      Comparison comparison = expected.compare(output);
      if (!comparison.passed()) {
        throw new CellFailure.Wrong(new Evaluation.Incorrect(comparison));
      }
      log.scalar("maxErrorOverBudget", comparison.maxErrorOverBudget());
      checkedElements += comparison.checkedElements();
    }
    log.scalar("checkedElements", (double) checkedElements);
  }
}
