package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sums of equal terms that are no powers of two: every kernel stays within its budget. */
class ConstantInputsTest {
  private static final int DIM = 64;

  @Tag("full")
  @ParameterizedTest
  @EnumSource(
      value = OpenClKernel.class,
      names = "FLASH_MMA", // takes other types
      mode = EnumSource.Mode.EXCLUDE)
  void kernelsStayWithinBudgetOnConstants(OpenClKernel kernel) {
    List<String> wrong = new ArrayList<>();
    double worst = 0;
    try (OpenClSession session = TestDevices.openPreferred()) {
      for (ElementType keyValueType : List.of(ElementType.F32, ElementType.F8E4M3)) {
        for (float constant : new float[] {1.00002f, 1 / 3f, 0.1f, 0.7f, 0.9999f}) {
          for (int length : new int[] {1, 2, 17, 64, 357, 1024, 3000, 4096}) {
            AttentionInputs inputs = constants(constant, length, keyValueType);
            if (kernel.supports(inputs.spec(), session.device()) instanceof Support.No) {
              continue; // a type that the kernel does not take; float32 is in all of them
            }
            Evaluation evaluation =
                Evaluator.evaluate(session, kernel, inputs, KnownAnswers.of(inputs));
            if (evaluation instanceof Evaluation.Passed passed) {
              worst = Math.max(worst, passed.comparison().maxErrorOverBudget());
            } else {
              wrong.add(inputs.description() + ": " + evaluation.describe());
            }
          }
        }
      }
    }
    System.out.printf("%s: constants reach %.3f of the budget%n", kernel.globalId(), worst);
    assertThat(worst).isPositive();
    assertThat(wrong).isEmpty();
  }

  /** One key weighs more than the others, whose weights are then no powers of two either. */
  private static AttentionInputs constants(float constant, int length, ElementType keyValueType) {
    AttentionSpec spec =
        AttentionSpec.builder().lengths(3, length).dim(DIM).keyValueType(keyValueType).build();
    float[] q = new float[3 * DIM];
    float[] k = new float[length * DIM];
    float[] v = new float[length * DIM];
    Arrays.fill(q, constant);
    Arrays.fill(q, DIM, 2 * DIM, 0); // equal weights
    Arrays.fill(k, constant);
    Arrays.fill(k, 0, DIM, 1.2f * constant);
    Arrays.fill(v, constant);
    return AttentionInputs.ofContiguous(
        spec, "%s over %d keys in %s".formatted(constant, length, keyValueType.label()), q, k, v);
  }
}
