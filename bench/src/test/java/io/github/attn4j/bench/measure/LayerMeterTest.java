package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.LayerMeter.Rates;
import io.github.attn4j.core.cost.LayerTime;
import io.github.attn4j.core.cost.LayerTimes;
import io.github.attn4j.core.cost.ModelReport;
import io.github.attn4j.core.cost.StoredTypes;
import io.github.attn4j.core.cost.TransformerShape;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerMeterTest {
  private static final Backends BACKENDS = new Backends();

  /**
   * Of a context: half a second for a launch of microseconds, which no busy machine and no JVM that
   * still interprets takes up.
   */
  private static final double SECONDS = 3;

  /** 4 heads of 32 on 2 key-value heads. */
  private static final TransformerShape SHAPE =
      new TransformerShape(
          "small",
          "a test",
          128,
          4,
          2,
          32,
          3,
          512,
          false,
          0,
          TransformerShape.Unembedding.NONE,
          true,
          1,
          0,
          0,
          TransformerShape.Bias.NONE,
          false,
          4,
          2);

  private static LayerTimes times(double seconds, long memoryBytes, Integer... contexts) {
    KernelVariant kernel = BACKENDS.kernel("java:flash");
    return LayerMeter.measure(
        ModelReport.of(
            SHAPE,
            new StoredTypes(ElementType.F16, ElementType.F16, ElementType.F32),
            List.of(contexts)),
        BACKENDS,
        kernel,
        BACKENDS.deviceFor(kernel, null),
        new Rates(100, Double.NaN),
        seconds,
        memoryBytes,
        10,
        Watchdog.OFF,
        soFar -> {});
  }

  @Test
  void whatRanWholeStandsForItselfAndForWhatIsTooLong() {
    LayerTimes times = times(2 * SECONDS, 1L << 30, 64, 1_000_000);
    LayerTime small = times.contexts().getFirst();
    assertThat(small.basis()).isEqualTo(LayerTime.Basis.MEASURED);
    assertThat(small.ranHeads()).isEqualTo(4);
    assertThat(small.launches()).isGreaterThanOrEqualTo(3);
    assertThat(small.attentionNanos() / small.ranNanos()).isCloseTo(1, within(1e-9));
    LayerTime large = times.contexts().getLast();
    assertThat(large.basis()).isEqualTo(LayerTime.Basis.SHORTER_CONTEXT);
    assertThat(large.ranContext()).isEqualTo(64);
    // Causal pairs: N (N + 1) / 2.
    assertThat(large.attentionNanos() / small.ranNanos())
        .isCloseTo(500_000_500_000.0 / 2080, within(1.0));
    // 2 N (d d + d d / 2 + d d / 2 + d d + 2 d 4 d) operations at 100 a nanosecond; of memory
    // nothing is known.
    assertThat(small.matrixNanos()).isCloseTo(2.0 * 64 * 11 * 128 * 128 / 100, within(1e-6));
    assertThat(small.tokenNanos()).isNaN();
  }

  @Test
  void whereMemoryIsShortWholeGroupsRun() {
    // Q and O of two heads, K and V of one: 6 x 64 x 32 floats a group.
    LayerTime time = times(SECONDS, 4L * 6 * 64 * 32, 64).contexts().getFirst();
    assertThat(time.basis()).isEqualTo(LayerTime.Basis.FEWER_HEADS);
    assertThat(time.ranHeads()).isEqualTo(2);
    assertThat(time.attentionNanos() / time.ranNanos()).isCloseTo(2, within(1e-9));
  }

  @Test
  void aContextThatFitsInNoWayIsCountedFromOneThatDoes() {
    LayerTime time = times(SECONDS, 4L * 6 * 64 * 32, 4096).contexts().getFirst();
    assertThat(time.basis()).isEqualTo(LayerTime.Basis.SHORTER_CONTEXT);
    assertThat(time.ranContext()).isEqualTo(64);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> times(0, 1L << 30, 64))
        .withMessageContaining("0.0 seconds");
  }
}
