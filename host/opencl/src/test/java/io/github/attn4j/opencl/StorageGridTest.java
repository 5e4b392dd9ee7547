package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.TypeGrid;
import io.github.attn4j.core.spec.ElementTypes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kernel over the types and the placements that it says it has code for. */
class StorageGridTest {
  private static final int LEAST_OF_MMA_TYPES = 12;
  private static final int LEAST_OF_MMA_QUICK = 2;
  private static final int LEAST_OF_MMA_FULL = 40;

  /** Of the three that take all types each case by one; flash_mma, which takes two, one more. */
  @Tag("full")
  @ParameterizedTest
  @CsvSource({"FLASH, 0", "FLASH_QUERY_LANES, 1", "FLASH_SPLIT_KV, 2", "FLASH_MMA, 2"})
  void computesItsThirdOfTypesAndPlacementsWithinBudget(OpenClKernel kernel, int third) {
    List<GridCase> types = Thirds.of(TypeGrid.small(1), third);
    assertThat(types.stream().map(one -> one.spec().types()).distinct()).hasSize(5);
    requireAllRight(kernel, types, LEAST_OF_MMA_TYPES / 3);
    requireAllRight(kernel, Thirds.of(CacheGrid.quick(1), third), LEAST_OF_MMA_QUICK / 2);
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @EnumSource(OpenClKernel.class)
  void computesEveryTypeAndPlacementWithinBudget(OpenClKernel kernel) {
    requireAllRight(kernel, TypeGrid.small(1), LEAST_OF_MMA_TYPES);
    requireAllRight(kernel, CacheGrid.quick(1), LEAST_OF_MMA_QUICK);
  }

  /** A pair of types a kernel, each another one of the fifteen; below each of every kernel. */
  @Tag("exhaustive")
  @ParameterizedTest
  @EnumSource(
      value = OpenClKernel.class,
      names = "FLASH_MMA", // takes two types: FlashMmaTest
      mode = EnumSource.Mode.EXCLUDE)
  void computesAPairOfTypesInEveryPlacementWithinBudget(OpenClKernel kernel) {
    int own = 2 * List.of(OpenClKernel.values()).indexOf(kernel) + 1; // not float32 throughout
    List<GridCase> all = CacheGrid.full(1);
    List<ElementTypes> pairs = all.stream().map(one -> one.spec().types()).distinct().toList();
    assertThat(pairs).hasSize(15);
    List<GridCase> share =
        all.stream().filter(one -> pairs.indexOf(one.spec().types()) == own).toList();
    assertThat(share).hasSizeGreaterThan(25);
    requireAllRight(kernel, share, 0);
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @EnumSource(OpenClKernel.class)
  void computesEveryTypeInEveryPlacementWithinBudget(OpenClKernel kernel) {
    requireAllRight(kernel, CacheGrid.full(1), LEAST_OF_MMA_FULL);
  }

  /**
   * A case that the kernel has no code for must be refused, not computed from something else.
   *
   * @param leastOfMma how many flash_mma, which takes two types only, has to compute; others all
   */
  private static void requireAllRight(OpenClKernel kernel, List<GridCase> cases, int leastOfMma) {
    List<String> wrong = new ArrayList<>();
    double worst = 0;
    int right = 0;
    // Where there are no tensor cores, the same kernel on emulated ones.
    try (OpenClSession session =
        kernel == OpenClKernel.FLASH_MMA
            ? TestDevices.openWithTensorCores(KernelSource::load)
            : TestDevices.openPreferred()) {
      for (GridCase gridCase : cases) {
        boolean taken = kernel.storageForms().takes(gridCase.spec()) instanceof Support.Yes;
        if (kernel == OpenClKernel.FLASH_MMA) {
          // Refuses two types at once and rows that are no whole pieces.
          taken &= kernel.supports(gridCase.spec(), session.device()) instanceof Support.Yes;
        }
        AttentionInputs inputs = gridCase.inputs();
        Evaluation evaluation =
            Evaluator.evaluate(session, kernel, inputs, KnownAnswers.of(inputs));
        if (evaluation instanceof Evaluation.Passed passed) {
          worst = Math.max(worst, passed.comparison().maxErrorOverBudget());
          right++;
        }
        if (taken
            ? !(evaluation instanceof Evaluation.Passed)
            : !(evaluation instanceof Evaluation.Unsupported)) {
          wrong.add(
              "%s (%s) %s: %s"
                  .formatted(
                      gridCase.name(), gridCase.spec().label(), gridCase.family(), evaluation));
        }
      }
    }
    System.out.printf(
        "%s: %d of %d cases, worst error / budget %.3f%n",
        kernel.globalId(), right, cases.size(), worst);
    assertThat(wrong).isEmpty();
    // What a kernel takes is asked of itself: one that refused all would be right in all.
    assertThat(right)
        .isGreaterThanOrEqualTo(kernel == OpenClKernel.FLASH_MMA ? leastOfMma : cases.size());
  }
}
