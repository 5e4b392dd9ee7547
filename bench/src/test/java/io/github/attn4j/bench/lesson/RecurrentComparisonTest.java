package io.github.attn4j.bench.lesson;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What docs/why-attention.md states: a recurrence and attention over the same tokens of 512
 * elements, both without their projections, by turns in one process.
 */
class RecurrentComparisonTest {
  private static final int WIDTH = 512;
  private static final int HEADS = 8;
  private static final int ROUNDS = 11;
  private static final int WARM_UPS = 4;
  private static final long WARM_UP_NANOS = 1_500_000_000L;

  @Test
  void theBaselineComputesItsFormula() {
    RecurrentBaseline baseline = new RecurrentBaseline(16, 1);
    float[] inputs = RecurrentBaseline.draw(5 * 16, 2, 1);
    float[] states = new float[inputs.length];
    baseline.run(inputs, states);
    double[] state = new double[16];
    for (int token = 0; token < 5; token++) {
      state = baseline.plainStep(state, Arrays.copyOfRange(inputs, token * 16, token * 16 + 16));
      for (int i = 0; i < 16; i++) {
        assertThat((double) states[token * 16 + i]).isCloseTo(state[i], within(1e-5));
      }
    }
  }

  @ParameterizedTest
  @Tag("measures")
  @Tag("full")
  @ValueSource(ints = {2048})
  void attentionIsNearerToWhatTheProcessorCanDo(int tokens) {
    compare(tokens);
  }

  /** The other lines of the page's table. */
  @ParameterizedTest
  @Tag("measures")
  @Tag("exhaustive")
  @ValueSource(ints = {512, 1024, 4096, 8192})
  void atEveryLength(int tokens) {
    compare(tokens);
  }

  private static void compare(int tokens) {
    RecurrentBaseline recurrence = new RecurrentBaseline(WIDTH, 1);
    float[] inputs = RecurrentBaseline.draw(tokens * WIDTH, 2, 1);
    float[] states = new float[inputs.length];
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(HEADS)
            .length(tokens)
            .dim(WIDTH / HEADS)
            .mask(Mask.causal())
            .build();
    AttentionInputs drawn = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
    KernelVariant kernel = Lesson.BACKENDS.kernel("java:flash");
    double[] ratios = new double[ROUNDS];
    double[] sequential = new double[ROUNDS];
    double[] parallel = new double[ROUNDS];
    try (Session session =
            Lesson.BACKENDS.backend("java").open(Lesson.BACKENDS.deviceFor(kernel, null));
        PreparedKernel attention = session.prepare(kernel, session.stage(drawn))) {
      AttentionOutput output = AttentionOutput.allocate(spec);
      long start = System.nanoTime();
      while (System.nanoTime() - start < WARM_UP_NANOS) {
        attention.run(output); // four launches were seen not to be enough for the JIT
      }
      for (int round = -WARM_UPS; round < ROUNDS; round++) {
        boolean firstIsRecurrence = round % 2 == 0;
        double a = millis(firstIsRecurrence, recurrence, inputs, states, attention, output);
        double b = millis(!firstIsRecurrence, recurrence, inputs, states, attention, output);
        if (round >= 0) {
          sequential[round] = firstIsRecurrence ? a : b;
          parallel[round] = firstIsRecurrence ? b : a;
          ratios[round] = sequential[round] / parallel[round];
        }
      }
      assertThat(Expected.of(drawn, RowSample.of(spec, 64, 1)).compare(output).passed()).isTrue();
    }
    double recurrent = tokens * recurrence.flopsOfToken() / median(sequential) / 1e6;
    double attending = spec.flops() / median(parallel) / 1e6;
    System.out.printf(
        "N = %d: recurrence %.2f ms (%.1f GFLOP/s), attention %.2f ms (%.1f GFLOP/s), ratio %.2f"
            + " (%.2f to %.2f)%n",
        tokens,
        median(sequential),
        recurrent,
        median(parallel),
        attending,
        median(ratios),
        quantile(ratios, 0.1),
        quantile(ratios, 0.9));
    assertThat(attending).as("GFLOP/s, beside the recurrence's").isGreaterThan(recurrent);
  }

  private static double millis(
      boolean recurrent,
      RecurrentBaseline recurrence,
      float[] inputs,
      float[] states,
      PreparedKernel attention,
      AttentionOutput output) {
    long start = System.nanoTime();
    if (recurrent) {
      recurrence.run(inputs, states);
    } else {
      attention.run(output);
    }
    return (System.nanoTime() - start) / 1e6;
  }

  private static double median(double[] values) {
    return quantile(values, 0.5);
  }

  private static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.round(share * (sorted.length - 1))];
  }
}
