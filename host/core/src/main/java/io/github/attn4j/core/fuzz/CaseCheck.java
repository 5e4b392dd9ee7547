package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.fuzz.Verdict.Kind;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.result.AttentionOutput;
import java.util.Arrays;

/**
 * Holds a kernel to a case: within budget in two surroundings, with the same bits where the spec
 * promises them, and without a trace beside its output.
 */
public final class CaseCheck {
  private CaseCheck() {}

  /**
   * Runs a kernel twice, or three times where it is wrong.
   *
   * @throws BackendException.Unavailable where the device is lost
   */
  public static Verdict check(Session session, KernelVariant kernel, PreparedCase problem) {
    if (kernel.supports(problem.spec(), session.device()) instanceof Support.No no) {
      return new Verdict.Unsupported(no.reason());
    }
    try {
      AttentionOutput first = run(session, kernel, problem.inputs());
      AttentionOutput second = run(session, kernel, problem.otherwise());
      for (AttentionOutput output : new AttentionOutput[] {first, second}) {
        String outside = Surroundings.writtenOutside(problem.spec(), output);
        if (!outside.isEmpty()) {
          return new Verdict.Wrong(Kind.WRITES_OUTSIDE, outside, Double.NaN);
        }
      }
      Comparison one = problem.expected().compare(first);
      Comparison other = problem.expected().compare(second);
      if (one.failedElements() > 0 || other.failedElements() > 0) {
        AttentionOutput plain = run(session, kernel, problem.harmless());
        boolean alone = problem.expected().compare(plain).failedElements() == 0;
        return wrong(
            alone ? Kind.READS_OUTSIDE : Kind.WRONG_RESULT, one.failedElements() > 0 ? one : other);
      }
      if (problem.spec().deterministic() && !sameBits(first, second)) {
        return new Verdict.Wrong(
            Kind.READS_OUTSIDE,
            "the spec is deterministic, but other poison around the tensors changed bits of the result",
            one.maxErrorOverBudget());
      }
      return one.checkedElements() == 0
          ? new Verdict.Undecided(one.undecidedRows())
          : new Verdict.Right(
              Math.max(one.maxErrorOverBudget(), other.maxErrorOverBudget()), one.undecidedRows());
    } catch (BackendException.BuildFailed e) {
      return new Verdict.Wrong(Kind.BUILD_FAILED, e.description(), Double.NaN);
    } catch (BackendException.LaunchFailed e) {
      return new Verdict.Wrong(Kind.LAUNCH_FAILED, e.description(), Double.NaN);
    } catch (BackendException.OutOfMemory e) {
      return new Verdict.Wrong(Kind.OUT_OF_MEMORY, e.description(), Double.NaN);
    }
  }

  private static AttentionOutput run(
      Session session, KernelVariant kernel, AttentionInputs inputs) {
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      prepared.run();
      return prepared.read();
    }
  }

  private static Verdict wrong(Kind kind, Comparison comparison) {
    Comparison.WorstElement worst = comparison.worst();
    return new Verdict.Wrong(
        kind,
        "%d of %d elements; worst: %s"
            .formatted(
                comparison.failedElements(),
                comparison.checkedElements(),
                worst == null ? "nothing was compared" : worst.describe()),
        comparison.maxErrorOverBudget());
  }

  /** NaN equals NaN, whatever its bits: where it stood before, or by right. */
  private static boolean sameBits(AttentionOutput one, AttentionOutput other) {
    return Arrays.equals(one.o(), other.o()) && Arrays.equals(one.lse(), other.lse());
  }
}
