package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.cost.BlockTime;
import io.github.attn4j.core.cost.LayerTime;
import io.github.attn4j.core.cost.LayerTimes;
import io.github.attn4j.core.cost.ModelReport;
import io.github.attn4j.core.cost.StoredTypes;
import io.github.attn4j.core.cost.TransformerShape;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.layer.Activation;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.testing.Required;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A block really runs, is checked, and its time stands beside what was predicted. */
class BlockMeterTest {
  /** Of which a block this small plans with a few hundredths. */
  private static final double SECONDS = 0.5;

  private static TransformerShape shape(boolean causal) {
    return new TransformerShape(
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
        causal,
        1,
        0,
        0,
        TransformerShape.Bias.NONE,
        false,
        4,
        2);
  }

  private static LayerTimes times() {
    return new LayerTimes(
        "a kernel",
        "a device",
        100,
        10,
        List.of(new LayerTime(200, LayerTime.Basis.MEASURED, 4, 200, 3, 1, 1, 20, 1, 1)),
        null,
        "not yet");
  }

  private static LayerTimes run(
      Backends backends, String kernelId, boolean causal, BlockMeter.Share share) {
    AtomicReference<LayerTimes> found = new AtomicReference<>();
    run(backends, kernelId, causal, share, found::set);
    return Objects.requireNonNull(found.get());
  }

  private static void run(
      Backends backends,
      String kernelId,
      boolean causal,
      BlockMeter.Share share,
      Consumer<LayerTimes> found) {
    KernelVariant kernel = backends.kernel(kernelId);
    if (backends.backend(kernel.backend()).devices().isEmpty()) {
      Required.abort(kernel.backend(), "no device for " + kernelId);
    }
    BlockMeter.measure(
        ModelReport.of(
            shape(causal),
            new StoredTypes(ElementType.F16, ElementType.F16, ElementType.F32),
            List.of(200)),
        times(),
        backends,
        kernel,
        backends.deviceFor(kernel, null),
        share,
        Watchdog.OFF,
        10,
        found);
  }

  private static BlockTime ran(LayerTimes times) {
    assertThat(times.noBlock()).isEmpty();
    return Objects.requireNonNull(times.block());
  }

  @Test
  void aWholeBlockRunsOnTheJvm() {
    BlockTime block =
        ran(run(new Backends(), "java:flash", true, new BlockMeter.Share(SECONDS, 1L << 30)));
    assertThat(block.whole()).isTrue();
    assertThat(block.context()).isEqualTo(200);
    assertThat(List.of(block.modelDim(), block.feedForwardDim())).containsExactly(128, 512);
    assertThat(block.runs()).isGreaterThanOrEqualTo(3);
    assertThat(block.medianNanos()).isBetween(block.p10Nanos(), block.p90Nanos());
    assertThat(block.attentionNanos()).isPositive().isLessThan(block.medianNanos());
    assertThat(block.checkedTokens()).isEqualTo(4);
    assertThat(block.largestErrorOverBudget()).isPositive().isLessThanOrEqualTo(1);
    // 11 d d multiply-adds a token: 3 d d of Q, K, V and O on half as many heads, 8 of the rest.
    assertThat(block.predictedMatrixNanos())
        .isCloseTo(2.0 * 200 * 11 * 128 * 128 / 100, within(1e-6));
    assertThat(block.predictedAttentionNanos())
        .isCloseTo(4.0 * 200 * 201 / 2 * 32 * 4 / 20, within(1e-6));
    // The whole block's prediction is this one's.
    assertThat(block.wholeNanos() / block.medianNanos()).isCloseTo(1, within(1e-9));
  }

  @Test
  @Tag("full")
  void aBlockRunsOnOpenClWhereEveryTokenSeesAll() {
    BlockTime block =
        ran(
            run(
                new Backends(),
                "opencl:flash_query_lanes",
                false,
                new BlockMeter.Share(SECONDS, 1L << 30)));
    assertThat(block.whole()).isTrue();
    assertThat(block.largestErrorOverBudget()).isPositive().isLessThanOrEqualTo(1);
    assertThat(block.differences()).hasSize(2);
  }

  @Test
  void whereNothingFitsNoBlockRunsAndTheReasonIsKept() {
    LayerTimes times = run(new Backends(), "java:flash", true, new BlockMeter.Share(SECONDS, 1000));
    assertThat(times.block()).isNull();
    assertThat(times.noBlock()).startsWith("not even one of d_model 32, 1 heads of 32 on 1");
  }

  /** The feed-forward part without its GELU. */
  @Test
  void aWrongBlockIsNotTimed() {
    AtomicReference<LayerTimes> found = new AtomicReference<>();
    Backends wrong =
        new Backends(
            List.of(
                changed(
                    Backend.class,
                    new JavaBackend(),
                    (backend, session) ->
                        changed(Session.class, (Session) session, BlockMeterTest::layers))));
    assertThatExceptionOfType(BackendException.LaunchFailed.class)
        .isThrownBy(() ->
            run(wrong, "java:flash", true, new BlockMeter.Share(SECONDS, 1L << 30), found::set))
        .withMessageContaining("one block of d_model 128, 4 heads of 32 on 2")
        .withMessageContaining("is wrong, error / budget");
    LayerTimes reported = Objects.requireNonNull(found.get());
    assertThat(reported.block()).isNull();
    assertThat(reported.noBlock()).startsWith("it failed: ").contains("is wrong, error / budget");
  }

  private static Object layers(Object session, Object result) {
    return result instanceof Layers layers
        ? Proxy.newProxyInstance(
            Layers.class.getClassLoader(),
            new Class<?>[] {Layers.class},
            (self, method, arguments) -> {
              if (method.getName().equals("matMul")) {
                arguments[3] = Activation.NONE;
              }
              return method.invoke(layers, arguments);
            })
        : result;
  }

  /** The same, with what sessions and layers it hands out changed. */
  private static <T> T changed(Class<T> type, T real, BinaryOperator<Object> change) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              Object result = method.invoke(real, arguments);
              return result instanceof Session || result instanceof Layers
                  ? change.apply(real, result)
                  : result;
            }));
  }
}
