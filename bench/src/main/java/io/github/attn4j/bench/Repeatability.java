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
import io.github.attn4j.core.run.Watchdog;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether kernels give the same bits again: launched many times on the same inputs, and on the same
 * sequence alone, in a batch, and elsewhere in a batch. Measured, not declared. Each problem is
 * tried as any caller would give it, where equal bits in every run are promised
 * (docs/semantics.md), and as a deterministic spec, where whoever takes it has given its word for
 * batches, too.
 */
public final class Repeatability {
  /** Every sequence stands at two places. */
  private static final List<List<Integer>> ORDERS = List.of(List.of(0, 1, 2), List.of(2, 0, 1));

  private final Sessions sessions;
  private final int runs;
  private final Watchdog watchdog;
  private final List<KernelRepeats> rows = new ArrayList<>();
  private final List<Evaluation> failures = new ArrayList<>();
  private @Nullable String lost;
  private @Nullable UnderWay underWay;

  /** What is tried now. */
  private record UnderWay(
      KernelVariant kernel, Session session, RepeatProblem problem, AttentionInputs batch) {}

  /**
   * Nothing is launched yet.
   *
   * @param runs launches on the same inputs, 2 at least
   * @param watchdog told of each launch; whoever hears its alarm calls {@link #neverEnded}
   */
  public Repeatability(Sessions sessions, int runs, Watchdog watchdog) {
    if (runs < 2) {
      throw new IllegalArgumentException("%d runs: bits are compared from 2 on".formatted(runs));
    }
    this.sessions = sessions;
    this.runs = runs;
    this.watchdog = watchdog;
  }

  /**
   * Tries one kernel; what its device refuses becomes a failure, what it does not support a row.
   */
  public void run(KernelVariant kernel) {
    Session session = sessions.of(kernel);
    for (RepeatProblem problem : RepeatProblem.ALL) {
      for (boolean deterministic : new boolean[] {false, true}) {
        if (lost() != null) {
          return;
        }
        AttentionInputs batch = problem.batch(ORDERS.getFirst(), deterministic);
        UnderWay now = new UnderWay(kernel, session, problem, batch);
        if (kernel.supports(batch.spec(), session.device()) instanceof Support.No no) {
          addFailure(now, "unsupported", no.reason());
          continue;
        }
        synchronized (this) {
          underWay = now;
        }
        try {
          Differences found = measure(session, kernel, problem, batch);
          synchronized (this) {
            rows.add(measured(now, found));
          }
        } catch (BackendException.Unavailable e) {
          closeLost(session, e);
          addFailure(now, Verification.DEVICE_LOST, e.description());
          synchronized (this) {
            lost = e.description();
          }
        } catch (BackendException e) {
          Evaluation failure = Evaluator.failure(e);
          synchronized (this) {
            failures.add(failure);
          }
          addFailure(now, failure.label(), Verification.detail(failure));
        } finally {
          synchronized (this) {
            underWay = null;
          }
        }
      }
    }
  }

  /**
   * Counts what is under way as something that never ended. The thread that runs it does not come
   * back.
   *
   * @param limitSeconds that each launch was given
   */
  public synchronized void neverEnded(double limitSeconds) {
    UnderWay now = underWay;
    if (now != null) {
      addFailure(
          now,
          Verification.NEVER_ENDED,
          "a launch took longer than %s s (--watchdog)"
              .formatted(Verification.seconds(limitSeconds)));
    }
  }

  /** A driver may refuse to free what went with its device; that must not hide why it went. */
  private static void closeLost(Session session, BackendException.Unavailable cause) {
    try {
      session.close();
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  private static KernelRepeats measured(UnderWay now, Differences found) {
    return KernelRepeats.measured(
        now.kernel().globalId(),
        now.session().device().name(),
        now.problem().name(),
        now.batch().spec().wholeLabel(),
        now.batch().spec().deterministic(),
        found.runs,
        found.differingRuns,
        found.largestRun,
        found.sequences,
        found.differingSequences,
        found.largestBatch);
  }

  private synchronized void addFailure(UnderWay now, String status, String detail) {
    rows.add(
        KernelRepeats.notMeasured(
            now.kernel().globalId(),
            now.session().device().name(),
            now.problem().name(),
            now.batch().spec().wholeLabel(),
            now.batch().spec().deterministic(),
            status,
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
    List<AttentionOutput> once = new ArrayList<>();
    launches(
        session,
        kernel,
        first,
        runs,
        output -> {
          if (once.isEmpty()) {
            once.add(output);
            return;
          }
          float[] before = RepeatProblem.resultOf(first.spec(), once.getFirst());
          float[] again = RepeatProblem.resultOf(first.spec(), output);
          found.differingRuns += sameBits(before, again) ? 0 : 1;
          found.largestRun = Math.max(found.largestRun, distance(before, again));
        });
    found.runs = runs;
    for (List<Integer> members : ORDERS) {
      AttentionInputs batch = problem.batch(members, first.spec().deterministic());
      AttentionOutput output =
          members.equals(ORDERS.getFirst()) ? once.getFirst() : launch(session, kernel, batch);
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

  private AttentionOutput launch(Session session, KernelVariant kernel, AttentionInputs inputs) {
    List<AttentionOutput> outputs = new ArrayList<>();
    launches(session, kernel, inputs, 1, outputs::add);
    return outputs.getFirst();
  }

  /** Each launch has to write everything anew, and is watched by itself. */
  private void launches(
      Session session,
      KernelVariant kernel,
      AttentionInputs inputs,
      int count,
      Consumer<AttentionOutput> each) {
    String what =
        "%s on %s, launched again and again for its bits (%s)"
            .formatted(kernel.globalId(), session.device().name(), inputs.spec().wholeLabel());
    watchdog.step(what);
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      for (int n = 0; n < count; n++) {
        watchdog.step(what);
        prepared.clearOutput();
        prepared.run();
        each.accept(prepared.read());
      }
    } finally {
      watchdog.rest();
    }
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
  public synchronized List<KernelRepeats> rows() {
    return List.copyOf(rows);
  }

  /** What the device refused. */
  public synchronized List<Evaluation> failures() {
    return List.copyOf(failures);
  }

  /** Why the device was lost; null while all is well. */
  public synchronized @Nullable String lost() {
    return lost;
  }

  /** What one problem showed. */
  private static final class Differences {
    private int runs;
    private int differingRuns;
    private double largestRun;
    private int sequences;
    private int differingSequences;
    private double largestBatch;
  }
}
