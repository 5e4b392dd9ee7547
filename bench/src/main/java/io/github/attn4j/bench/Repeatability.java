package io.github.attn4j.bench;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.report.KernelRepeats;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether kernels give the same bits again: launched many times on the same inputs, and on the same
 * sequence alone, in a batch, and elsewhere in a batch. Measured, not declared. Each problem is
 * tried as any caller would give it, where a kernel promises nothing, and as a deterministic spec,
 * where whoever takes it has given its word.
 */
public final class Repeatability {
  /** Every sequence stands at two places. */
  private static final List<List<Integer>> ORDERS = List.of(List.of(0, 1, 2), List.of(2, 0, 1));

  private final Sessions sessions;
  private final int runs;
  private final List<KernelRepeats> rows = new ArrayList<>();
  private final List<Evaluation> failures = new ArrayList<>();
  private @Nullable String lost;

  /**
   * Nothing is launched yet.
   *
   * @param runs launches on the same inputs, 2 at least
   */
  public Repeatability(Sessions sessions, int runs) {
    if (runs < 2) {
      throw new IllegalArgumentException("%d runs: bits are compared from 2 on".formatted(runs));
    }
    this.sessions = sessions;
    this.runs = runs;
  }

  /**
   * Tries one kernel; what its device refuses becomes a failure, what it does not support a row.
   */
  public void run(KernelVariant kernel) {
    Session session = sessions.of(kernel);
    for (RepeatProblem problem : RepeatProblem.ALL) {
      for (boolean deterministic : new boolean[] {false, true}) {
        if (lost != null) {
          return;
        }
        AttentionInputs batch = problem.batch(ORDERS.getFirst(), deterministic);
        if (kernel.supports(batch.spec(), session.device()) instanceof Support.No no) {
          add(kernel, session, problem, batch, Differences.NONE, no.reason());
          continue;
        }
        try {
          add(kernel, session, problem, batch, measure(session, kernel, problem, batch), "");
        } catch (BackendException.Unavailable e) {
          lost = e.description();
          add(kernel, session, problem, batch, Differences.NONE, e.description());
        } catch (BackendException e) {
          Evaluation failure = Evaluator.failure(e);
          failures.add(failure);
          add(kernel, session, problem, batch, Differences.NONE, failure.describe());
        }
      }
    }
  }

  private void add(
      KernelVariant kernel,
      Session session,
      RepeatProblem problem,
      AttentionInputs batch,
      Differences found,
      String detail) {
    rows.add(
        new KernelRepeats(
            kernel.globalId(),
            session.device().name(),
            problem.name(),
            batch.spec().wholeLabel(),
            batch.spec().deterministic(),
            found.runs,
            found.differingRuns,
            found.largestRun,
            found.sequences,
            found.differingSequences,
            found.largestBatch,
            detail));
  }

  private Differences measure(
      Session session, KernelVariant kernel, RepeatProblem problem, AttentionInputs first) {
    Differences found = new Differences();
    List<float[]> alone = new ArrayList<>();
    for (int sequence = 0; sequence < problem.sequences(); sequence++) {
      AttentionInputs inputs = problem.alone(sequence, first.spec().deterministic());
      alone.add(RepeatProblem.resultOf(inputs.spec(), launch(session, kernel, inputs), 0));
    }
    List<AttentionOutput> outputs = launches(session, kernel, first, runs);
    float[] once = RepeatProblem.resultOf(first.spec(), outputs.getFirst());
    found.runs = runs;
    for (AttentionOutput output : outputs.subList(1, runs)) {
      float[] again = RepeatProblem.resultOf(first.spec(), output);
      found.differingRuns += sameBits(once, again) ? 0 : 1;
      found.largestRun = Math.max(found.largestRun, distance(once, again));
    }
    for (List<Integer> members : ORDERS) {
      AttentionInputs batch = problem.batch(members, first.spec().deterministic());
      AttentionOutput output =
          members.equals(ORDERS.getFirst()) ? outputs.getFirst() : launch(session, kernel, batch);
      for (int b = 0; b < members.size(); b++) {
        float[] own = alone.get(members.get(b));
        float[] together = RepeatProblem.resultOf(batch.spec(), output, b);
        found.sequences++;
        found.differingSequences += sameBits(own, together) ? 0 : 1;
        found.largestBatch = Math.max(found.largestBatch, distance(own, together));
      }
    }
    return found;
  }

  private static AttentionOutput launch(
      Session session, KernelVariant kernel, AttentionInputs inputs) {
    return launches(session, kernel, inputs, 1).getFirst();
  }

  /** Each launch has to write everything anew. */
  private static List<AttentionOutput> launches(
      Session session, KernelVariant kernel, AttentionInputs inputs, int count) {
    List<AttentionOutput> outputs = new ArrayList<>();
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      for (int n = 0; n < count; n++) {
        prepared.clearOutput();
        prepared.run();
        outputs.add(prepared.read());
      }
    }
    return outputs;
  }

  /** NaN is like no other bits, itself included: a row that nobody wrote was not computed alike. */
  static boolean sameBits(float[] left, float[] right) {
    for (int i = 0; i < left.length; i++) {
      if (Float.floatToRawIntBits(left[i]) != Float.floatToRawIntBits(right[i])
          || Float.isNaN(left[i])) {
        return false;
      }
    }
    return left.length == right.length;
  }

  /** The largest difference of two elements; infinite where one is NaN or infinite alone. */
  static double distance(float[] left, float[] right) {
    double largest = 0;
    for (int i = 0; i < left.length; i++) {
      double difference = left[i] == right[i] ? 0 : Math.abs((double) left[i] - right[i]);
      largest = Math.max(largest, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
    }
    return largest;
  }

  /** A row for each kernel, problem and promise, in the order in which they were tried. */
  public List<KernelRepeats> rows() {
    return List.copyOf(rows);
  }

  /** What the device refused. */
  public List<Evaluation> failures() {
    return List.copyOf(failures);
  }

  /** Why the device was lost; null while all is well. */
  public @Nullable String lost() {
    return lost;
  }

  /** What one problem showed. */
  private static final class Differences {
    static final Differences NONE = new Differences();
    private int runs;
    private int differingRuns;
    private double largestRun;
    private int sequences;
    private int differingSequences;
    private double largestBatch;
  }
}
