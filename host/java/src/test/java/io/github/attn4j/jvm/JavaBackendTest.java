package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class JavaBackendTest {
  private final JavaBackend backend = new JavaBackend();
  private final DeviceInfo device = backend.devices().get(0);

  private static AttentionInputs inputs() {
    return AttentionInputs.generate(
        AttentionSpec.builder().heads(4, 2).length(70).dims(20, 33).mask(Mask.causal()).build(),
        InputFamily.NORMAL,
        1);
  }

  @Test
  void hasOneDeviceAndOneKernel() {
    assertThat(backend.devices()).hasSize(1);
    assertThat(backend.missing()).isEmpty();
    assertThat(device.computeUnits()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(device.details()).containsKey("vector bits");
    assertThat(JavaKernel.FLASH.globalId()).isEqualTo("java:flash");
    assertThat(JavaKernel.FLASH.supports(inputs().spec(), device)).isEqualTo(Support.yes());
  }

  @Test
  void refusesADeviceOfAnotherBackend() {
    DeviceInfo other =
        new DeviceInfo(
            "opencl", 1, "other", DeviceInfo.Kind.GPU, "1", 1, 1, 0, 1, List.of(), Map.of());
    assertThatThrownBy(() -> backend.open(other))
        .isInstanceOf(BackendException.Unavailable.class)
        .hasMessageContaining("opencl:1");
    assertThat(JavaKernel.FLASH.supports(inputs().spec(), other)).isInstanceOf(Support.No.class);
  }

  @Test
  void allocatesAsMuchScratchAsItSays() {
    try (Session session = backend.open(device);
        StagedInputs staged = session.stage(inputs());
        PreparedKernel kernel = session.prepare(JavaKernel.FLASH, staged)) {
      assertThat(kernel.scratchBytes())
          .isEqualTo(
              JavaKernel.FLASH.scratchBytes(inputs().spec(), session.device(), kernel.tuning()))
          .isEqualTo(scratchByTheFormula(inputs().spec()));
      assertThat(staged.deviceBytes()).isEqualTo(inputs().bytes() + 4L * 4 * 70 * (33 + 1));
      assertThat(session.programsCompiled()).isZero();
      assertThat(kernel.run()).isPositive();
    }
  }

  @Test
  void launchesIntoTheCallersArraysAndIntoNoOthers() {
    AttentionSpec spec = inputs().spec();
    AttentionOutput output = AttentionOutput.allocate(spec);
    try (Session session = backend.open(device);
        StagedInputs staged = session.stage(inputs());
        PreparedKernel kernel = session.prepare(JavaKernel.FLASH, staged)) {
      for (int launch = 0; launch < 3; launch++) {
        kernel.clearOutput();
        Arrays.fill(output.o(), Float.NaN);
        Arrays.fill(output.lse(), Float.NaN);
        assertThat(kernel.run(output)).isPositive();
        assertThat(Expected.of(inputs()).compare(output).passed()).isTrue();
      }
      kernel.clearOutput();
      assertThat(output.lse()).as("the arrays are the caller's alone").doesNotContain(Float.NaN);
      AttentionOutput small = new AttentionOutput(new float[1], new float[1]);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> kernel.run(small))
          .withMessageContaining(spec.label());
      assertThat(kernel.read().lse()[0]).as("nothing ran").isNaN();
    }
  }

  private static long scratchByTheFormula(AttentionSpec spec) {
    long w = MicroKernels.WIDTH;
    long n = FlashTile.KEYS;
    long threads = Runtime.getRuntime().availableProcessors();
    long tiles = 1L * spec.batch() * spec.kvHeads() * Math.ceilDiv(2L * spec.queryLength(), w);
    long row = Math.max(spec.headDim(), spec.valueDim());
    return threads * (4 * w * (spec.headDim() + 40 + n + 3) + 16 * n + 12 * w + 4 * row)
        + 4 * tiles;
  }

  @Test
  void runsOutOfMemoryBeforeAllocating() {
    assertThatThrownBy(() -> HeapMemory.require("everything", Long.MAX_VALUE / 2))
        .isInstanceOfSatisfying(
            BackendException.OutOfMemory.class,
            e -> {
              assertThat(e.neededBytes()).isEqualTo(Long.MAX_VALUE / 2);
              assertThat(e.availableBytes()).isBetween(1L, Runtime.getRuntime().maxMemory());
              assertThat(e.description()).contains("everything").contains("-Xmx");
            });
  }

  @Test
  void refusesToUseWhatIsClosed() {
    Session session = backend.open(device);
    StagedInputs staged = session.stage(inputs());
    PreparedKernel kernel = session.prepare(JavaKernel.FLASH, staged);
    session.close();
    assertThatThrownBy(kernel::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> session.stage(inputs()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    session.close();
  }

  @Test
  void refusesInputsOfAnotherSession() {
    try (Session one = backend.open(device);
        Session two = backend.open(device);
        StagedInputs staged = one.stage(inputs())) {
      assertThatThrownBy(() -> two.prepare(JavaKernel.FLASH, staged))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("another session");
    }
  }

  @Test
  void everyMemberOfATeamRunsOnceAndFailuresReachTheCaller() {
    try (WorkerTeam team = new WorkerTeam(5)) {
      for (int round = 0; round < 200; round++) {
        AtomicIntegerArray calls = new AtomicIntegerArray(5);
        team.run(calls::incrementAndGet);
        for (int member = 0; member < 5; member++) {
          assertThat(calls.get(member)).isEqualTo(1);
        }
      }
      AtomicInteger ended = new AtomicInteger();
      assertThatThrownBy(() ->
              team.run(member -> {
                ended.incrementAndGet();
                if (member == 3) {
                  throw new IllegalStateException("member 3");
                }
              }))
          .hasMessage("member 3");
      assertThat(ended.get()).isEqualTo(5);
    }
  }

  @Test
  void anInterruptedCallerStillWaitsForItsTeam() {
    try (WorkerTeam team = new WorkerTeam(3)) {
      AtomicInteger ended = new AtomicInteger();
      Thread.currentThread().interrupt();
      team.run(member -> ended.incrementAndGet());
      assertThat(ended.get()).isEqualTo(3);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void noKernelIsFasterThanTheCeiling() {
    AttentionSpec spec = AttentionSpec.builder().heads(4).length(256).build();
    try (FmaCeiling ceiling = new FmaCeiling();
        Session session = backend.open(device);
        StagedInputs staged = session.stage(AttentionInputs.generate(spec, InputFamily.NORMAL, 1));
        PreparedKernel kernel = session.prepare(JavaKernel.FLASH, staged)) {
      long best = Long.MAX_VALUE;
      for (int run = 0; run < 30; run++) {
        best = Math.min(best, kernel.run());
      }
      assertThat(spec.flops() / best).isBetween(0.0, 1.05 * ceiling.measureGflops());
    }
  }
}
