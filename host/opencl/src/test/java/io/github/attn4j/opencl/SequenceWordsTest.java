package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What goes behind the lengths, and what expressions ask of a device besides. */
class SequenceWordsTest {
  @Test
  void rowsAreOrderedByWorkWithinHeadsAndHeadsByWork() {
    // 4 rows of blocks: head 1 lists 1, 2, 3 and 4 of them, head 0 two in its first row alone.
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(2)
            .length(256)
            .mask(mask("h == 1 ? k <= p : p < 64 && k < 128"))
            .build();
    SequenceWords words = SequenceWords.of(spec);
    int order = words.blockMapWords() + 2;
    assertThat(Arrays.copyOfRange(words.words(), order, order + 8))
        .containsExactly(7, 6, 5, 4, 0, 1, 2, 3);
  }

  @Test
  void equalHeadsShareAPlane() {
    AttentionSpec spec =
        AttentionSpec.builder().batch(2).heads(3).length(300).mask(mask("k <= p")).build();
    SequenceWords words = SequenceWords.of(spec);
    int map = words.blockMapWords();
    // 6 heads and 6 * 5 rows in the order; then the plane.
    assertThat(Arrays.copyOfRange(words.words(), map, map + 6)).containsOnly(36);
    assertThat(words.words()[map + 36]).isZero();
  }

  @Test
  void withoutExpressionsNothingChanges() {
    AttentionSpec spec = AttentionSpec.builder().batch(2).length(100).mask(Mask.causal()).build();
    SequenceWords words = SequenceWords.of(spec);
    assertThat(words.sequenceRows()).isEqualTo(4);
    assertThat(words.words()).containsExactly(0, 100, 0, 100, 0, 100, 0, -1, 0, 100, 0, -1);
    assertThat(words.prologue()).isEmpty();
    try (OpenClSession session = TestDevices.openPreferred()) {
      assertThat(
              OpenClKernel.FLASH_QUERY_LANES.buildOptions(
                  spec,
                  session.device(),
                  OpenClKernel.FLASH_QUERY_LANES.defaultTuning(spec, session.device()),
                  words))
          .isEqualTo(
              "-cl-std=CL1.2 -cl-mad-enable -DBLOCK_KV=128 -DHEAD_DIM=64 -DQUERY_TILES=2"
                  + " -DQUERY_VECTORS=2 -DVALUE_DIM=64");
    }
  }

  @Test
  void rowsOfSequencesAndTheirPagesFollowTheLengths() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(3)
            .packedQueries(List.of(2, 0, 5))
            .lengths(5, 40)
            .queryLengths(List.of(2, 0, 5))
            .keyLengths(List.of(17, 0, 40))
            .paged(16, List.of(List.of(7, 3, 9), List.of(), List.of(1, 0, 4)))
            .build();
    SequenceWords words = SequenceWords.of(spec);
    // Lengths, filled up to whole vectors; rows; pages as far as keys reach.
    assertThat(words.sequenceRows()).isEqualTo(8);
    assertThat(words.words())
        .containsExactly(
            15, 17, 0, 0, 35, 40, 0, 0, //
            0, 2, 0, 20, 2, 0, 0, 22, 2, 5, 0, 22, //
            7, 3, 1, 0, 4);
    AttentionSpec packed =
        spec.toBuilder().packedKeys().storage(ElementType.F16).keyValueType(ElementType.I8).build();
    assertThat(SequenceWords.of(packed).words()).endsWith(0, 2, 0, -1, 2, 0, 32, -1, 2, 5, 32, -1);
  }

  @Test
  void divisionIsRoundedAsOnTheHostWhereAnExpressionDivides() {
    try (OpenClSession session = TestDevices.openPreferred()) {
      DeviceInfo correct = dividing(session.device(), "correctly rounded where asked for");
      DeviceInfo inexact = dividing(session.device(), "within 2.5 units in the last place");
      AttentionSpec masked = base().mask(mask("k / 3.0 < 7.5")).build();
      AttentionSpec ints = base().mask(mask("k / 3 < 7")).build();
      ScoreModifier fades = ScoreModifier.expression(ScoreExpression.parse("s / (1.0 + k)"));
      AttentionSpec scored = base().scoreModifier(fades).build();
      String flag = "-cl-fp32-correctly-rounded-divide-sqrt";
      assertThat(options(masked, correct)).contains(flag);
      assertThat(options(scored, correct)).contains(flag);
      assertThat(options(ints, correct)).doesNotContain(flag);
      assertThat(options(scored, inexact)).doesNotContain(flag);
      for (OpenClKernel kernel : OpenClKernel.values()) {
        assertThat(kernel.supports(masked, inexact))
            .isInstanceOfSatisfying(
                Support.No.class,
                no -> assertThat(no.reason()).contains("divides floats", inexact.name()));
        for (AttentionSpec spec : List.of(ints, scored)) {
          assertThat(kernel.supports(spec, inexact)).isEqualTo(kernel.supports(spec, correct));
        }
      }
    }
  }

  @Test
  void floatsAreComparedOnlyWhereTinyOnesAreKept() {
    try (OpenClSession session = TestDevices.openPreferred()) {
      DeviceInfo device = session.device();
      Map<String, String> flushing = new LinkedHashMap<>(device.details());
      assertThat(flushing.put("float denormals", "may become 0")).isEqualTo("kept");
      DeviceInfo flushes = TestDevices.with(device, device.largestWorkGroup(), flushing);
      AttentionSpec floats = base().mask(mask("k * 0.5 < 7.5")).build();
      AttentionSpec ints = base().mask(mask("k / 2 < 7")).build();
      for (OpenClKernel kernel : OpenClKernel.values()) {
        assertThat(kernel.supports(floats, flushes))
            .isInstanceOfSatisfying(
                Support.No.class,
                no -> assertThat(no.reason()).contains("compares floats", flushes.name()));
        assertThat(kernel.supports(ints, flushes)).isEqualTo(kernel.supports(ints, device));
      }
    }
  }

  @Test
  void theBlockMapIsAskedForWithTheOptionsOfKernels() {
    AttentionSpec spec = base().mask(mask("k / 3.0 + q < 40.5")).build();
    try (OpenClSession session = TestDevices.openPreferred()) {
      SequenceWords words = SequenceWords.of(spec);
      try (DeviceBlockEnumerator device = DeviceBlockEnumerator.of(session, spec, words, 0)) {
        assertThat(device.options())
            .startsWith(
                OpenClKernel.NAIVE.buildOptions(spec, session.device(), Tuning.NONE, words));
        assertThat(spec.blockMap(device).planes()).isEqualTo(spec.blockMap().planes());
        assertThat(device.decidedOnDevice()).isPositive();
      }
    }
  }

  private static String options(AttentionSpec spec, DeviceInfo device) {
    return OpenClKernel.NAIVE.buildOptions(spec, device, Tuning.NONE, SequenceWords.of(spec));
  }

  private static AttentionSpecBuilder base() {
    return AttentionSpec.builder().length(70);
  }

  private static Mask mask(String text) {
    return Mask.expression(MaskExpression.parse(text));
  }

  private static DeviceInfo dividing(DeviceInfo device, String how) {
    Map<String, String> details = Map.of("float division", how, "float denormals", "kept");
    return TestDevices.with(device, device.largestWorkGroup(), details);
  }
}
