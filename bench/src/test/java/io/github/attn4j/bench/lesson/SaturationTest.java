package io.github.attn4j.bench.lesson;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * Why scores are divided by the square root of d_k (Vaswani et al. 2017, section 3.2.1): q . k of
 * independent elements of variance 1 has variance d_k, and softmax of scores that far apart is
 * nearly one-hot, where it has no slope left to learn from.
 */
class SaturationTest {
  private static final int KEYS = 64;
  private static final int QUERIES = 256;
  private static final List<Integer> DIMS = List.of(1, 4, 16, 64, 256, 1024);

  /**
   * Means over rows.
   *
   * @param largest weight of a row
   * @param nats entropy of a row's weights; ln 64 = 4.16 where all are equal
   * @param slope sum of p (1 - p), the trace of softmax's derivative; 0 where one weight is 1
   */
  private record Measured(double largest, double nats, double slope) {}

  /** With the identity as values a kernel's output is its weights. */
  private static Measured measure(int dim, float scale) {
    AttentionSpec spec =
        AttentionSpec.builder().lengths(QUERIES, KEYS).dims(dim, KEYS).scale(scale).build();
    AttentionInputs drawn = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
    float[] identity = new float[KEYS * KEYS];
    for (int k = 0; k < KEYS; k++) {
      identity[k * KEYS + k] = 1;
    }
    AttentionInputs inputs =
        new AttentionInputs(spec, "identity values", drawn.q(), drawn.k(), identity);
    AttentionOutput output = Lesson.run("java:flash", inputs);
    double largest = 0;
    double nats = 0;
    double slope = 0;
    for (int q = 0; q < QUERIES; q++) {
      double most = 0;
      for (int k = 0; k < KEYS; k++) {
        double weight = output.o()[spec.outputRow(0, 0, q) + k];
        most = Math.max(most, weight);
        nats -= weight == 0 ? 0 : weight * Math.log(weight);
        slope += weight * (1 - weight);
      }
      largest += most;
    }
    return new Measured(largest / QUERIES, nats / QUERIES, slope / QUERIES);
  }

  @Test
  void withoutTheRootSoftmaxSaturatesAndWithItItDoesNot() {
    Measured first = measure(DIMS.get(2), (float) (1 / Math.sqrt(DIMS.get(2))));
    double before = Double.POSITIVE_INFINITY;
    for (int dim : DIMS.subList(2, DIMS.size())) {
      Measured scaled = measure(dim, (float) (1 / Math.sqrt(dim)));
      assertThat(scaled.nats()).as("entropy, d_k = %d", dim).isCloseTo(first.nats(), within(0.15));
      Measured plain = measure(dim, 1);
      assertThat(plain.nats()).as("entropy without, d_k = %d", dim).isLessThan(before);
      before = plain.nats();
    }
    Measured wide = measure(1024, 1);
    assertThat(wide.largest()).isGreaterThan(0.9);
    assertThat(wide.slope()).isLessThan(first.slope() / 5);
  }

  /** The page's table is this run's. */
  @Test
  void thePageShowsWhatWasMeasured() {
    List<String> lines = new ArrayList<>();
    for (int dim : DIMS) {
      Measured scaled = measure(dim, (float) (1 / Math.sqrt(dim)));
      Measured plain = measure(dim, 1);
      lines.add(
          String.format(
              Locale.ROOT,
              "| %d | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |",
              dim,
              scaled.nats(),
              scaled.largest(),
              scaled.slope(),
              plain.nats(),
              plain.largest(),
              plain.slope()));
    }
    assertThat(Lesson.page("lessons.md")).containsAll(lines);
  }
}
