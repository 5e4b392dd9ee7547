package io.github.attn4j.opencl;

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
 * The grids of types and placements must notice each of these mistakes: in the headers that all
 * kernels share, and where a kernel converts or gathers in a way of its own. A store that rounds
 * wrongly stays within any budget that a right one needs: {@link StoredOutputTest} and {@link
 * ElementTypesTest} notice that.
 */
class PlantedStorageBugTest {
  /** What stands in a header, and what stands there instead. */
  enum Bug {
    PAGE_OF_THE_FIRST_KEY("keys pages", "rows.pages[key >> rows.page_shift] *", "rows.pages[0] *"),
    TABLE_OF_THE_FIRST_SEQUENCE(
        "keys pages",
        "(__global const int *)sequences + of_sequence.w",
        "(__global const int *)sequences + rows_of_sequence(params, sequences, 0).w"),
    ROW_OF_THE_SEQUENCE_IN_ITS_PAGE(
        "keys pages", "key & ((1 << rows.page_shift) - 1);", "key & (1 << rows.page_shift);"),
    SCALE_OF_THE_FIRST_RUN(
        "kv:i8", "(rows.first_row + key) / KEYS_PER_SCALE", "(rows.first_row) / KEYS_PER_SCALE"),
    SCALE_OF_THE_FIRST_HEAD("kv:i8", "scales + kv_head * runs", "scales"),
    SCALE_OF_THE_FIRST_PAGE("kv:i8 ragged", "page * rows.page_scales", "0"),
    SCALES_OF_PACKED_KEYS_BY_SEQUENCE("keys packed", "PAGED || batch_stride == 0 ? 0", "PAGED ? 0"),
    CODES_TAKEN_FOR_VALUES(
        "kv:i8",
        "return ((__global const float *)tensor)[rows.first_scale + scale];",
        "return 1.0f;"),
    PACKED_QUERIES_FROM_THE_FIRST(
        "queries packed", "(long)rows_of_sequence(params, sequences, b).x + i", "(long)i"),
    PACKED_KEYS_FROM_THE_FIRST("keys packed", "of_sequence.z * row_stride", "0"),
    QUERIES_OF_THE_FIRST_SEQUENCE(
        "ragged",
        "return rows_of_sequence(params, sequences, b).y;",
        "return rows_of_sequence(params, sequences, 0).y;"),
    BFLOATS_READ_AS_HALVES(
        "kv:bf16",
        "LOADS(kv, ushort, bf16)",
        """
        HALF_CONVERSIONS(, vload_half, vstore_half_rte)
        HALF_CONVERSIONS(4, vload_half4, vstore_half4_rte)
        HALF_CONVERSIONS(16, vload_half16, vstore_half16_rte)
        LOADS(kv, ushort, f16)\
        """),
    E4M3_WITHOUT_ITS_BIAS(
        "kv:f8e4m3", "float##N##_of_f16(bits) * 256.0f", "float##N##_of_f16(bits)"),

    QUERY_LANES_TILE_OF_ANOTHER_STRIDE(
        OpenClKernel.FLASH_QUERY_LANES,
        " f16",
        "tile + j * columns + column",
        "tile + j * (columns - 1) + column"),
    QUERY_LANES_KEYS_IN_PLACE_OF_VALUES(
        OpenClKernel.FLASH_QUERY_LANES,
        " f16",
        "convert_rows(v_rows, v, VALUE_DIM",
        "convert_rows(k_rows, k, VALUE_DIM"),
    QUERY_LANES_SCALE_OF_THE_TILE(
        OpenClKernel.FLASH_QUERY_LANES,
        "kv:i8",
        "row_scale(rows, tensor, first_key + j)",
        "row_scale(rows, tensor, first_key)"),
    QUERY_LANES_PAGE_BEGINS_A_KEY_LATE(
        OpenClKernel.FLASH_QUERY_LANES,
        "keys pages",
        "rows.pages[key >> rows.page_shift] *",
        "rows.pages[max(key - 1, 0) >> rows.page_shift] *"),
    QUERY_LANES_QUERIES_OF_ANOTHER_SEQUENCE(
        OpenClKernel.FLASH_QUERY_LANES,
        "ragged",
        "query_count(params, sequences, b)",
        "query_count(params, sequences, 0)"),
    QUERY_LANES_OUTPUT_OF_THE_FIRST_SEQUENCE(
        OpenClKernel.FLASH_QUERY_LANES,
        "queries packed",
        "output_place(params, sequences, b, h, 0)",
        "output_place(params, sequences, 0, h, 0)"),
    FLASH_SCALE_OF_THE_SLICE(
        OpenClKernel.FLASH,
        "kv:i8",
        "row_scale(keys, k, key)",
        "row_scale(keys, k, min(first_key, last_key))"),
    FLASH_VALUES_WITHOUT_SCALES(
        OpenClKernel.FLASH, "kv:f8e4m3", "row_scale(values, v, key)", "1.0f"),
    FLASH_PAGE_BEGINS_A_KEY_LATE(
        OpenClKernel.FLASH,
        "keys pages",
        "rows.pages[key >> rows.page_shift] *",
        "rows.pages[max(key - 1, 0) >> rows.page_shift] *"),
    FLASH_QUERIES_OF_ANOTHER_SEQUENCE(
        OpenClKernel.FLASH,
        "ragged",
        "query_count(params, sequences, b)",
        "query_count(params, sequences, 0)"),
    FLASH_OUTPUT_OF_THE_FIRST_SEQUENCE(
        OpenClKernel.FLASH,
        "queries packed",
        "output_place(params, sequences, b, h, 0)",
        "output_place(params, sequences, 0, h, 0)");

    private final OpenClKernel kernel;
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
      this(OpenClKernel.NAIVE, asked, text, replacement);
    }

    Bug(OpenClKernel kernel, String asked, String text, String replacement) {
      this.kernel = kernel;
      this.asked = asked;
      this.text = text;
      this.replacement = replacement;
    }

    private Stream<GridCase> cases() {
      return Stream.concat(TypeGrid.small(1).stream(), CacheGrid.quick(1).stream())
          .filter(each -> each.spec().label().contains(asked));
    }
  }

  /** A few of every kind, for the quick suite; the others are planted in the full one. */
  private static final Set<Bug> QUICK =
      EnumSet.of(
          Bug.PAGE_OF_THE_FIRST_KEY,
          Bug.SCALE_OF_THE_FIRST_RUN,
          Bug.QUERIES_OF_THE_FIRST_SEQUENCE,
          Bug.BFLOATS_READ_AS_HALVES,
          Bug.QUERY_LANES_TILE_OF_ANOTHER_STRIDE,
          Bug.QUERY_LANES_QUERIES_OF_ANOTHER_SEQUENCE,
          Bug.FLASH_QUERIES_OF_ANOTHER_SEQUENCE);

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

  private static void requireNoticed(Bug bug) {
    UnaryOperator<String> planted = PlantedSource.replacing(bug.text, bug.replacement);
    try (OpenClSession session = TestDevices.openPreferred(planted)) {
      TestDevices.assumeSupported(
          bug.kernel, bug.cases().findFirst().orElseThrow().spec(), session);
      KernelTrial.requireNoticed(bug, session, bug.kernel, bug.cases().toList());
    }
  }
}
