package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Budgets are wide enough for another right implementation, and too narrow for wrong ones. */
class BudgetTightnessTest {
  private static final AttentionSpec CAUSAL =
      AttentionSpec.builder().heads(2, 1).length(200).dim(64).mask(Mask.causal()).build();

  @Test
  void catchAScaleThatIsOffByOnePercent() {
    AttentionSpec wrong = CAUSAL.toBuilder().scale(1.01f * CAUSAL.scale()).build();
    assertCaught(CAUSAL, wrong);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void catchACausalMaskThatIsOffByOne(int shift) {
    AttentionSpec wrong = CAUSAL.toBuilder().queryOffsets(List.of(shift)).build();
    assertCaught(CAUSAL, wrong);
  }

  @Test
  void catchOneKeyOfAThousandDropped() {
    AttentionSpec spec = AttentionSpec.builder().lengths(8, 1000).dim(64).build();
    assertCaught(spec, spec.toBuilder().keyLengths(List.of(999)).build());
  }

  private static void assertCaught(AttentionSpec right, AttentionSpec wrong) {
    for (long seed = 0; seed < 3; seed++) {
      AttentionInputs inputs = AttentionInputs.generate(right, InputFamily.NORMAL, seed);
      Expected expected = Expected.of(inputs);
      assertThat(expected.compare(onlineSoftmax(inputs, 64)).passed()).isTrue();
      Comparison comparison = expected.compare(onlineSoftmax(inputs.withSpec(wrong), 64));
      assertThat(comparison.passed()).isFalse();
      // Far over, and in most elements: no budget that is a little narrower or wider decides this.
      assertThat(comparison.maxErrorOverBudget()).isGreaterThan(10);
      assertThat(comparison.failedElements()).isGreaterThan(comparison.checkedElements() / 2);
    }
  }

  @ParameterizedTest
  @EnumSource(InputFamily.class)
  void admitAnotherOrderOfSummation(InputFamily family) {
    double worst = 0;
    for (int length : new int[] {1, 17, 64, 130, 512}) {
      for (int dim : new int[] {8, 64, 128}) {
        for (Mask mask : List.of(Mask.none(), Mask.causal(), Mask.window(30, 5))) {
          AttentionSpec spec = AttentionSpec.builder().length(length).dim(dim).mask(mask).build();
          AttentionInputs inputs = AttentionInputs.generate(spec, family, length + dim);
          Expected expected = Expected.of(inputs);
          for (int block : new int[] {16, 64}) {
            Comparison comparison = expected.compare(onlineSoftmax(inputs, block));
            assertThat(comparison.passed())
                .as("%s %s, blocks of %d: %s", family, spec.label(), block, comparison.worst())
                .isTrue();
            worst = Math.max(worst, comparison.maxErrorOverBudget());
          }
        }
      }
    }
    System.out.printf("%s: largest error %.3f of its budget%n", family.label(), worst);
    assertThat(worst).isLessThan(1);
  }

  /**
   * Attention in float32 by blocks of keys with a running maximum and sum (Milakov and Gimelshein
   * 2018), written without a look at any kernel: the other implementation that budgets must admit.
   */
  private static AttentionOutput onlineSoftmax(AttentionInputs inputs, int block) {
    AttentionSpec spec = inputs.spec();
    int columns = spec.valueDim();
    float[] o = new float[spec.rows() * columns];
    float[] lse = new float[spec.rows()];
    for (int row = 0; row < spec.rows(); row++) {
      int h = row / spec.queryLength();
      int i = row % spec.queryLength();
      float maximum = Float.NEGATIVE_INFINITY;
      float sum = 0;
      float[] accumulated = new float[columns];
      for (int first = 0; first < spec.kvLength(); first += block) {
        int end = Math.min(spec.kvLength(), first + block);
        float[] scores = scores(inputs, h, i, first, end);
        float raised = maximum;
        for (float score : scores) {
          raised = Math.max(raised, score);
        }
        if (raised == Float.NEGATIVE_INFINITY) {
          continue;
        }
        float correction = (float) Math.exp(maximum - raised);
        sum *= correction;
        for (int d = 0; d < columns; d++) {
          accumulated[d] *= correction;
        }
        for (int j = 0; j < scores.length; j++) {
          if (scores[j] != Float.NEGATIVE_INFINITY) {
            float weight = (float) Math.exp(scores[j] - raised);
            sum += weight;
            int value = AttentionInputs.rowIndex(spec.v(), 0, spec.kvHead(h), first + j);
            for (int d = 0; d < columns; d++) {
              accumulated[d] = Math.fma(weight, inputs.v()[value + d], accumulated[d]);
            }
          }
        }
        maximum = raised;
      }
      lse[row] = sum == 0 ? Float.NEGATIVE_INFINITY : maximum + (float) Math.log(sum);
      for (int d = 0; d < columns && sum != 0; d++) {
        o[row * columns + d] = accumulated[d] / sum;
      }
    }
    return new AttentionOutput(o, lse);
  }

  private static float[] scores(AttentionInputs inputs, int h, int i, int first, int end) {
    AttentionSpec spec = inputs.spec();
    float[] scores = new float[end - first];
    Arrays.fill(scores, Float.NEGATIVE_INFINITY);
    int query = AttentionInputs.rowIndex(spec.q(), 0, h, i);
    for (int key = first; key < end; key++) {
      if (spec.visible(0, h, i, key)) {
        int row = AttentionInputs.rowIndex(spec.k(), 0, spec.kvHead(h), key);
        float sum = 0;
        for (int d = 0; d < spec.headDim(); d++) {
          sum = Math.fma(inputs.q()[query + d], inputs.k()[row + d], sum);
        }
        // Folded into the queries instead, the scale would cost 1.14 budgets on CONSTANT with
        // D = 128: one after the other, 128 equal rounded terms all err to the same side.
        scores[key - first] = spec.scale() * sum;
      }
    }
    return scores;
  }
}
