package io.github.attn4j.core.run;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.result.DeviceTiming;

/** The whole flow: spec, inputs, stage, launch, read, check, evaluation. */
public final class Evaluator {
  /** What nobody checked has not passed. */
  static final String NOTHING_DECIDED =
      "no row can be checked: each has scores so close to a boundary of the score's expression that"
          + " either side is right; take other inputs (--seed) or move the boundary";

  private Evaluator() {}

  /**
   * Runs a kernel once on a session's device, with the tuning that the session chooses, and holds
   * its result against what is expected.
   *
   * @param expected the oracle's answer for exactly these inputs, computed once and shared by all
   *     kernels
   */
  public static Evaluation evaluate(
      Session session, KernelVariant variant, AttentionInputs inputs, Expected expected) {
    if (variant.supports(inputs.spec(), session.device()) instanceof Support.No no) {
      return new Evaluation.Unsupported(no.reason());
    }
    Tuning tuning = session.tunings().of(variant, inputs.spec(), session.device());
    return evaluate(session, variant, tuning, inputs, expected);
  }

  /** The same with a tuning of the caller's. */
  public static Evaluation evaluate(
      Session session,
      KernelVariant variant,
      Tuning tuning,
      AttentionInputs inputs,
      Expected expected) {
    if (variant.supports(inputs.spec(), session.device()) instanceof Support.No no) {
      return new Evaluation.Unsupported(no.reason());
    }
    if (variant.admits(tuning, inputs.spec(), session.device()) instanceof Support.No no) {
      return new Evaluation.Unsupported(no.reason());
    }
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel kernel = session.prepare(variant, staged, tuning)) {
      long start = System.nanoTime();
      long kernelNanos = kernel.run();
      long hostNanos = System.nanoTime() - start;
      Comparison comparison = expected.compare(kernel.read());
      if (comparison.failedElements() == 0 && comparison.checkedElements() == 0) {
        return new Evaluation.Unsupported(NOTHING_DECIDED);
      }
      return comparison.passed()
          ? new Evaluation.Passed(
              comparison,
              new DeviceTiming(
                  staged.uploadNanos(),
                  kernelNanos,
                  kernel.downloadNanos(),
                  hostNanos,
                  kernel.buildNanos()))
          : new Evaluation.Incorrect(comparison);
    } catch (BackendException e) {
      return failure(e);
    }
  }

  /** The evaluation that a device's exception stands for. */
  public static Evaluation failure(BackendException exception) {
    return switch (exception) {
      case BackendException.BuildFailed e -> new Evaluation.BuildFailed(e.description());
      case BackendException.LaunchFailed e -> new Evaluation.LaunchFailed(e.description());
      case BackendException.OutOfMemory e ->
          new Evaluation.OutOfMemory(e.description(), e.neededBytes(), e.availableBytes());
      case BackendException.Unavailable e -> throw e;
    };
  }
}
