package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.Arrays;
import org.jocl.cl_mem;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The call that launches and fills the caller's arrays, by each way a device's memory is reached.
 */
class LaunchAndReadTest {
  private static final AttentionInputs INPUTS =
      AttentionInputs.generate(
          AttentionSpec.builder().heads(2).length(50).build(), InputFamily.NORMAL, 4);

  /** How O and LSE come to the host. */
  enum Reach {
    IN_PLACE,
    MAPPED,
    READ
  }

  static OpenClSession open(Reach reach) {
    return TestDevices.openReached(device -> {
      if (reach == Reach.IN_PLACE) {
        Assumptions.assumeTrue(
            device.sharesFineGrained(), device.name() + " shares no memory without maps");
      }
      return device.reachedBy(reach != Reach.READ, reach == Reach.IN_PLACE);
    });
  }

  @ParameterizedTest
  @EnumSource(Reach.class)
  void eachCallFillsTheSameArraysAnew(Reach reach) {
    AttentionInputs inputs =
        new AttentionInputs(
            INPUTS.spec(), INPUTS.description(), INPUTS.q().clone(), INPUTS.k(), INPUTS.v());
    AttentionOutput output = AttentionOutput.allocate(inputs.spec());
    try (OpenClSession session = open(reach);
        StagedInputs staged = session.stage(inputs);
        PreparedKernel kernel = session.prepare(OpenClKernel.NAIVE, staged)) {
      boolean mayWaitAwake = false; // only after a short launch, which a busy machine may not show
      for (int launch = 0; launch < 20; launch++) {
        inputs.q()[launch] += 1;
        staged.refreshQueries(launch, 1);
        kernel.clearOutput();
        Arrays.fill(output.o(), Float.NaN);
        Arrays.fill(output.lse(), Float.NaN);
        long nanos = kernel.run(output);
        assertThat(nanos).isPositive();
        assertThat(Expected.of(inputs).compare(output).passed()).as("launch %d", launch).isTrue();
        if (reach == Reach.IN_PLACE && session.device().kind() == DeviceInfo.Kind.CPU) {
          assertThat(session.polling().questions() > 0)
              .as("launch %d, or one before it, waited for awake", launch)
              .isEqualTo(mayWaitAwake);
        }
        mayWaitAwake |= nanos <= Polling.LONGEST_NANOS;
      }
      AttentionOutput read = kernel.read();
      assertThat(read.o()).isEqualTo(output.o()).isNotSameAs(output.o());
      assertThat(read.lse()).isEqualTo(output.lse());
      kernel.clearOutput();
      AttentionOutput cleared = kernel.read();
      for (float value : cleared.o()) {
        assertThat(value).isNaN();
      }
      for (float value : cleared.lse()) {
        assertThat(value).isNaN();
      }
      assertThat(session.allocatedBytes())
          .as("O and LSE count, wherever they lie")
          .isGreaterThanOrEqualTo(staged.deviceBytes());
    }
  }

  @ParameterizedTest
  @EnumSource(Reach.class)
  void closingGivesBackEverything(Reach reach) {
    OpenClSession session = open(reach);
    for (int i = 0; i < 3; i++) {
      try (StagedInputs staged = session.stage(INPUTS);
          PreparedKernel kernel = session.prepare(OpenClKernel.NAIVE, staged)) {
        kernel.run(AttentionOutput.allocate(INPUTS.spec()));
      }
      assertThat(session.allocatedBytes()).isZero();
    }
    StagedInputs left = session.stage(INPUTS);
    PreparedKernel kernel = session.prepare(OpenClKernel.NAIVE, left);
    session.close();
    assertThat(session.allocatedBytes()).isZero();
    AttentionOutput output = AttentionOutput.allocate(INPUTS.spec());
    assertThatIllegalStateException()
        .isThrownBy(() -> kernel.run(output))
        .withMessageContaining("opencl:naive");
  }

  /** A part longer than what moves at once; on the way back it comes in pieces, too. */
  @ParameterizedTest
  @EnumSource(Reach.class)
  void largeOutputsArriveWhole(Reach reach) {
    float[] floats = new float[(33 << 20) / 4 + 3];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = i;
    }
    float[] few = {1, 2, 3};
    try (OpenClSession session = open(reach)) {
      if (reach == Reach.IN_PLACE) {
        try (SharedElements shared =
            new SharedElements(session, "a test", ElementType.F32, floats.length)) {
          shared.fill(7);
          float[] target = new float[floats.length];
          shared.get(target);
          for (float value : target) {
            assertThat(value == 7).isTrue();
          }
        }
        return;
      }
      cl_mem large = session.allocate("large", 4L * floats.length);
      cl_mem small = session.allocate("small", 4L * few.length);
      session.transfer().upload(large, ElementType.F32, floats);
      session.transfer().upload(small, ElementType.F32, few);
      float[] largeTarget = new float[floats.length];
      float[] smallTarget = new float[few.length];
      session.transfer().download(large, ElementType.F32, largeTarget, small, smallTarget);
      assertThat(Arrays.equals(floats, largeTarget)).isTrue();
      assertThat(smallTarget).containsExactly(few);
      session.free(large, 4L * floats.length);
      session.free(small, 4L * few.length);
    }
  }

  @Test
  void arraysOfAnotherSizeAreRefusedBeforeAnythingIsLaunched() {
    AttentionSpec spec = INPUTS.spec();
    try (OpenClSession session = TestDevices.openPreferred();
        StagedInputs staged = session.stage(INPUTS);
        PreparedKernel kernel = session.prepare(OpenClKernel.NAIVE, staged)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() ->
              kernel.run(
                  new AttentionOutput(
                      new float[spec.outputElements() - 1], new float[spec.rows()])))
          .withMessageContaining(spec.label())
          .withMessageContaining("6400 elements of O")
          .withMessageContaining("6399");
      assertThatIllegalArgumentException()
          .isThrownBy(() ->
              kernel.run(
                  new AttentionOutput(
                      new float[spec.outputElements()], new float[spec.rows() + 1])))
          .withMessageContaining("101");
      assertThat(kernel.read().o()[0]).as("nothing ran").isNaN();
    }
  }
}
