package io.github.attn4j.bench.lesson;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention by itself knows no order: tokens that are shuffled give the same rows, shuffled. */
class PermutationTest {
  private static final int N = 9;
  private static final int DIM = 64;

  /** Row i of the shuffled text is row ORDER[i] of the other. */
  private static final int[] ORDER = {4, 7, 0, 8, 2, 5, 1, 3, 6};

  private static AttentionSpec spec(Mask mask) {
    return AttentionSpec.builder().length(N).dim(DIM).mask(mask).build();
  }

  @ParameterizedTest
  @Tag("full")
  @ValueSource(strings = {"java:flash", "opencl:flash_query_lanes"})
  void shuffledTokensGiveShuffledRows(String kernel) {
    AttentionInputs text = AttentionInputs.generate(spec(Mask.none()), InputFamily.NORMAL, 9);
    Comparison comparison = Expected.of(text).compare(unshuffled(kernel, text));
    assertThat(comparison.passed()).as("%s", comparison.worst()).isTrue();
  }

  /** A causal mask is an order: behind it the same shuffle changes what is computed. */
  @ParameterizedTest
  @Tag("full")
  @ValueSource(strings = {"java:flash", "opencl:flash_query_lanes"})
  void behindACausalMaskTheyDoNot(String kernel) {
    AttentionInputs text = AttentionInputs.generate(spec(Mask.causal()), InputFamily.NORMAL, 9);
    assertThat(Expected.of(text).compare(unshuffled(kernel, text)).passed()).isFalse();
  }

  /** Of the shuffled text, put back into the order of the other. */
  private static AttentionOutput unshuffled(String kernel, AttentionInputs text) {
    AttentionInputs shuffled =
        new AttentionInputs(
            text.spec(), "shuffled", shuffle(text.q()), shuffle(text.k()), shuffle(text.v()));
    AttentionOutput output = Lesson.run(kernel, shuffled);
    AttentionOutput back = AttentionOutput.allocate(text.spec());
    for (int row = 0; row < N; row++) {
      System.arraycopy(output.o(), row * DIM, back.o(), ORDER[row] * DIM, DIM);
      back.lse()[ORDER[row]] = output.lse()[row];
    }
    return back;
  }

  private static float[] shuffle(float[] rows) {
    float[] shuffled = new float[rows.length];
    for (int row = 0; row < N; row++) {
      System.arraycopy(rows, ORDER[row] * DIM, shuffled, row * DIM, DIM);
    }
    return shuffled;
  }
}
