package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.expression.Expression;
import io.github.attn4j.core.expression.ExpressionException;
import io.github.attn4j.core.expression.ExpressionShrink;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whole attention with random masks and scores against the oracle, on every kernel that takes them.
 */
class RandomAttentionTest {
  /** Problems; the expressions in them are some four times as many. */
  private static final int SAMPLES = 60;

  private static final int LEAST_EXPRESSIONS = 180;

  /** A problem is a program of its own, 0.5 to 3 s to compile. */
  @ParameterizedTest
  @EnumSource(
      value = OpenClKernel.class,
      names = "FLASH_MMA",
      mode = EnumSource.Mode.EXCLUDE) // takes other types than these: FlashMmaTest
  void oneAgreesWithTheOracle(OpenClKernel kernel) {
    requireRight(kernel, List.of(List.of(OpenClKernel.values()).indexOf(kernel) % 2));
  }

  /** Of kernels that follow the block map, which have most to get wrong. */
  @ParameterizedTest
  @EnumSource(names = {"FLASH_QUERY_LANES", "FLASH"})
  @Tag("full")
  void someAgreeWithTheOracle(OpenClKernel kernel) {
    requireRight(kernel, spread(4));
  }

  @ParameterizedTest
  @EnumSource(value = OpenClKernel.class, names = "FLASH_MMA", mode = EnumSource.Mode.EXCLUDE)
  @Tag("exhaustive")
  void allAgreeWithTheOracle(OpenClKernel kernel) {
    requireRight(kernel, spread(SAMPLES));
  }

  /** So many seeds; what a seed's remainders decide is drawn as evenly as from all of them. */
  private static List<Integer> spread(int samples) {
    return IntStream.range(0, samples).map(index -> index * 43 % SAMPLES).boxed().toList();
  }

  @Test
  void samplesHoldEveryKindOfProblem() {
    List<DrawnAttention> samples = new ArrayList<>();
    for (int seed = 0; seed < SAMPLES; seed++) {
      samples.add(DrawnAttention.of(seed));
    }
    int expressions = 0;
    for (DrawnAttention sample : samples) {
      int kinds = (sample.mask() == null ? 0 : 1) + (sample.score() == null ? 0 : 1);
      expressions += kinds * sample.shape().queryHeads();
    }
    assertThat(expressions).isGreaterThanOrEqualTo(LEAST_EXPRESSIONS);
    assertThat(samples)
        .allMatch(sample -> sample.shape().queryLength() != sample.shape().kvLength())
        .anyMatch(sample -> sample.mask() == null)
        .anyMatch(sample -> sample.score() == null)
        .anyMatch(sample -> sample.dense() instanceof Mask.DenseBoolean && sample.mask() != null)
        .anyMatch(sample -> sample.dense() instanceof Mask.DenseAdditive && sample.mask() != null)
        .anyMatch(sample -> sample.dense() != null && sample.score() != null)
        .anyMatch(sample -> sample.shape().kvLength() > 300 && sample.mask() != null)
        .anyMatch(sample -> sample.shape().queryLength() == 1)
        .anyMatch(sample -> sample.shape().queryLength() > sample.shape().kvLength())
        .anyMatch(sample -> sample.shape().queryOffsets().stream().distinct().count() > 1)
        .anyMatch(sample -> sample.shape().queryOffsets().stream().anyMatch(offset -> offset < 0))
        .anyMatch(sample -> sample.shape().keyLengths().stream().distinct().count() > 1)
        .anyMatch(sample -> sample.shape().keyLengths().contains(0))
        .anyMatch(sample -> sample.shape().queryHeads() != sample.shape().kvHeads());
  }

  @Test
  void aMaskAskedAtTheIndexInsteadOfThePositionWouldBeSeenAndShrunk() {
    try (OpenClSession session =
        TestDevices.openPreferred(
            PlantedSource.replacing(
                "attn_expr_visible(row.b, row.h, row.i, row.p,",
                "attn_expr_visible(row.b, row.h, row.i, row.i,"))) {
      String report = null;
      for (int seed = 0; report == null && seed < SAMPLES; seed++) {
        report = failure(session, OpenClKernel.NAIVE, DrawnAttention.of(seed));
      }
      // A position against anything: less cannot show it.
      assertThat(report)
          .contains("seed ", "expected")
          .containsPattern("\n  mask .{0,20}\\bp\\b.{0,20}\n");
    }
  }

  /** Takes up whatever the kernel supports; skipped, with its reason, where that is nothing. */
  private static void requireRight(OpenClKernel kernel, List<Integer> seeds) {
    List<String> wrong = new ArrayList<>();
    int supported = 0;
    String refusal = "";
    try (OpenClSession session = TestDevices.openPreferred()) {
      for (int seed : seeds) {
        DrawnAttention drawn = DrawnAttention.of(seed);
        if (kernel.supports(drawn.spec(), session.device()) instanceof Support.No no) {
          refusal = no.reason();
          continue;
        }
        supported++;
        String report = failure(session, kernel, drawn);
        if (report != null) {
          wrong.add(report);
          break; // shrinking takes long enough once
        }
      }
    }
    assertThat(wrong).isEmpty();
    Assumptions.assumeTrue(supported > 0, kernel.globalId() + ": " + refusal);
  }

  /** Null where the kernel is right; else what a person needs to see why, as small as it fails. */
  private static @Nullable String failure(
      OpenClSession session, OpenClKernel kernel, DrawnAttention drawn) {
    if (wrong(session, kernel, drawn) == null) {
      return null;
    }
    DrawnAttention smallest = smallest(session, kernel, drawn);
    return "%s%n%s%n%s%nshrunk from%n%s"
        .formatted(
            kernel.globalId(),
            smallest.described(),
            wrong(session, kernel, smallest),
            drawn.described());
  }

  private static DrawnAttention smallest(
      OpenClSession session, OpenClKernel kernel, DrawnAttention drawn) {
    DrawnAttention small = drawn;
    for (DrawnAttention half :
        List.of(drawn.withoutScore(), drawn.withoutMask(), drawn.withoutDense())) {
      if (wrong(session, kernel, half) != null) {
        small = half;
      }
    }
    DrawnAttention half = small;
    if (half.mask() != null) {
      Expression mask =
          ExpressionShrink.smallest(
              half.mask().tree(), tree -> fails(session, kernel, () -> half.withMask(tree)));
      small = half.withMask(mask);
    }
    DrawnAttention masked = small;
    if (masked.score() != null) {
      Expression score =
          ExpressionShrink.smallest(
              masked.score().tree(), tree -> fails(session, kernel, () -> masked.withScore(tree)));
      small = masked.withScore(score);
    }
    return small;
  }

  private static boolean fails(
      OpenClSession session, OpenClKernel kernel, Supplier<DrawnAttention> candidate) {
    try {
      return wrong(session, kernel, candidate.get()) != null;
    } catch (ExpressionException refused) {
      return false; // nothing that anybody could ask for
    }
  }

  /** What is wrong with a kernel's answer, or null. */
  private static @Nullable String wrong(
      OpenClSession session, OpenClKernel kernel, DrawnAttention drawn) {
    AttentionInputs inputs = drawn.inputs();
    Evaluation evaluation = Evaluator.evaluate(session, kernel, inputs, KnownAnswers.of(inputs));
    return switch (evaluation) {
      case Evaluation.Passed passed -> null;
      case Evaluation.Incorrect(Comparison comparison) when comparison.worst() != null ->
          "%d of %d elements, the worst %s"
              .formatted(
                  comparison.failedElements(),
                  comparison.checkedElements(),
                  comparison.worst().describe());
      default -> evaluation.toString();
    };
  }
}
