package io.github.attn4j.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions from opening to closing: what they compile, what they write, what they leave behind. */
class SessionTest {
  private static final AttentionInputs INPUTS =
      AttentionInputs.generate(
          AttentionSpec.builder().heads(2).length(50).mask(Mask.causal()).build(),
          InputFamily.NORMAL,
          3);

  private final TornadoSession session = TestDevices.openPreferred();

  @AfterEach
  void close() {
    session.close();
  }

  @Test
  void closingClosesWhatBelongsToIt() {
    StagedInputs staged = session.stage(INPUTS);
    PreparedKernel kernel = session.prepare(TornadoKernel.ONLINE_SOFTMAX, staged);
    assertThat(session.evictCaches()).isPositive();
    assertThat(kernel.run()).isPositive();
    session.close();
    session.close(); // a second time changes nothing
    assertThatIllegalStateException()
        .isThrownBy(kernel::run)
        .withMessageContaining("tornado:online_softmax")
        .withMessageContaining("closed");
    assertThatIllegalStateException().isThrownBy(kernel::read).withMessageContaining("closed");
    assertThatIllegalStateException().isThrownBy(kernel::clearOutput);
    kernel.close();
    staged.close();
  }

  @Test
  void aClosedSessionRefusesWorkAndNamesItsDevice() {
    StagedInputs staged = session.stage(INPUTS);
    session.close();
    String device = session.device().name();
    assertThatIllegalStateException()
        .isThrownBy(() -> session.stage(INPUTS).close())
        .withMessageContaining(device)
        .withMessageContaining("closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> session.prepare(TornadoKernel.FLASH, staged).close())
        .withMessageContaining(device);
    assertThatIllegalStateException().isThrownBy(session::evictCaches);
  }

  @Test
  void closedInputsStopTheirKernels() {
    StagedInputs staged = session.stage(INPUTS);
    PreparedKernel kernel = session.prepare(TornadoKernel.ONLINE_SOFTMAX, staged);
    staged.close();
    assertThatIllegalStateException().isThrownBy(kernel::run);
    assertThatIllegalStateException().isThrownBy(kernel::read);
    assertThatIllegalStateException().isThrownBy(kernel::clearOutput);
    assertThatIllegalStateException()
        .isThrownBy(() -> session.prepare(TornadoKernel.ONLINE_SOFTMAX, staged).close())
        .withMessageContaining("staged inputs")
        .withMessageContaining(INPUTS.spec().label());
  }

  @Test
  void inputsOfAnotherSessionAreRefused() {
    try (TornadoSession other = TestDevices.openPreferred();
        StagedInputs foreign = other.stage(INPUTS)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.prepare(TornadoKernel.ONLINE_SOFTMAX, foreign).close())
          .withMessageContaining("another session");
    }
  }

  @Test
  void aSpecThatAnIdlePlanFitsCompilesNothing() {
    run(TornadoKernel.ONLINE_SOFTMAX, INPUTS);
    assertThat(session.programsCompiled()).isEqualTo(1);
    run(TornadoKernel.ONLINE_SOFTMAX, INPUTS);
    assertThat(session.programsCompiled()).as("the same spec again").isEqualTo(1);
    AttentionInputs longer =
        AttentionInputs.generate(
            AttentionSpec.builder().batch(2).lengths(33, 71).dims(40, 64).build(),
            InputFamily.NORMAL,
            4);
    run(TornadoKernel.ONLINE_SOFTMAX, longer);
    assertThat(session.programsCompiled()).as("lengths and strides are not compiled in").isOne();
    run(TornadoKernel.FLASH, INPUTS);
    assertThat(session.programsCompiled()).as("another kernel").isEqualTo(2);
  }

  @Test
  void twoKernelsOnTheSameInputsDoNotDisturbEachOther() {
    Expected expected = Expected.of(INPUTS);
    try (StagedInputs staged = session.stage(INPUTS);
        PreparedKernel first = session.prepare(TornadoKernel.ONLINE_SOFTMAX, staged);
        PreparedKernel second = session.prepare(TornadoKernel.ONLINE_SOFTMAX, staged)) {
      assertThat(first.run()).isPositive();
      assertAllNan(second.read());
      assertThat(second.run()).isPositive();
      assertThat(expected.compare(first.read()).passed()).isTrue();
      assertThat(expected.compare(second.read()).passed()).isTrue();
    }
  }

  @Test
  void plansLiveOnWhenAnotherSessionFreesItsOwn() {
    Expected expected = Expected.of(INPUTS);
    try (StagedInputs staged = session.stage(INPUTS);
        PreparedKernel kernel = session.prepare(TornadoKernel.ONLINE_SOFTMAX, staged)) {
      assertThat(kernel.run()).isPositive();
      try (TornadoSession other = TestDevices.openPreferred();
          StagedInputs theirs = other.stage(INPUTS);
          PreparedKernel passing = other.prepare(TornadoKernel.TILED_THREE_PASS, theirs)) {
        assertThat(passing.run()).isPositive();
      }
      kernel.clearOutput();
      assertThat(kernel.run()).isPositive();
      assertThat(expected.compare(kernel.read()).passed()).isTrue();
    }
  }

  @Test
  void freedPlansLeaveNothingBehind() throws IOException {
    prepareAndFree(0);
    long resident = residentBytes();
    for (int round = 1; round <= 20; round++) {
      prepareAndFree(round);
    }
    // 20 rounds allocate 32 MiB each on the device, and as much on the Java heap.
    assertThat(residentBytes() - resident).isLessThan(320L << 20);
  }

  /** Every round has sizes of its own, so that no plan is used twice. */
  private static void prepareAndFree(int round) {
    AttentionInputs inputs =
        AttentionInputs.generate(
            AttentionSpec.builder()
                .heads(32)
                .lengths(1024, 1024 + round)
                .mask(Mask.causal())
                .build(),
            InputFamily.UNIFORM,
            1);
    try (TornadoSession own = TestDevices.openPreferred();
        StagedInputs staged = own.stage(inputs);
        PreparedKernel kernel = own.prepare(TornadoKernel.ONLINE_SOFTMAX, staged)) {
      assertThat(kernel.variant()).isSameAs(TornadoKernel.ONLINE_SOFTMAX);
    }
    System.gc();
  }

  private static long residentBytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    Assumptions.assumeTrue(Files.isReadable(status), "no /proc/self/status: not Linux");
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
        .sum();
  }

  @Test
  void moreThanTheDeviceHoldsIsRefusedBeforeAnythingIsAllocated() {
    AttentionSpec spec = AttentionSpec.builder().heads(64).lengths(1, 16).build();
    long available = Math.min(session.device().memoryBytes(), Runtime.getRuntime().maxMemory());
    // Scores alone, 4 * B * Hq * Sq * Skv bytes, that no machine has room for.
    AttentionSpec tooLarge =
        spec.toBuilder().heads(1).lengths(46_000, 46_000).dim(1).contiguous().build();
    Assumptions.assumeTrue(
        TornadoKernel.NAIVE_PARALLEL.scratchBytes(tooLarge, session.device(), Tuning.NONE)
            > available,
        () -> "this device holds %,d bytes".formatted(available));
    AttentionInputs inputs = AttentionInputs.generate(tooLarge, InputFamily.UNIFORM, 1);
    try (StagedInputs staged = session.stage(inputs)) {
      assertThatExceptionOfType(BackendException.OutOfMemory.class)
          .isThrownBy(() -> session.prepare(TornadoKernel.NAIVE_PARALLEL, staged).close())
          .withMessageContaining("tornado:naive_parallel")
          .satisfies(e -> assertThat(e.neededBytes()).isGreaterThan(e.availableBytes()));
    }
    run(TornadoKernel.ONLINE_SOFTMAX, INPUTS);
  }

  @ParameterizedTest
  @EnumSource(TornadoKernel.class)
  void everyElementIsNanUntilAKernelWritesIt(TornadoKernel variant) {
    Expected expected = Expected.of(INPUTS);
    try (StagedInputs staged = session.stage(INPUTS);
        PreparedKernel kernel = session.prepare(variant, staged)) {
      assertAllNan(kernel.read());
      assertThat(kernel.run()).isPositive();
      assertThat(expected.compare(kernel.read()).passed()).isTrue();
      kernel.clearOutput();
      assertAllNan(kernel.read());
      assertThat(kernel.run()).isPositive();
      assertThat(expected.compare(kernel.read()).passed()).as("after clearing").isTrue();
      assertThat(kernel.downloadNanos()).isPositive();
      assertThat(kernel.buildNanos()).isPositive();
      assertThat(kernel.scratchBytes())
          .isEqualTo(variant.scratchBytes(INPUTS.spec(), session.device(), kernel.tuning()));
      assertThat(kernel.variant()).isSameAs(variant);
    }
  }

  @Test
  void changedQueriesReachTheDevice() {
    AttentionInputs inputs =
        new AttentionInputs(
            INPUTS.spec(), "to be changed", INPUTS.q().clone(), INPUTS.k(), INPUTS.v());
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel kernel = session.prepare(TornadoKernel.FLASH, staged)) {
      assertThat(kernel.run()).isPositive();
      assertThat(Expected.of(inputs).compare(kernel.read()).passed()).isTrue();
      int from = 10 * 64;
      for (int element = from; element < from + 64; element++) {
        inputs.q()[element] = 3 - inputs.q()[element];
      }
      staged.refreshQueries(from, 64);
      assertThat(kernel.run()).isPositive();
      assertThat(Expected.of(inputs).compare(kernel.read()).passed()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(TornadoKernel.class)
  void gapsOfTheOutputAreNeverWritten(TornadoKernel variant) {
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .heads(2)
            .length(37)
            .dims(64, 40)
            .layouts(
                Layout.bhsd(2, 37, 64),
                Layout.bhsd(2, 37, 64),
                Layout.bhsd(2, 37, 40),
                Layout.padded(2, 37, 40, 5, 3, 2))
            .build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 9);
    boolean[] written = new boolean[spec.outputElements()];
    for (int row = 0; row < spec.rows(); row++) {
      int start = AttentionInputs.rowIndex(spec.o(), row / (2 * 37), row / 37 % 2, row % 37);
      Arrays.fill(written, start, start + 40, true);
    }
    float[] o = run(variant, inputs).o();
    int gaps = 0;
    for (int i = 0; i < o.length; i++) {
      assertThat(Float.isNaN(o[i])).as("element %d", i).isEqualTo(!written[i]);
      gaps += written[i] ? 0 : 1;
    }
    assertThat(gaps).isGreaterThan(3 * 36 * 4);
  }

  @ParameterizedTest
  @EnumSource(TornadoKernel.class)
  void everyPartOfTheTimingIsPositive(TornadoKernel variant) {
    assertThat(Evaluator.evaluate(session, variant, INPUTS, Expected.of(INPUTS)))
        .isInstanceOfSatisfying(
            Evaluation.Passed.class,
            passed -> {
              assertThat(passed.timing().uploadNanos()).isPositive();
              assertThat(passed.timing().kernelNanos()).isPositive();
              assertThat(passed.timing().downloadNanos()).isPositive();
              assertThat(passed.timing().buildNanos()).isPositive();
              assertThat(passed.timing().hostNanos())
                  .isGreaterThanOrEqualTo(passed.timing().kernelNanos());
            });
  }

  private AttentionOutput run(TornadoKernel variant, AttentionInputs inputs) {
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel kernel = session.prepare(variant, staged)) {
      assertThat(kernel.run()).isPositive();
      return kernel.read();
    }
  }

  private static void assertAllNan(AttentionOutput output) {
    for (float value : output.o()) {
      assertThat(value).isNaN();
    }
    for (float value : output.lse()) {
      assertThat(value).isNaN();
    }
  }
}
