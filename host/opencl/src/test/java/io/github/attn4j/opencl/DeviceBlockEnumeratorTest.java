package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Blocks that the device enumerates are what Java says they are. */
class DeviceBlockEnumeratorTest {
  private static final int UNDECIDED_ROWS = 12;

  @Test
  void deviceAndJavaGiveEqualMaps() {
    requireEqualMaps(12);
  }

  @Test
  @Tag("full")
  void deviceAndJavaGiveEqualMapsOfManyMasks() {
    requireEqualMaps(60);
  }

  private static void requireEqualMaps(int random) {
    List<AttentionSpec> specs = EnumeratedBlocks.specs(random);
    assertThat(specs).hasSizeGreaterThan(random / 2);
    try (OpenClSession session = TestDevices.openPreferred()) {
      assertThat(specs)
          .allSatisfy(spec -> assertThat(EnumeratedBlocks.differences(session, spec)).isEmpty());
      assertThat(session.allocatedBytes()).isZero();
    }
  }

  @Test
  void aBlockAtTheEdgeThatCountsKeysBeyondTheLastWouldBeSeen() {
    try (OpenClSession session =
        TestDevices.openPreferred(
            PlantedSource.replacing("visible < end_key - first_key", "visible < block_keys"))) {
      AttentionSpec spec = undecided(70);
      assertThat(EnumeratedBlocks.differences(session, spec)).isNotEmpty();
    }
  }

  /** The last block of a short sequence holds but the queries that exist. */
  @Test
  void queriesThatAShortSequenceDoesNotHaveAreNotAsked() {
    // The first 70 queries see every key, which no interval tells; all others see none.
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .lengths(200, 130)
            .queryLengths(List.of(200, 70))
            .mask(condition("q < 70 && k * k % 2 == k % 2"))
            .build();
    try (OpenClSession session = TestDevices.openPreferred()) {
      assertThat(EnumeratedBlocks.differences(session, spec)).isEmpty();
      assertThat(onDevice(session, spec, 0)).isPositive();
    }
  }

  @Test
  void theFirstBlocksAreLeftToJava() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(3)
            .length(64 * UNDECIDED_ROWS)
            .mask(condition("k % 4 != h"))
            .build();
    long blocksOfHead = (long) UNDECIDED_ROWS * UNDECIDED_ROWS;
    try (OpenClSession session = TestDevices.openPreferred()) {
      assertThat(onDevice(session, spec, Long.MAX_VALUE)).isZero();
      assertThat(onDevice(session, spec, 1)).isEqualTo(2 * blocksOfHead);
      assertThat(onDevice(session, spec, 0)).isEqualTo(3 * blocksOfHead);
    }
  }

  @Test
  void whatADenseMaskHidesIsEnumeratedInJava() {
    AttentionSpec shape = AttentionSpec.builder().length(70).build();
    DenseMask values = DenseMask.ofBooleans(1, 1, 70, 70, new boolean[4900]);
    AttentionSpec spec =
        shape.toBuilder().mask(new Mask.DenseBoolean(values).and(condition("k % 4 == 0"))).build();
    try (OpenClSession session = TestDevices.openPreferred();
        DeviceBlockEnumerator enumerator =
            DeviceBlockEnumerator.of(session, spec, SequenceWords.of(spec), 0)) {
      assertThat(spec.blockMap(enumerator).planes()).isEqualTo(spec.blockMap().planes());
      assertThat(enumerator.decidedOnDevice()).isZero();
    }
  }

  @Test
  void stagingEnumeratesOnTheDevice() {
    AttentionSpec spec = undecided(64 * UNDECIDED_ROWS);
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.CONSTANT, 1);
    String unmarked = "// Idea: which blocks";
    try (OpenClSession session =
        TestDevices.openPreferred(
            PlantedSource.replacing(unmarked, "// Built at " + System.nanoTime()))) {
      try (OpenClStagedInputs staged = new OpenClStagedInputs(session, inputs, 0)) {
        BlockMap map = Objects.requireNonNull(staged.sequences().blockMap());
        assertThat(map.planes()).isEqualTo(spec.blockMap().planes());
        assertThat(session.programsCompiled()).isEqualTo(1);
      }
      assertThat(session.allocatedBytes()).isZero();
    }
  }

  private static long onDevice(OpenClSession session, AttentionSpec spec, long javaNanos) {
    try (DeviceBlockEnumerator enumerator =
        new DeviceBlockEnumerator(
            session,
            spec,
            SequenceWords.of(spec),
            BlockSize.STANDARD,
            spec.blockEnumerator(),
            javaNanos)) {
      assertThat(spec.blockMap(enumerator).planes()).isEqualTo(spec.blockMap().planes());
      return enumerator.decidedOnDevice();
    }
  }

  /** A pattern that cuts every block. */
  private static AttentionSpec undecided(int length) {
    return AttentionSpec.builder().length(length).mask(condition("k % 4 != 3")).build();
  }

  private static Mask condition(String text) {
    return Mask.expression(MaskExpression.parse(text));
  }
}
