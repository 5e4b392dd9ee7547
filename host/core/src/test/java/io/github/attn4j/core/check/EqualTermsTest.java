package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.OnlineAttention.Mistake;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sums of equal terms are rounded to one side at every step. Budgets hold what that costs in any
 * order that kernels have, and no more than that: docs/numerics.md.
 */
class EqualTermsTest {
  private static final List<Integer> LENGTHS =
      List.of(1, 2, 3, 5, 17, 64, 100, 357, 777, 1024, 2048, 3000, 4096);

  /** Key after key, by blocks, with lanes in dot products, and with blocks summed apart. */
  private static final List<OnlineAttention> ORDERS =
      List.of(
          new OnlineAttention(1, 1, false, Mistake.NONE),
          new OnlineAttention(16, 4, false, Mistake.NONE),
          new OnlineAttention(64, 16, true, Mistake.NONE),
          new OnlineAttention(1 << 20, 1, true, Mistake.NONE),
          new OnlineAttention(16, 4, true, 1, Mistake.NONE),
          new OnlineAttention(64, 4, true, 8, Mistake.NONE),
          new OnlineAttention(256, 4, true, 16, Mistake.NONE));

  @ParameterizedTest
  @Tag("full")
  @ValueSource(
      floats = {1.00002f, 1 / 3f, 0.1f, 0.7f, 1.7f, 0.785398f, 1e-3f, 3, 1.00037f, 0.9999f, 100.1f})
  void budgetsHoldForConstantsThatAreNoPowersOfTwo(float constant) {
    for (int length : LENGTHS) {
      assertHolds(constants(constant, length, 1));
      // One key that weighs more, so that the others' weights are no powers of two either.
      assertHolds(constants(constant, length, 1.2f));
    }
  }

  /** What was 1.19 of the budget when equal terms were taken for random ones. */
  @Test
  void theLengthThatShowedItHolds() {
    assertHolds(constants(1.00002f, 357, 1));
    assertHolds(constants(0.9999f, 2048, 1.2f));
  }

  /** A count that is wrong by one of 4096 must still show: the budget is no blank cheque. */
  @Test
  void aKeyLeftOutIsFoundAmongEqualOnes() {
    AttentionInputs inputs = constants(1 / 3f, 4096, 1);
    AttentionInputs missing =
        inputs.withSpec(inputs.spec().toBuilder().keyLengths(List.of(4095)).build());
    Comparison comparison =
        Expected.of(inputs)
            .compare(ORDERS.getFirst().compute(missing, RowSample.all(inputs.spec())));
    assertThat(Objects.requireNonNull(comparison.worst()).tensor()).isEqualTo("LSE");
    assertThat(comparison.maxErrorOverBudget()).isGreaterThan(5);
  }

  private static void assertHolds(AttentionInputs inputs) {
    Expected expected = Expected.of(inputs);
    for (OnlineAttention order : ORDERS) {
      Comparison comparison = expected.compare(order.compute(inputs, RowSample.all(inputs.spec())));
      assertThat(comparison.passed())
          .as("%s, %s: %s", inputs.description(), order, comparison.worst())
          .isTrue();
      assertThat(comparison.maxErrorOverBudget())
          .as("%s, %s: %s", inputs.description(), order, comparison.worst())
          .isLessThan(0.9);
    }
  }

  private static AttentionInputs constants(float constant, int length, float first) {
    AttentionSpec spec = AttentionSpec.builder().lengths(1, length).dim(64).build();
    float[] q = new float[64];
    float[] k = new float[64 * length];
    float[] v = new float[64 * length];
    Arrays.fill(q, constant);
    Arrays.fill(k, constant);
    Arrays.fill(v, constant);
    Arrays.fill(k, 0, 64, first * constant);
    return AttentionInputs.ofContiguous(
        spec, "%s over %d keys, the first times %s".formatted(constant, length, first), q, k, v);
  }
}
