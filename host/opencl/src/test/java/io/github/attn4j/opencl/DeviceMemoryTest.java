package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Problems that do not fit are an evaluation with both numbers, not a crash. */
class DeviceMemoryTest {

  @Test
  void naiveAtSixtyFourThousandTokensNeedsMoreThanThereIs() {
    AttentionSpec spec = AttentionSpec.builder().heads(8).length(65_536).dim(1).build();
    long scratch = 4L * 8 * 65_536 * 65_536;
    try (OpenClSession session = TestDevices.openPreferred()) {
      Assumptions.assumeTrue(
          session.openClDevice().largestBufferBytes() < scratch
              || session.openClDevice().availableBytes() < scratch,
          "this device has room for 137 GB of scores");
      AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.UNIFORM, 1);
      Evaluation evaluation =
          Evaluator.evaluate(
              session, OpenClKernel.NAIVE, inputs, Expected.of(inputs, RowSample.of(spec, 16, 1)));
      assertThat(evaluation)
          .isInstanceOfSatisfying(
              Evaluation.OutOfMemory.class,
              outOfMemory -> {
                assertThat(outOfMemory.what())
                    .contains("scratch of opencl:naive")
                    .contains(session.device().name());
                assertThat(outOfMemory.neededBytes()).isEqualTo(scratch);
                assertThat(outOfMemory.availableBytes()).isBetween(1L, scratch - 1);
              });
      assertThat(session.allocatedBytes()).as("nothing stays behind").isZero();
    }
  }

  @Test
  void aFusedKernelComputesTheSameLengthInNoScratch() {
    AttentionSpec spec =
        AttentionSpec.builder().heads(8).length(65_536).dim(1).mask(Mask.window(8, 0)).build();
    AttentionInputs inputs =
        AttentionInputs.generate(
            spec.toBuilder().mask(Mask.none()).build(), InputFamily.UNIFORM, 1);
    try (OpenClSession session = TestDevices.openPreferred()) {
      TestDevices.assumeSupported(OpenClKernel.FLASH_QUERY_LANES, spec, session);
      AttentionInputs windowed = inputs.withSpec(spec);
      assertThat(
              Evaluator.evaluate(
                  session,
                  OpenClKernel.FLASH_QUERY_LANES,
                  windowed,
                  Expected.of(windowed, RowSample.of(spec, 16, 1))))
          .isInstanceOf(Evaluation.Passed.class);
    }
  }

  @Test
  void tensorsThatDoNotFitAreRefusedBeforeAnythingIsAllocated() {
    // 4 billion bytes each of O and LSE for as many rows; Q, K and V repeat one row.
    int rows = 1_000_000_000;
    AttentionSpec spec =
        AttentionSpec.builder()
            .lengths(rows, 1)
            .dim(1)
            .layouts(
                new Layout(0, 0, 0, 0),
                new Layout(0, 0, 0, 0),
                new Layout(0, 0, 0, 0),
                new Layout(0, 2_000_000_000, 2_000_000_000, 2))
            .build();
    AttentionInputs inputs =
        new AttentionInputs(spec, "one row", new float[1], new float[1], new float[1]);
    AttentionInputs masked =
        inputs.withSpec(
            spec.toBuilder().mask(Mask.expression(MaskExpression.parse("p % 3 == 0"))).build());
    long needed = 4L * (1 + 1 + 1 + (2L * rows - 1) + rows) + 8;
    try (OpenClSession session =
        TestDevices.openPreferred(file -> {
          throw new AssertionError(file + " is not to be asked for");
        })) {
      OpenClDevice device = session.openClDevice();
      Assumptions.assumeTrue(
          device.availableBytes() < needed || device.largestBufferBytes() < 8L * rows,
          "this device has room for 12 GB of outputs");
      assertThatExceptionOfType(BackendException.OutOfMemory.class)
          .isThrownBy(() -> session.stage(inputs).close())
          .satisfies(e -> assertThat(e.neededBytes()).isIn(List.of(needed, 8L * rows - 4)))
          .withMessageContaining("Q, K, V, O, LSE and mask")
          .withMessageContaining(device.name());
      // Before a million rows of blocks are looked at, too: the device would be asked at once.
      assertThatExceptionOfType(BackendException.OutOfMemory.class)
          .isThrownBy(() -> new OpenClStagedInputs(session, masked, 0))
          .withMessageContaining("Q, K, V, O, LSE and mask");
      assertThat(session.allocatedBytes()).isZero();
    }
  }

  @Test
  void aBlockMapThatNoArrayHoldsIsNamedWithItsBytes() {
    AttentionSpec spec = AttentionSpec.builder().length(10).build();
    int most = Integer.MAX_VALUE / 4;
    assertThat(SequenceWords.requireIndexable(spec, most)).isEqualTo(most);
    assertThatExceptionOfType(BackendException.OutOfMemory.class)
        .isThrownBy(() -> SequenceWords.requireIndexable(spec, most + 1L))
        .satisfies(e -> assertThat(e.neededBytes()).isEqualTo(4 * (most + 1L)))
        .withMessageContaining("the block map of " + spec.label());
  }

  @Test
  void bothLimitsAreNamedWithTheirNumbers() {
    try (OpenClSession session = TestDevices.openPreferred()) {
      long all = session.openClDevice().globalBytes();
      assertThatExceptionOfType(BackendException.OutOfMemory.class)
          .isThrownBy(() -> session.requireMemory("a test", all + 1, 1))
          .satisfies(e -> assertThat(e.neededBytes()).isEqualTo(all + 1))
          .satisfies(e -> assertThat(e.availableBytes()).isBetween(1L, all))
          .withMessageStartingWith("a test on ");
      long largest = session.openClDevice().largestBufferBytes();
      assertThatExceptionOfType(BackendException.OutOfMemory.class)
          .isThrownBy(() -> session.requireMemory("a test", 1, largest + 1))
          .satisfies(e -> assertThat(e.neededBytes()).isEqualTo(largest + 1))
          .satisfies(e -> assertThat(e.availableBytes()).isEqualTo(largest))
          .withMessageContaining("as one buffer");
      session.requireMemory("a test", 1, 1);
    }
  }
}
