package io.github.attn4j.tornado;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kernel constant over the whole quick grid, on whatever device is preferred here. */
class QuickGridTest {

  @ParameterizedTest
  @EnumSource(TornadoKernel.class)
  void computesEveryCaseWithinBudgetOnTheDevice(TornadoKernel kernel) {
    try (Session session = TestDevices.openPreferred()) {
      requireRight(session, kernel);
    }
  }

  /** Which a CPU device computes by lanes otherwise. */
  @Test
  void theTilesOfGpusAreRightToo() {
    try (Session session = TestDevices.openAsGpu()) {
      requireRight(session, TornadoKernel.FLASH);
    }
  }

  @ParameterizedTest
  @EnumSource(TornadoKernel.class)
  void saysOfExpressionsThatItHasNoCodeForThem(TornadoKernel kernel) {
    assertThat(GridRun.EXPRESSIONS).isNotEmpty();
    try (Session session = TestDevices.openPreferred()) {
      for (GridCase gridCase : GridRun.EXPRESSIONS) {
        assertThat(kernel.supports(gridCase.spec(), session.device()))
            .as(GridRun.describe(gridCase))
            .isInstanceOf(Support.No.class);
      }
    }
  }

  private static void requireRight(Session session, TornadoKernel kernel) {
    List<String> wrong = new ArrayList<>();
    double worst = 0;
    for (GridCase gridCase : GridRun.CASES) {
      AttentionInputs inputs = gridCase.inputs();
      Evaluation evaluation =
          Evaluator.evaluate(session, kernel, inputs, GridRun.expected(gridCase, inputs));
      if (evaluation instanceof Evaluation.Passed passed && passed.timing().kernelNanos() > 0) {
        worst = Math.max(worst, passed.comparison().maxErrorOverBudget());
      } else {
        wrong.add(GridRun.describe(gridCase) + ": " + evaluation);
      }
    }
    System.out.printf(
        "%s: worst error / budget %.3f, %d plans compiled for %d cases%n",
        kernel.globalId(), worst, session.programsCompiled(), GridRun.CASES.size());
    assertThat(wrong).isEmpty();
  }
}
