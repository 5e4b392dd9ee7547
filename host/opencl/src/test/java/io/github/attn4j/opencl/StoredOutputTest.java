package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** O in the types it may have: each number the nearest to what the same kernel writes as floats. */
class StoredOutputTest {
  private static final ElementType KEYS = ElementType.F16;

  private static final List<ElementType> TYPES = List.of(ElementType.F16, ElementType.BF16);

  /** In one type each: a program takes PoCL seconds. */
  @ParameterizedTest
  @EnumSource(OpenClKernel.class)
  void everyOutputIsTheNearestToTheFloat(OpenClKernel kernel) {
    int number = List.of(OpenClKernel.values()).indexOf(kernel);
    assertThat(notNearest(kernel, TYPES.get(number % 2), KernelSource::load)).isZero();
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @EnumSource(OpenClKernel.class)
  void everyOutputOfEachTypeIsTheNearestToTheFloat(OpenClKernel kernel) {
    for (ElementType type : TYPES) {
      assertThat(notNearest(kernel, type, KernelSource::load)).as(type.name()).isZero();
    }
  }

  @Test
  void aTruncatingStoreWouldBeSeen() {
    assertThat(
            notNearest(
                OpenClKernel.ONLINE_SOFTMAX,
                ElementType.F16,
                PlantedSource.replacing("vstore_half4_rte", "vstore_half4_rtz")))
        .isPositive();
  }

  @Test
  void aTieRoundedAwayFromEvenWouldBeSeen() {
    assertThat(
            notNearest(
                OpenClKernel.NAIVE,
                ElementType.BF16,
                PlantedSource.replacing("bits + 0x7fffu + (bits >> 16 & 1u)", "bits + 0x8000u")))
        .isPositive();
  }

  /**
   * Elements of O that are not what the float rounds to. Some rows see one key alone, whose value
   * is the output: as a half it lies halfway between two bfloat16 often enough.
   */
  private static int notNearest(
      OpenClKernel kernel, ElementType type, UnaryOperator<String> sources) {
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(4, 2)
            .length(97)
            .mask(Mask.window(3, 0))
            .queryType(type)
            .keyValueType(KEYS)
            .build();
    try (OpenClSession session = TestDevices.openPreferred(sources)) {
      if (kernel.supports(spec, session.device()) instanceof Support.No no) {
        Assumptions.abort(kernel.globalId() + " " + no.reason());
      }
      AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 8);
      float[] stored = run(session, kernel, inputs);
      AttentionInputs same =
          new AttentionInputs(
              spec.toBuilder().queryType(ElementType.F32).build(),
              "the same",
              inputs.q(),
              inputs.k(),
              inputs.v());
      float[] floats = run(session, kernel, same);
      assertThat(floats).isNotEqualTo(stored);
      type.round(floats);
      int different = 0;
      for (int i = 0; i < floats.length; i++) {
        different += floats[i] == stored[i] ? 0 : 1;
      }
      return different;
    }
  }

  private static float[] run(OpenClSession session, OpenClKernel kernel, AttentionInputs inputs) {
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      prepared.run();
      return prepared.read().o();
    }
  }

  /** However O's memory is reached, and for each type alike: filled with NaN, then with numbers. */
  @ParameterizedTest
  @EnumSource(LaunchAndReadTest.Reach.class)
  void outputsArriveByEachWay(LaunchAndReadTest.Reach reach) {
    for (ElementType type : TYPES) {
      AttentionSpec spec =
          AttentionSpec.builder()
              .heads(2)
              .length(50)
              .queryType(type)
              .keyValueType(ElementType.I8)
              .build();
      AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 9);
      try (OpenClSession session = LaunchAndReadTest.open(reach);
          StagedInputs staged = session.stage(inputs);
          PreparedKernel kernel = session.prepare(OpenClKernel.NAIVE, staged)) {
        long codes = 2 * 50 * 64;
        assertThat(staged.deviceBytes())
            .isEqualTo(
                2 * 2 * 2 * 50 * 64 // Q and O
                    + 2 * (codes + 4 * 2 * 4) // 4 runs of keys in each of 2 heads
                    + 4 * 2 * 50
                    + 4L * SequenceWords.of(spec).words().length);
        assertThat(session.allocatedBytes())
            .isBetween(staged.deviceBytes(), staged.deviceBytes() + kernel.scratchBytes() + 16);
        AttentionOutput cleared = kernel.read();
        for (float value : cleared.o()) {
          assertThat(value).isNaN();
        }
        AttentionOutput output = AttentionOutput.allocate(spec);
        assertThat(kernel.run(output)).isPositive();
        assertThat(KnownAnswers.of(inputs).compare(output).passed()).isTrue();
        assertThat(kernel.read().o()).isEqualTo(output.o());
        float before = output.o()[0];
        Arrays.fill(inputs.q(), 0, 64, 0.3f);
        staged.refreshQueries(0, 64);
        kernel.run(output);
        assertThat(output.o()[0]).isNotEqualTo(before);
        Arrays.fill(inputs.q(), 0, 64, type.round(0.3f));
        assertThat(KnownAnswers.of(inputs).compare(output).passed()).isTrue();
      }
    }
  }
}
