package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.testing.MemoryGrowth;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jocl.CL;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is opened is given back, whatever goes wrong, and cycle after cycle. */
class ResourceHygieneTest {
  /** At what the driver holds, a millisecond apart: what leaked is there in each of them. */
  private static final int LOOKS = 30;

  /** Until the JVM has compiled what runs: after 1,000 cycles its code still grew by megabytes. */
  private static final int WARM_UP = 3_000;

  /** Of 10,000 cycles 1.7 KB each, less than any object of OpenCL with its buffer. */
  private static final long LARGEST_GROWTH = 8 << 20;

  /** The heap holds what the test keeps, which is nothing. */
  private static final long LARGEST_HEAP_GROWTH = 4 << 20;

  /** A kernel whose program does not build, and one whose second launch is refused. */
  private static String broken(String file) {
    return switch (file) {
      case "attention/online_softmax.cl" -> "__kernel void broken( {";
      case "attention/naive.cl" ->
          KernelSource.load(file)
              .replace(
                  "__kernel void naive_softmax(",
                  "__kernel __attribute__((reqd_work_group_size(3, 1, 1))) void naive_softmax(");
      default -> KernelSource.load(file);
    };
  }

  private static final AttentionSpec SPEC = spec().build();

  /** What tests compile anyway, or what compiles once. */
  private static final List<AttentionSpec> SPECS =
      List.of(
          SPEC,
          spec().lengths(1, 70).heads(4, 2).build(),
          spec().batch(3).lengths(9, 21).keyLengths(List.of(21, 0, 5)).mask(Mask.causal()).build(),
          spec().lengths(33, 40).mask(mask("k % 3 != 1")).build(),
          spec().lengths(5, 40).storage(ElementType.F16).build());

  private static AttentionSpecBuilder spec() {
    return AttentionSpec.builder().lengths(17, 19).dim(64);
  }

  private static Mask mask(String text) {
    return Mask.expression(MaskExpression.parse(text));
  }

  /** Numbers that must not grow. */
  private record Held(long objects, long resources, long deviceBytes, long directBytes) {
    static Held by(OpenClSession session) {
      return new Held(
          liveObjects(session),
          session.openResources(),
          session.allocatedBytes(),
          ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
              .mapToLong(BufferPoolMXBean::getMemoryUsed)
              .sum());
    }

    /** Without those that a thread of the driver's lets go of a moment after a launch. */
    private static long liveObjects(OpenClSession session) {
      long least = session.liveObjects();
      for (int look = 0; look < LOOKS; look++) {
        LockSupport.parkNanos(1_000_000);
        least = Math.min(least, session.liveObjects());
      }
      return least;
    }
  }

  @Test
  @Tag("full")
  void thousandsOfCyclesWithFailuresAmongThemHoldWhatOneDoes() throws Exception {
    requireFlat(2000);
  }

  @Test
  @Tag("exhaustive")
  void tenThousandCyclesWithFailuresAmongThemHoldWhatOneDoes() throws Exception {
    requireFlat(10_000);
  }

  private static void requireFlat(int cycles) throws Exception {
    List<AttentionInputs> inputs = SPECS.stream().map(ResourceHygieneTest::drawn).toList();
    try (OpenClSession session = TestDevices.openPreferred(ResourceHygieneTest::broken)) {
      for (int cycle = 0; cycle < WARM_UP; cycle++) {
        cycle(session, inputs, cycle);
      }
      Held before = Held.by(session);
      long[] growth =
          MemoryGrowth.over(
              cycles,
              cycle -> cycle(session, inputs, WARM_UP + cycle),
              MemoryGrowth::heapBytes,
              NativeMemory::residentBytes); // after the heap is collected, which takes some of it
      assertThat(Held.by(session)).isEqualTo(before);
      assertThat(before.deviceBytes()).isZero();
      assertThat(before.resources()).isZero();
      assertThat(growth[0]).as("heap").isLessThan(LARGEST_HEAP_GROWTH);
      assertThat(growth[1]).as("resident").isLessThan(LARGEST_GROWTH);
    }
  }

  /** One in 10 fails: a launch or memory each time, a build, which takes long, seldom. */
  private static void cycle(OpenClSession session, List<AttentionInputs> inputs, int cycle) {
    AttentionInputs chosen = inputs.get(cycle % inputs.size());
    if (cycle % 1000 == 7) {
      assertThatThrownBy(() -> launch(session, OpenClKernel.ONLINE_SOFTMAX, chosen))
          .isInstanceOf(BackendException.BuildFailed.class);
    } else if (cycle % 20 == 3) {
      assertThatThrownBy(() -> launch(session, OpenClKernel.NAIVE, chosen))
          .isInstanceOf(BackendException.LaunchFailed.class);
    } else if (cycle % 20 == 13) {
      session.allocations().plant(1 + cycle / 20 % 7, CL.CL_MEM_OBJECT_ALLOCATION_FAILURE);
      assertThatThrownBy(() -> launch(session, OpenClKernel.FLASH_QUERY_LANES, chosen))
          .isInstanceOf(BackendException.OutOfMemory.class);
    } else {
      launch(session, OpenClKernel.FLASH_QUERY_LANES, chosen);
    }
  }

  private static AttentionOutput launch(
      OpenClSession session, OpenClKernel kernel, AttentionInputs inputs) {
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      prepared.run();
      return prepared.read();
    }
  }

  /** O, LSE, Q, K, V, the mask, lengths: whichever cannot be had, the others are given back. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
  void aStageThatRunsOutOfMemoryLeavesNothing(int allocation) {
    for (boolean sharing : new boolean[] {true, false}) {
      try (OpenClSession session = open(sharing)) {
        Held before = warm(session);
        session.allocations().plant(allocation, CL.CL_MEM_OBJECT_ALLOCATION_FAILURE);
        assertThatThrownBy(() -> session.stage(drawn(SPEC)).close())
            .isInstanceOf(BackendException.OutOfMemory.class);
        assertThat(session.allocations().struck()).isTrue();
        assertThat(Held.by(session)).isEqualTo(before);
        assertSound(session);
      }
    }
  }

  /** Of Q, K, V, the mask's bytes and floats, lengths. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void aStageWhoseUploadFailsLeavesNothing(int upload) {
    try (OpenClSession session = open(true)) {
      Held before = warm(session);
      session.transfer().planted().plant(upload, CL.CL_OUT_OF_RESOURCES);
      assertThatThrownBy(() -> session.stage(drawn(SPEC)).close())
          .isInstanceOf(BackendException.OutOfMemory.class);
      assertThat(session.transfer().planted().struck()).isTrue();
      assertThat(Held.by(session)).isEqualTo(before);
      assertSound(session);
    }
  }

  /** No scratch, no program, no kernel of that name. */
  @ParameterizedTest
  @EnumSource(names = {"NAIVE", "ONLINE_SOFTMAX", "TILED_THREE_PASS"})
  void aKernelThatCannotBePreparedLeavesTheInputsAlone(OpenClKernel kernel) {
    UnaryOperator<String> sources =
        file ->
            file.contains("tiled")
                ? KernelSource.load(file).replace("tiled_three_pass_values", "renamed")
                : file.contains("online") ? broken(file) : KernelSource.load(file);
    try (OpenClSession session = TestDevices.openPreferred(sources)) {
      warm(session);
      try (StagedInputs staged = session.stage(drawn(SPEC))) {
        // A program that builds stays, whether or not what is made of it can be had.
        fail(session, kernel, staged);
        Held before = Held.by(session);
        fail(session, kernel, staged);
        assertThat(Held.by(session)).isEqualTo(before);
        assertThat(session.openResources()).as("the staged inputs").isOne();
        try (PreparedKernel other = session.prepare(OpenClKernel.FLASH_QUERY_LANES, staged)) {
          other.run();
          assertThat(other.read().o()).doesNotContain(Float.NaN);
        }
      }
    }
  }

  private static void fail(OpenClSession session, OpenClKernel kernel, StagedInputs staged) {
    if (kernel == OpenClKernel.NAIVE) {
      session.allocations().plant(1, CL.CL_OUT_OF_RESOURCES);
    }
    assertThatThrownBy(() -> session.prepare(kernel, staged).close())
        .isInstanceOf(BackendException.class);
  }

  @Test
  void aRefusedLaunchLeavesNothing() {
    try (OpenClSession session = TestDevices.openPreferred(ResourceHygieneTest::broken)) {
      assertThatThrownBy(() -> launch(session, OpenClKernel.NAIVE, drawn(SPEC)))
          .isInstanceOf(BackendException.LaunchFailed.class);
      Held before = Held.by(session);
      assertThatThrownBy(() -> launch(session, OpenClKernel.NAIVE, drawn(SPEC)))
          .isInstanceOf(BackendException.LaunchFailed.class);
      assertThat(Held.by(session)).isEqualTo(before);
      assertThat(session.openResources()).isZero();
      assertThat(session.allocatedBytes()).isZero();
    }
  }

  @Test
  void aFailedReadLeavesNothingAndTheNextOneIsRight() {
    try (OpenClSession session = open(false)) {
      Held before = warm(session);
      try (StagedInputs staged = session.stage(drawn(SPEC));
          PreparedKernel prepared = session.prepare(OpenClKernel.FLASH_QUERY_LANES, staged)) {
        prepared.run();
        session.transfer().planted().plant(1, CL.CL_OUT_OF_RESOURCES);
        assertThatThrownBy(prepared::read).isInstanceOf(BackendException.OutOfMemory.class);
        assertThat(prepared.read().o()).doesNotContain(Float.NaN);
      }
      assertThat(Held.by(session)).isEqualTo(before);
    }
  }

  /** As where an exception ends a caller that closes only the session. */
  @Test
  void closingASessionClosesAllThatBelongsToItAndTwiceIsOnce() {
    OpenClSession session = TestDevices.openPreferred();
    StagedInputs staged = session.stage(drawn(SPEC));
    PreparedKernel prepared = session.prepare(OpenClKernel.NAIVE, staged);
    prepared.run();
    session.close();
    assertThat(session.openResources()).isZero();
    assertThat(session.allocatedBytes()).isZero();
    session.close();
    prepared.close();
    prepared.close();
    staged.close();
    staged.close();
    assertThat(session.allocatedBytes()).isZero();
    assertThatIllegalStateException().isThrownBy(prepared::run).withMessageContaining("closed");
    assertThatIllegalStateException().isThrownBy(prepared::read).withMessageContaining("closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> staged.refreshQueries(0, 1))
        .withMessageContaining("closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> session.stage(drawn(SPEC)).close())
        .withMessageContaining("closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> session.prepare(OpenClKernel.NAIVE, staged).close())
        .withMessageContaining("closed");
  }

  private static OpenClSession open(boolean sharing) {
    return TestDevices.openReached(
        device -> device.reachedBy(true, sharing && device.sharesFineGrained()));
  }

  /** Programs are compiled, and stay until the session ends. */
  private static Held warm(OpenClSession session) {
    assertSound(session);
    return Held.by(session);
  }

  private static void assertSound(OpenClSession session) {
    assertThat(launch(session, OpenClKernel.FLASH_QUERY_LANES, drawn(SPEC)).o())
        .doesNotContain(Float.NaN);
  }

  private static AttentionInputs drawn(AttentionSpec spec) {
    return AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
  }
}
