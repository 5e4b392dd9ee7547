package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kernel constant over the quick grid, on whatever device is preferred here. */
class QuickGridTest {
  private static final String OTHERS = "NAIVE|FLASH_SPLIT_KV|TILED_THREE_PASS|ONLINE_SOFTMAX";

  /** What a device runs by itself, here and on GPUs. */
  @ParameterizedTest
  @EnumSource(names = {"FLASH", "FLASH_QUERY_LANES"})
  void computesEveryCaseWithinBudget(OpenClKernel kernel) {
    requireRight(kernel, QuickGrid.cases(1));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = OTHERS)
  void computesItsThirdOfTheCasesWithinBudget(OpenClKernel kernel) {
    int third = List.of(OpenClKernel.values()).indexOf(kernel); // 0, 1, 2 and 6
    requireRight(kernel, Thirds.of(QuickGrid.cases(1), third));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = OTHERS)
  @Tag("exhaustive")
  void otherKernelsComputeEveryCaseWithinBudget(OpenClKernel kernel) {
    requireRight(kernel, QuickGrid.cases(1));
  }

  /** Takes other types than these. */
  @Test
  void noKernelIsLeftOutButTheOneThatFlashMmaTestAsks() {
    assertThat(OpenClKernel.values())
        .containsExactlyInAnyOrder(
            OpenClKernel.NAIVE,
            OpenClKernel.FLASH,
            OpenClKernel.FLASH_QUERY_LANES,
            OpenClKernel.FLASH_SPLIT_KV,
            OpenClKernel.TILED_THREE_PASS,
            OpenClKernel.ONLINE_SOFTMAX,
            OpenClKernel.FLASH_MMA);
  }

  private static void requireRight(OpenClKernel kernel, List<GridCase> cases) {
    List<String> wrong = new ArrayList<>();
    double worst = 0;
    try (Session session = TestDevices.openPreferred()) {
      for (GridCase gridCase : cases) {
        AttentionInputs inputs = gridCase.inputs();
        Evaluation evaluation =
            Evaluator.evaluate(session, kernel, inputs, KnownAnswers.of(inputs));
        if (evaluation instanceof Evaluation.Passed passed) {
          worst = Math.max(worst, passed.comparison().maxErrorOverBudget());
        } else {
          wrong.add(
              gridCase.name()
                  + " "
                  + gridCase.spec().label()
                  + " "
                  + gridCase.family()
                  + ": "
                  + evaluation);
        }
      }
    }
    System.out.printf("%s: worst error / budget %.3f%n", kernel.globalId(), worst);
    assertThat(wrong).isEmpty();
  }

  /** Work-groups of fewer queries than a row of the block map: several share one. */
  @ParameterizedTest
  @ValueSource(ints = 16)
  void flashFollowsTheBlockMapWithSmallerBlocksOfQueries(int queries) {
    try (OpenClSession session =
        TestDevices.openDescribedAs(
            device -> TestDevices.with(device, queries / 4 * 8, device.details()))) {
      List<String> wrong = new ArrayList<>();
      int followed = 0;
      for (GridCase gridCase : Thirds.of(QuickGrid.cases(1), 0)) {
        AttentionSpec spec = gridCase.spec();
        if (spec.canonicalMask().expression() == null) {
          continue;
        }
        assertThat(OpenClKernel.FLASH.defaultTuning(spec, session.device()).get("BLOCK_Q"))
            .isEqualTo(queries);
        AttentionInputs inputs = gridCase.inputs();
        Evaluation evaluation =
            Evaluator.evaluate(session, OpenClKernel.FLASH, inputs, KnownAnswers.of(inputs));
        followed++;
        if (!(evaluation instanceof Evaluation.Passed)) {
          wrong.add(gridCase.name() + " " + spec.label() + ": " + evaluation);
        }
      }
      assertThat(wrong).isEmpty();
      assertThat(followed).isGreaterThan(5);
    }
  }
}
