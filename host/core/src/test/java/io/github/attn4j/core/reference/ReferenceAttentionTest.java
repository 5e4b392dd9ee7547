package io.github.attn4j.core.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReferenceAttentionTest {
  private static final float[] LESSON_Q = {.9f, .2f, .5f, .3f, .8f, .4f};
  private static final float[] LESSON_K = {.7f, .4f, .6f, .2f, .9f, .3f};
  private static final float[] LESSON_V = {.5f, .8f, .2f, .7f, .1f, .9f};

  /**
   * Two tokens by hand, as lessons print it: scores .583 .294 / .445 .520 after the division by
   * sqrt(3), weights .57 .43 / .48 .52. Every printed figure comes out.
   */
  @Test
  void computesTheLessonOfTwoTokens() {
    AttentionSpec spec = AttentionSpec.builder().length(2).dim(3).build();
    ReferenceResult result = all(inputs(spec, LESSON_Q, LESSON_K, LESSON_V));
    assertThat(result.o())
        .containsExactly(new double[] {.59, .50, .50, .60, .44, .56}, within(0.005));
    assertThat(result.o())
        .containsExactly(
            new double[] {.58566565, .50017023, .49982977, .60375102, .43687144, .56312856},
            within(1e-7));
    assertThat(result.lse()).containsExactly(new double[] {1.14231408, 1.17593866}, within(1e-7));
  }

  /** With one-hot values the outputs are the weights themselves. */
  @Test
  void computesTheLessonsWeights() {
    AttentionSpec spec = AttentionSpec.builder().length(2).dims(3, 2).build();
    ReferenceResult result = all(inputs(spec, LESSON_Q, LESSON_K, new float[] {1, 0, 0, 1}));
    assertThat(result.o()).containsExactly(new double[] {.57, .43, .48, .52}, within(0.005));
  }

  @Test
  void capsScoresSoftlyBeforeTheMaskIsAdded() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .lengths(1, 2)
            .dims(1, 2)
            .scale(2)
            .softCap(3)
            .mask(additive(1, 2, 0, 5))
            .build();
    ReferenceResult result =
        all(inputs(spec, new float[] {2}, new float[] {1, -1}, new float[] {1, 0, 0, 1}));
    double first = 3 * Math.tanh(4 / 3.0);
    double second = 3 * Math.tanh(-4 / 3.0) + 5;
    double weight = 1 / (1 + Math.exp(second - first));
    assertThat(result.o()).containsExactly(new double[] {weight, 1 - weight}, within(1e-12));
    assertThat(result.lse()[0])
        .isCloseTo(Math.log(Math.exp(first) + Math.exp(second)), within(1e-12));
  }

  @Test
  void givesZeroAndNegativeInfinityToARowThatSeesNothing() {
    AttentionSpec spec = AttentionSpec.builder().lengths(3, 1).dim(2).mask(Mask.causal()).build();
    ReferenceResult result =
        all(inputs(spec, new float[6], new float[] {1, 1}, new float[] {3, 4}));
    assertThat(result.o()).containsExactly(0, 0, 0, 0, 3, 4);
    assertThat(result.lse()).containsExactly(Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY, 0);
  }

  @Test
  void averagesARowOfTheLargestNegativeBiases() {
    float lowest = -Float.MAX_VALUE;
    AttentionSpec spec =
        AttentionSpec.builder()
            .lengths(2, 2)
            .dim(1)
            .mask(additive(2, 2, lowest, lowest, Float.NEGATIVE_INFINITY, lowest))
            .build();
    ReferenceResult result =
        all(inputs(spec, new float[] {1, 1}, new float[] {1, 1}, new float[] {2, 6}));
    assertThat(result.o()).containsExactly(4, 6);
    assertThat(result.lse()[0]).isEqualTo(lowest);
  }

  @Test
  void readsTheKeysOfTheQueryHeadsGroup() {
    AttentionSpec spec = AttentionSpec.builder().heads(4, 2).length(1).dim(1).build();
    ReferenceResult result = all(inputs(spec, new float[4], new float[2], new float[] {10, 20}));
    assertThat(result.o()).containsExactly(10, 10, 20, 20);
  }

  @Test
  void passesNanOnToTheRowsThatSeeItOnly() {
    AttentionSpec spec = AttentionSpec.builder().length(3).dim(1).mask(Mask.causal()).build();
    ReferenceResult result =
        all(inputs(spec, new float[] {1, 1, 1}, new float[] {1, Float.NaN, 1}, new float[3]));
    assertThat(result.o()[0]).isZero();
    assertThat(result.lse()[0]).isEqualTo(1);
    assertThat(result.o()[1]).isNaN();
    assertThat(result.lse()[1]).isNaN();
    assertThat(result.lse()[2]).isNaN();
  }

  @Test
  void computesTheSameRowsAloneAsAllTogether() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .heads(4, 2)
            .length(30)
            .dim(8)
            .mask(Mask.causal())
            .keyLengths(List.of(30, 17))
            .build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
    ReferenceResult all = all(inputs);
    RowSample sample = RowSample.of(spec, 50, 4);
    ReferenceResult some = ReferenceAttention.compute(inputs, sample);
    PlainAttention.Result plain = PlainAttention.compute(inputs, sample);
    for (int slot = 0; slot < sample.rows().length; slot++) {
      int row = sample.rows()[slot];
      assertThat(some.lse()[slot]).isEqualTo(all.lse()[row]);
      for (int d = 0; d < 8; d++) {
        assertThat(some.o()[slot * 8 + d]).isEqualTo(all.o()[row * 8 + d]);
        assertThat((double) plain.o()[slot * 8 + d]).isCloseTo(all.o()[row * 8 + d], within(1e-5));
      }
    }
  }

  private static ReferenceResult all(AttentionInputs inputs) {
    return ReferenceAttention.compute(inputs, RowSample.all(inputs.spec()));
  }

  private static AttentionInputs inputs(AttentionSpec spec, float[] q, float[] k, float[] v) {
    return AttentionInputs.ofContiguous(spec, "by hand", q, k, v);
  }

  private static Mask additive(int queries, int keys, float... values) {
    return new Mask.DenseAdditive(DenseMask.ofFloats(1, 1, queries, keys, values));
  }

  /** Kernels, plain version and oracle alike: a score of -inf hides, whatever the value holds. */
  @Test
  void aScoreOfMinusInfinityHidesItsPair() {
    for (String text : List.of("k % 7 == 3 ? log2(0) : s", "k % 7 == 3 ? s - 1e38 * 1e38 : s")) {
      AttentionSpec spec =
          AttentionSpec.builder()
              .lengths(3, 40)
              .dim(8)
              .scoreModifier(ScoreModifier.expression(ScoreExpression.parse(text)))
              .build();
      AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
      for (int key = 3; key < 40; key += 7) {
        Arrays.fill(inputs.v(), 8 * key, 8 * key + 8, Float.NaN);
      }
      Mask mask = Mask.expression(MaskExpression.parse("k % 7 != 3"));
      AttentionInputs masked =
          inputs.withSpec(spec.toBuilder().mask(mask).scoreModifier(ScoreModifier.none()).build());
      RowSample all = RowSample.all(spec);
      ReferenceResult reference = ReferenceAttention.compute(inputs, all);
      assertThat(reference.o()).isEqualTo(ReferenceAttention.compute(masked, all).o());
      assertThat(reference.lse()).isEqualTo(ReferenceAttention.compute(masked, all).lse());
      assertThat(reference.visibleKeys()).containsOnly(40 - 6);
      assertThat(PlainAttention.compute(inputs, all).o())
          .isEqualTo(PlainAttention.compute(masked, all).o());
      for (double element : reference.o()) {
        assertThat(element).isFinite();
      }
    }
  }
}
