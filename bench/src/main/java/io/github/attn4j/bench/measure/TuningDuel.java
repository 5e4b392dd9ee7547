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
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.Evaluation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.math3.distribution.BinomialDistribution;

/**
 * A tuning against another on one problem, in rounds: both launch on the same staged inputs, in
 * turns and in alternating order, so that whatever disturbs the machine disturbs both, and the
 * ratio is taken of the round. Each round has a query that none before had, O and LSE are NaN
 * before each launch, and results are held against the oracle before the first round and after the
 * last.
 */
public final class TuningDuel implements AutoCloseable {
  private static final int INPUT_SETS = 2;

  /** Each set in either order; fewer have no median to speak of. */
  private static final int LEAST_ROUNDS = 8;

  private static final int MOST_ROUNDS = 4_000;

  /**
   * Of the oracle for one set: a tuner checks dozens of candidates, and their gate has seen all
   * rows of small problems.
   */
  private static final long WORK_LIMIT = CheckedRows.WORK_LIMIT / 8;

  private static final double SIGNIFICANCE = 0.05;

  private final Session session;
  private final KernelVariant kernel;
  private final Tuning reference;
  private final Stopwatch stopwatch;
  private final List<InputSet> sets = new ArrayList<>();

  /** Of every set, a set that could not be completed among them; the latest first. */
  private final Deque<Runnable> closing = new ArrayDeque<>();

  /** Launches a kernel and says how long that took. */
  @FunctionalInterface
  public interface Stopwatch {
    /** From the call to its return, which is what a caller waits for. */
    Stopwatch WALL =
        kernel -> {
          long start = System.nanoTime();
          kernel.run();
          return System.nanoTime() - start;
        };

    /** Nanoseconds of one launch. */
    long launch(PreparedKernel kernel);
  }

  /** A set, staged; the reference bound to it; and what it takes to know its answer. */
  private record InputSet(
      StagedInputs staged,
      PreparedKernel reference,
      ProbeQuery probe,
      Optional<Expected> expectedBesides) {
    void check(PreparedKernel kernel) {
      AttentionOutput output = kernel.read();
      for (Expected expected :
          Stream.concat(expectedBesides.stream(), Stream.of(probe.expected())).toList()) {
        Comparison comparison = expected.compare(output);
        if (!comparison.passed()) {
          throw new CellFailure.Wrong(new Evaluation.Incorrect(comparison));
        }
      }
    }
  }

  /**
   * What the rounds came to.
   *
   * @param nanos median wall time of a launch with the candidate
   * @param referenceNanos the same with the reference
   * @param speedup the reference's time over the candidate's, median of the rounds
   * @param low lower end of that median's 95 % interval
   * @param high upper end
   * @param rounds how many there were
   */
  public record Result(
      double nanos, double referenceNanos, double speedup, double low, double high, int rounds) {}

  /** A candidate that computed something wrong. */
  public static final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Evaluation evaluation;

    Wrong(Evaluation evaluation) {
      super(evaluation.describe());
      this.evaluation = evaluation;
    }

    /** What was wrong. */
    public Evaluation evaluation() {
      return evaluation;
    }
  }

  /**
   * Stages the problem, and launches and checks the reference.
   *
   * @param inputs a rotation's data, from 0
   * @param stopwatch of the rounds
   * @throws Wrong if the reference is
   */
  public TuningDuel(
      Session session,
      KernelVariant kernel,
      Tuning reference,
      java.util.function.IntFunction<AttentionInputs> inputs,
      long seed,
      Stopwatch stopwatch)
      throws Wrong {
    this.session = session;
    this.kernel = kernel;
    this.reference = reference;
    this.stopwatch = stopwatch;
    boolean complete = false;
    try {
      for (int rotation = 0; rotation < INPUT_SETS; rotation++) {
        add(inputs.apply(rotation), seed + rotation);
      }
      complete = true;
    } finally {
      if (!complete) {
        close(); // nobody else can: there is no duel yet
      }
    }
  }

  private void add(AttentionInputs data, long seed) throws Wrong {
    StagedInputs staged = session.stage(data);
    closing.push(staged::close);
    PreparedKernel prepared = session.prepare(kernel, staged, reference);
    closing.push(prepared::close);
    ProbeQuery probe = new ProbeQuery(staged, seed);
    RowSample rows = CheckedRows.of(data.spec(), seed, WORK_LIMIT).without(probe.row());
    InputSet set =
        new InputSet(
            staged,
            prepared,
            probe,
            rows.rows().length == 0 ? Optional.empty() : Optional.of(Expected.of(data, rows)));
    sets.add(set);
    prepared.run();
    check(set, prepared);
  }

  /** What the candidates are measured against. */
  public Tuning reference() {
    return reference;
  }

  /**
   * Measures a candidate.
   *
   * @param seconds after which no other round begins, but for the first few
   * @throws Wrong if a result of the candidate's is
   */
  public Result against(Tuning candidate, double seconds) throws Wrong {
    List<PreparedKernel> candidates = new ArrayList<>();
    try {
      for (InputSet set : sets) {
        PreparedKernel prepared = session.prepare(kernel, set.staged(), candidate);
        candidates.add(prepared);
        launchAnew(set, prepared);
        check(set, prepared);
      }
      Result result = rounds(candidates, (long) (seconds * 1e9));
      for (int i = 0; i < sets.size(); i++) {
        launchAnew(sets.get(i), candidates.get(i));
        check(sets.get(i), candidates.get(i));
      }
      return result;
    } finally {
      candidates.forEach(PreparedKernel::close);
    }
  }

  private Result rounds(List<PreparedKernel> candidates, long budgetNanos) {
    double[] ours = new double[MOST_ROUNDS];
    double[] references = new double[MOST_ROUNDS];
    double[] ratios = new double[MOST_ROUNDS];
    int rounds = 0;
    long start = System.nanoTime();
    while (rounds < MOST_ROUNDS
        && (rounds < LEAST_ROUNDS || System.nanoTime() - start < budgetNanos)) {
      InputSet set = sets.get(rounds % sets.size());
      PreparedKernel candidate = candidates.get(rounds % sets.size());
      set.probe().refresh();
      // Not by the parity that chooses the set: each set has rounds of either order.
      boolean candidateFirst = rounds / sets.size() % 2 == 0;
      if (candidateFirst) {
        ours[rounds] = timed(candidate);
      }
      references[rounds] = timed(set.reference());
      if (!candidateFirst) {
        ours[rounds] = timed(candidate);
      }
      ratios[rounds] = references[rounds] / ours[rounds];
      rounds++;
    }
    double[] sorted = Arrays.copyOf(ratios, rounds);
    Arrays.sort(sorted);
    int k = orderOfInterval(rounds);
    return new Result(
        new Samples(Arrays.copyOf(ours, rounds)).median(),
        new Samples(Arrays.copyOf(references, rounds)).median(),
        new Samples(sorted).median(),
        sorted[k - 1],
        sorted[rounds - k],
        rounds);
  }

  /**
   * Between the k-th smallest and the k-th largest of n lies their median, in 95 % of all cases.
   */
  private static int orderOfInterval(int n) {
    BinomialDistribution below = new BinomialDistribution(n, 0.5);
    int k = 1;
    while (below.cumulativeProbability(k) <= SIGNIFICANCE / 2) {
      k++;
    }
    return k;
  }

  private double timed(PreparedKernel kernel) {
    kernel.clearOutput();
    return stopwatch.launch(kernel);
  }

  private static void launchAnew(InputSet set, PreparedKernel kernel) {
    set.probe().refresh();
    kernel.clearOutput();
    kernel.run();
  }

  private static void check(InputSet set, PreparedKernel kernel) throws Wrong {
    try {
      set.check(kernel);
    } catch (CellFailure.Wrong e) {
      throw new Wrong(e.evaluation());
    }
  }

  @Override
  public void close() {
    while (!closing.isEmpty()) {
      closing.pop().run();
    }
  }
}
