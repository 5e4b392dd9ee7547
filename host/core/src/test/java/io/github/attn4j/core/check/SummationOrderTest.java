package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.OnlineAttention.Mistake;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.Mask;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Budgets hold for kernels' orders of operations with room to spare, and not for their usual
 * mistakes. docs/numerics.md states what was measured here.
 */
class SummationOrderTest {
  private static final int SAMPLED_ROWS = 96;

  /** Orders of operations as kernels have them: element by element, lanes, tiles, all at once. */
  private static final List<OnlineAttention> HONEST =
      List.of(
          new OnlineAttention(1, 1, false, Mistake.NONE),
          new OnlineAttention(16, 4, false, Mistake.NONE),
          new OnlineAttention(64, 16, true, Mistake.NONE),
          new OnlineAttention(1 << 20, 1, true, Mistake.NONE));

  static Stream<Arguments> problems() {
    return Stream.of(InputFamily.values())
        .flatMap(family ->
            Stream.of(
                Arguments.of(family, problem(100, 32, Mask.none())),
                Arguments.of(family, problem(257, 64, Mask.causal())),
                Arguments.of(family, problem(300, 128, Mask.window(40, 3)))));
  }

  @ParameterizedTest
  @MethodSource("problems")
  void leavesRoomForEveryHonestOrderOfOperations(InputFamily family, AttentionSpec spec) {
    assertHonestOrdersPass(family, spec, 1);
  }

  static Stream<Arguments> longProblems() {
    return Stream.of(InputFamily.values())
        .flatMap(family ->
            Stream.of(
                Arguments.of(family, problem(1024, 64, Mask.none())),
                Arguments.of(family, problem(1024, 128, Mask.causal())),
                Arguments.of(family, problem(1000, 256, Mask.none()))));
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource("longProblems")
  void leavesRoomOnLongContextsToo(InputFamily family, AttentionSpec spec) {
    assertHonestOrdersPass(family, spec, 1);
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @MethodSource("longProblems")
  void leavesRoomOnLongContextsOfOtherSeedsToo(InputFamily family, AttentionSpec spec) {
    for (long seed = 2; seed <= 8; seed++) {
      assertHonestOrdersPass(family, spec, seed);
    }
  }

  /**
   * A model's values: a column of one sign, so that partial sums grow, under scores so flat that
   * the condition is small. The plain version may be lucky there by a factor of ten.
   */
  @Tag("full")
  @ParameterizedTest
  @ValueSource(ints = {512, 2048, 4096})
  void leavesRoomForLongSumsOfOneSign(int keys) {
    AttentionSpec spec = AttentionSpec.builder().heads(2).lengths(256, keys).dim(32).build();
    for (long seed = 1; seed <= 5; seed++) {
      AttentionInputs normal = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
      float[] queries = normal.q().clone();
      float[] values = normal.v().clone();
      for (int i = 0; i < queries.length; i++) {
        queries[i] *= 0.25f;
      }
      for (int i = 0; i < values.length; i++) {
        values[i] += 4;
      }
      assertHonestOrdersPass(
          AttentionInputs.ofContiguous(spec, "values of one sign", queries, normal.k(), values),
          seed);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Mistake.class,
      names = {"NONE", "MODIFIER_BEFORE_CAP"}, // the latter errs beside a modifier alone
      mode = EnumSource.Mode.EXCLUDE)
  void findsEveryPlantedMistakeAmongAThousandKeys(Mistake mistake) {
    AttentionSpec spec = problem(1000, 64, Mask.causal());
    for (InputFamily family : List.of(InputFamily.NORMAL, InputFamily.UNIFORM)) {
      AttentionInputs inputs = AttentionInputs.generate(spec, family, 11);
      RowSample sample = RowSample.of(spec, SAMPLED_ROWS, 11);
      Expected expected = Expected.of(inputs, sample);
      OnlineAttention honest = HONEST.get(2);
      OnlineAttention wrong =
          new OnlineAttention(honest.blockKeys(), honest.lanes(), honest.fused(), mistake);
      Comparison comparison = expected.compare(wrong.compute(inputs, sample));
      // In two fifths of all elements, not by a hair in one: another seed finds it too. Half of the
      // causal rows do not see the key that is left out.
      assertThat(comparison.failedElements())
          .as("%s on %s: %s", mistake, family, comparison.worst())
          .isGreaterThan(2 * comparison.checkedElements() / 5);
    }
  }

  private static void assertHonestOrdersPass(InputFamily family, AttentionSpec spec, long seed) {
    assertHonestOrdersPass(AttentionInputs.generate(spec, family, seed), seed);
  }

  private static void assertHonestOrdersPass(AttentionInputs inputs, long seed) {
    AttentionSpec spec = inputs.spec();
    RowSample sample = RowSample.of(spec, SAMPLED_ROWS, seed);
    Expected expected = Expected.of(inputs, sample);
    for (OnlineAttention honest : HONEST) {
      Comparison comparison = expected.compare(honest.compute(inputs, sample));
      String problem =
          "%s on %s of %s, seed %d".formatted(honest, spec.label(), inputs.description(), seed);
      assertThat(comparison.failedElements()).as("%s: %s", problem, comparison.worst()).isZero();
      // Beyond it a new seed might fail an honest kernel, and C would need another argument.
      assertThat(comparison.maxErrorOverBudget()).as(problem).isLessThan(0.75);
    }
  }

  private static AttentionSpec problem(int length, int dim, Mask mask) {
    AttentionSpecBuilder builder = AttentionSpec.builder().heads(4, 2).length(length).dim(dim);
    return builder.mask(mask).build();
  }
}
