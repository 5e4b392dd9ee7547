package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import java.util.List;
import java.util.function.Consumer;

/**
 * Whether a grid notices that a kernel is wrong: its cases in turn, up to the first that does not
 * pass. For bugs that tests plant, and for mutants.
 */
final class KernelTrial {
  private KernelTrial() {}

  /** How it ended. */
  sealed interface Result {
    /** A wrong result: a case has noticed. */
    record Noticed(GridCase by) implements Result {}

    /** A case did not get so far: the kernel does not build, or does not launch. */
    record Failed(GridCase by, Evaluation evaluation) implements Result {}

    /** Every case passed, or was refused. */
    record Unnoticed(int passed) implements Result {}
  }

  /**
   * Runs cases until one does not pass; those that the kernel refuses are left out.
   *
   * @param begins told before each case
   */
  static Result run(
      OpenClSession session, OpenClKernel kernel, List<GridCase> cases, Consumer<GridCase> begins) {
    int passed = 0;
    for (GridCase one : cases) {
      begins.accept(one);
      AttentionInputs inputs = one.inputs();
      switch (Evaluator.evaluate(session, kernel, inputs, KnownAnswers.of(inputs))) {
        case Evaluation.Passed right -> passed++;
        case Evaluation.Unsupported refused -> {}
        case Evaluation.Incorrect wrong -> {
          return new Result.Noticed(one);
        }
        case Evaluation failed -> {
          return new Result.Failed(one, failed);
        }
      }
    }
    return new Result.Unnoticed(passed);
  }

  /** Fails unless a case notices the bug that the session's programs have, and says which. */
  static void requireNoticed(
      Enum<?> bug, OpenClSession session, OpenClKernel kernel, List<GridCase> cases) {
    Result result = run(session, kernel, cases, one -> {});
    assertThat(result)
        .as("what %d cases make of %s", cases.size(), bug)
        .isInstanceOf(Result.Noticed.class);
    if (result instanceof Result.Noticed noticed) {
      System.out.printf("planted bug %s: caught by %s%n", bug, described(noticed.by()));
    }
  }

  /** A case in a line of text. */
  static String described(GridCase one) {
    return "%s (%s, %s)".formatted(one.name(), one.spec().label(), one.family().label());
  }
}
