package io.github.attn4j.bench.lesson;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Negative infinity above the diagonal, added before softmax, is the causal mask. */
class CausalMaskTest {
  private static final int N = 7;

  private static AttentionSpec spec(Mask mask) {
    return AttentionSpec.builder().heads(2).length(N).dim(64).mask(mask).build();
  }

  private static Mask upperTriangle() {
    float[] added = new float[N * N];
    for (int q = 0; q < N; q++) {
      for (int k = q + 1; k < N; k++) {
        added[q * N + k] = Float.NEGATIVE_INFINITY;
      }
    }
    return new Mask.DenseAdditive(DenseMask.ofFloats(1, 1, N, N, added));
  }

  @ParameterizedTest
  @Tag("full")
  @ValueSource(strings = {"java:flash", "opencl:naive", "opencl:flash_query_lanes"})
  void theUpperTriangleIsTheCausalMask(String kernel) {
    AttentionInputs causal = AttentionInputs.generate(spec(Mask.causal()), InputFamily.NORMAL, 5);
    AttentionInputs added = causal.withSpec(spec(upperTriangle()));
    Expected expected = Expected.of(causal);
    for (AttentionInputs inputs : new AttentionInputs[] {causal, added}) {
      Comparison comparison = expected.compare(Lesson.run(kernel, inputs));
      assertThat(comparison.passed())
          .as("%s: %s", inputs.spec().mask().label(), comparison.worst())
          .isTrue();
    }
    Comparison open = expected.compare(Lesson.run(kernel, causal.withSpec(spec(Mask.none()))));
    assertThat(open.passed()).as("without a mask").isFalse();
  }

  /** A row's weights still add up to 1: -inf takes a pair out before softmax, not after it. */
  @Test
  void whatIsLeftOfARowAddsUpToOne() {
    AttentionInputs inputs = AttentionInputs.generate(spec(upperTriangle()), InputFamily.NORMAL, 5);
    AttentionOutput output = Lesson.run("java:flash", inputs);
    for (int q = 0; q < N; q++) {
      double sum = 0;
      for (int k = 0; k < N; k++) {
        double weight = Lesson.weight(inputs, output, 0, q, k);
        assertThat(weight == 0).as("weight of %d, %d", q, k).isEqualTo(k > q);
        sum += weight;
      }
      assertThat(sum).isBetween(1 - 1e-5, 1 + 1e-5);
    }
  }

  /** What a decoder's training and its cache both rest on. */
  @Test
  void aLaterTokenNeverChangesAnEarlierRow() {
    AttentionInputs inputs = AttentionInputs.generate(spec(Mask.causal()), InputFamily.NORMAL, 5);
    AttentionOutput before = Lesson.run("java:flash", inputs);
    for (int h = 0; h < 2; h++) {
      for (int d = 0; d < 64; d++) {
        inputs.k()[inputs.spec().keyRow(0, h, N - 1) + d] += 3;
        inputs.v()[inputs.spec().valueRow(0, h, N - 1) + d] -= 3;
      }
    }
    AttentionOutput after = Lesson.run("java:flash", inputs);
    for (int h = 0; h < 2; h++) {
      for (int q = 0; q < N; q++) {
        int row = inputs.spec().outputRow(0, h, q);
        boolean same = true;
        for (int d = 0; d < 64; d++) {
          same &= before.o()[row + d] == after.o()[row + d];
        }
        assertThat(same).as("row %d", q).isEqualTo(q < N - 1);
      }
    }
  }
}
