package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.TypeGrid;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The grids of types and placements must notice each of these mistakes in what {@code
 * flash_split_kv} does with scales, pages and lengths by itself. What breaks determinism alone is
 * planted in {@link DeterminismTest}.
 */
class PlantedSplitBugTest {
  private static final OpenClKernel KERNEL = OpenClKernel.FLASH_SPLIT_KV;

  /** What stands in the kernel, and what stands there instead. */
  enum Bug {
    SCALE_OF_THE_KEY_FOR_ITS_VALUE(
        "kv:i8", "read_scales(tile->value_rows, tile->v,", "read_scales(tile->key_rows, tile->k,"),
    SCALES_A_RUN_LATE(
        "kv:i8",
        "row_scale(rows, tensor, key_begin + run)",
        "row_scale(rows, tensor, key_begin + max(0, run - KEY_RUN))"),
    SCORES_WITHOUT_SCALE("kv:i8", "s *= key_scale[j / LANES];", ""),
    SUMS_OF_SCALED_WEIGHTS("kv:i8", "    sum += weight;\n#if KV_SCALED", "#if KV_SCALED"),
    PAGE_OF_KEYS_LOOKED_UP_FOR_TWO("keys pages:16", "if (in_run == 0) {", "if (j % 32 == 0) {"),
    PAGE_OF_VALUES_LOOKED_UP_FOR_TWO(
        "keys pages:16",
        "*v_row = tile->v + row_place(tile->value_rows, tile->begin + run);",
        "*v_row = tile->v + row_place(tile->value_rows, tile->begin + run / 32 * 32);"),
    PAGE_OF_A_POISONED_VALUE(
        "keys pages",
        "value_vector(tile->v + row_place(tile->value_rows, tile->begin + j), n)",
        "value_vector(tile->v + row_place(tile->value_rows, tile->begin), n)");

    private final String asked;
    private final String text;
    private final String replacement;

    /**
     * A mistake.
     *
     * @param asked part of the label of the specs that may show it: each other one would be a
     *     compilation for nothing
     */
    Bug(String asked, String text, String replacement) {
      this.asked = asked;
      this.text = text;
      this.replacement = replacement;
    }

    private Stream<GridCase> cases() {
      return Stream.concat(CacheGrid.quick(1).stream(), TypeGrid.small(1).stream())
          .filter(each -> each.spec().label().contains(asked))
          .filter(each -> each.spec().headDim() == 64 && each.spec().valueDim() == 64);
    }
  }

  /**
   * One of scales and one of pages, for the quick suite; the others are planted in the full one.
   */
  private static final Set<Bug> QUICK =
      EnumSet.of(Bug.SCALE_OF_THE_KEY_FOR_ITS_VALUE, Bug.PAGE_OF_KEYS_LOOKED_UP_FOR_TWO);

  static Set<Bug> quickBugs() {
    return QUICK;
  }

  static Set<Bug> otherBugs() {
    return EnumSet.complementOf(EnumSet.copyOf(QUICK));
  }

  @ParameterizedTest
  @MethodSource("quickBugs")
  void theGridsNotice(Bug bug) {
    requireNoticed(bug);
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource("otherBugs")
  void theGridsNoticeEveryOtherBug(Bug bug) {
    requireNoticed(bug);
  }

  /** On a device of many units, so that keys are split. */
  private static void requireNoticed(Bug bug) {
    UnaryOperator<String> planted = PlantedSource.replacing(bug.text, bug.replacement);
    try (OpenClSession session =
        TestDevices.openDescribedAs(
            device -> KeySplitTest.described(device, DeviceInfo.Kind.CPU, 40, 1024, 32 << 10),
            planted)) {
      KernelTrial.requireNoticed(bug, session, KERNEL, bug.cases().toList());
    }
  }
}
