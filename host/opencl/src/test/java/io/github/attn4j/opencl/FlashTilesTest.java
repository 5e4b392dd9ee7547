package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code flash} is cut into on devices that are not here. */
class FlashTilesTest {
  private static final long NVIDIA_LOCAL_BYTES = 48 << 10;

  @Test
  void aGpuGetsTheLargestBlocksThatItsRegistersHold() {
    assertThat(tiles("NVIDIA Corporation", NVIDIA_LOCAL_BYTES, 1024, 64))
        .isEqualTo(new FlashTiles(64, 64, 8, 8, 16, 16, true));
    assertThat(tiles("NVIDIA Corporation", NVIDIA_LOCAL_BYTES, 1024, 128))
        .isEqualTo(new FlashTiles(64, 64, 8, 16, 16, 16, false));
    assertThat(tiles("NVIDIA Corporation", NVIDIA_LOCAL_BYTES, 1024, 256))
        .isEqualTo(new FlashTiles(32, 64, 4, 16, 16, 8, false));
    // What expressions keep in registers is that many less for blocks: ptxas spills there.
    assertThat(
            OpenClKernel.FLASH
                .defaultTuning(
                    withMask(AttentionSpec.builder().length(256).dim(64)),
                    TestDevices.gpu("NVIDIA Corporation", NVIDIA_LOCAL_BYTES, 1024))
                .get("X_ITEMS"))
        .isEqualTo(16);
    assertThat(tiles("Advanced Micro Devices, Inc.", 64 << 10, 256, 64))
        .isEqualTo(new FlashTiles(64, 64, 4, 16, 16, 16, false));
    assertThat(tiles("Intel(R) Corporation", 64 << 10, 512, 128))
        .isEqualTo(new FlashTiles(64, 64, 4, 16, 16, 16, false));
  }

  @Test
  void aSmallDeviceGetsSmallerBlocks() {
    assertThat(tiles("ARM", 32 << 10, 256, 64))
        .isEqualTo(new FlashTiles(32, 64, 4, 8, 16, 8, false));
    assertThat(tiles("ARM", 32 << 10, 32, 64))
        .isEqualTo(new FlashTiles(16, 32, 4, 8, 16, 8, false));
  }

  @Test
  void aDeviceWithoutRoomIsToldWhatWouldDo() {
    AttentionSpec spec = AttentionSpec.builder().length(64).dim(64).build();
    assertThat(OpenClKernel.FLASH.supports(spec, TestDevices.gpu("ARM", 4 << 10, 16)))
        .isEqualTo(
            Support.no(
                "needs 10896 bytes of local memory and work-groups of 32; ARM has 4096 and 16; smaller BLOCK_Q and BLOCK_KV need less, opencl:online_softmax none"));
  }

  @Test
  void tilesThatTheKernelCannotCutAreRefusedWithTheReason() {
    AttentionSpec spec = AttentionSpec.builder().length(64).dim(64).build();
    DeviceInfo device = TestDevices.gpu("NVIDIA Corporation", NVIDIA_LOCAL_BYTES, 1024);
    Tuning shipped = OpenClKernel.FLASH.defaultTuning(spec, device);
    assertThat(OpenClKernel.FLASH.admits(shipped.with("BLOCK_Q", 16), spec, device))
        .isEqualTo(
            Support.no("16 x 64 scores cannot be cut into blocks of 8 rows with 8 items a row"));
    assertThat(
            OpenClKernel.FLASH.admits(
                shipped.with("ITEM_ROWS", 4).with("SLICE_KEYS", 8), spec, device))
        .isEqualTo(
            Support.no(
                "128 items cannot fetch as many vectors each of slices of 16 dimensions and 8 keys"));
    assertThat(
            OpenClKernel.FLASH.admits(
                shipped.with("BLOCK_KV", 128), withMask(spec.toBuilder()), device))
        .isEqualTo(Support.no("tiles of 64 x 128 do not divide the block map's blocks of 64 x 64"));
  }

  /** Odd strides are read a float at a time, not through vectors that start between them. */
  @Test
  void vectorsAreReadOnlyWhereEveryRowStartsAtOne() {
    DeviceInfo device = TestDevices.gpu("NVIDIA Corporation", NVIDIA_LOCAL_BYTES, 1024);
    AttentionSpecBuilder builder = AttentionSpec.builder().heads(2).length(64).dim(64);
    assertThat(FlashTiles.defines(builder.build(), device)).containsEntry("ALIGNED_ROWS", 1);
    for (Layout odd :
        List.of(
            Layout.padded(2, 64, 64, 1, 0, 0),
            Layout.padded(2, 64, 64, 0, 2, 0),
            new Layout(0, 2 * 65 * 64L, 65 * 64L + 2, 64))) {
      Layout whole = Layout.bhsd(2, 64, 64);
      AttentionSpec spec = builder.layouts(whole, whole, odd, whole).build();
      assertThat(FlashTiles.defines(spec, device)).containsEntry("ALIGNED_ROWS", 0);
    }
  }

  /** The next slice of keys is on its way when a tile turns out to see nothing. */
  @Test
  void aTileThatSeesNothingLeavesNoKeysBehind() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(2)
            .lengths(70, 300)
            .dim(64)
            .mask((b, h, q, p, k) -> k / 64 % 2 == 1)
            .build();
    assertThat(passes(spec, KernelSource::load)).isTrue();
    assertThat(
            passes(
                spec,
                PlantedSource.replacing(
                    "if (!visible) {\n        if (next.begin < INT_MAX) {\n          FETCH_KEYS(next, 0);",
                    "if (!visible) {\n        if (next.begin < INT_MAX) {\n          FETCH_KEYS(tile, 0);")))
        .isFalse();
  }

  /** What a mask says of queries past a short sequence's last one keeps no tile alive. */
  @Test
  void masksAreNotAskedAboutQueriesThatDoNotExist() {
    assertThat(computesTheSecondTile(70)).isFalse();
    assertThat(computesTheSecondTile(69)).isTrue();
  }

  /**
   * Whether any tile of keys from 64 on is computed for the shorter of two sequences, of 70
   * queries, where queries from the first one on see all keys and those before it the first 64:
   * planted code leaves a mark in the LSE of a query that does not exist.
   */
  private static boolean computesTheSecondTile(int first) {
    int queries = 128;
    int keys = 192;
    boolean[] visible = new boolean[queries * keys];
    for (int pair = 0; pair < visible.length; pair++) {
      visible[pair] = pair / keys >= first || pair % keys < 64;
    }
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .lengths(queries, keys)
            .queryLengths(List.of(queries, 70))
            .dim(64)
            .mask(new Mask.DenseBoolean(DenseMask.ofBooleans(1, 1, queries, keys, visible)))
            .build();
    float mark = 12345;
    String computed = "    m_before = BLOCK_Q / 4 - m_before;\n";
    String marked =
        "    if (b == 1 && tile.begin >= 64) { lse[(long)head * params.query_len + params.query_len - 1] = "
            + mark
            + "f; }\n";
    try (OpenClSession session =
        TestDevices.openPreferred(PlantedSource.replacing(computed, computed + marked))) {
      TestDevices.assumeSupported(OpenClKernel.FLASH, spec, session);
      AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
      try (StagedInputs staged = session.stage(inputs);
          PreparedKernel prepared = session.prepare(OpenClKernel.FLASH, staged)) {
        assertThat(prepared.run()).isPositive();
        return prepared.read().lse()[2 * queries - 1] == mark;
      }
    }
  }

  private static boolean passes(AttentionSpec spec, UnaryOperator<String> sources) {
    try (OpenClSession session = TestDevices.openPreferred(sources)) {
      TestDevices.assumeSupported(OpenClKernel.FLASH, spec, session);
      AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
      return Evaluator.evaluate(session, OpenClKernel.FLASH, inputs, KnownAnswers.of(inputs))
          instanceof Evaluation.Passed;
    }
  }

  /** What GPUs run by default, on whatever device is here. */
  @Tag("full")
  @ParameterizedTest
  @CsvSource({
    "NVIDIA Corporation, 64, 64",
    "NVIDIA Corporation, 128, 128",
    "NVIDIA Corporation, 64, 128",
    "NVIDIA Corporation, 256, 256",
    "NVIDIA Corporation, 40, 20",
    "'Advanced Micro Devices, Inc.', 128, 64"
  })
  void whatGpusRunIsRight(String vendor, int headDim, int valueDim) {
    AttentionSpecBuilder plain =
        AttentionSpec.builder()
            .batch(2)
            .heads(4, 2)
            .lengths(131, 203)
            .dims(headDim, valueDim)
            .keyLengths(List.of(203, 97));
    DeviceInfo gpu = TestDevices.gpu(vendor, NVIDIA_LOCAL_BYTES, 1024);
    try (OpenClSession session = TestDevices.openPreferred()) {
      for (AttentionSpec spec :
          List.of(
              plain.mask(Mask.causal()).build(),
              plain.mask(Mask.window(40, 3)).softCap(3).build(),
              withMask(plain.softCap(0)))) {
        Tuning tuning = OpenClKernel.FLASH.defaultTuning(spec, gpu);
        if (OpenClKernel.FLASH.admits(tuning, spec, session.device()) instanceof Support.No no) {
          Assumptions.abort(no.reason());
        }
        AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.POISON_NAN, 7);
        Expected expected = KnownAnswers.of(inputs);
        try (StagedInputs staged = session.stage(inputs);
            PreparedKernel prepared = session.prepare(OpenClKernel.FLASH, staged, tuning)) {
          prepared.clearOutput();
          prepared.run();
          assertThat(expected.compare(prepared.read()).passed())
              .as("%s with %s", spec.label(), tuning.label())
              .isTrue();
        }
      }
    }
  }

  private static AttentionSpec withMask(AttentionSpecBuilder builder) {
    return builder
        .mask(Mask.expression(MaskExpression.parse("k <= p && (p - k) % 3 != 1")))
        .build();
  }

  private static FlashTiles tiles(String vendor, long localBytes, int largestWorkGroup, int dim) {
    AttentionSpec spec = AttentionSpec.builder().length(256).dim(dim).build();
    DeviceInfo device = TestDevices.gpu(vendor, localBytes, largestWorkGroup);
    assertThat(OpenClKernel.FLASH.supports(spec, device)).isEqualTo(Support.yes());
    return FlashTiles.of(OpenClKernel.FLASH.defaultTuning(spec, device));
  }
}
