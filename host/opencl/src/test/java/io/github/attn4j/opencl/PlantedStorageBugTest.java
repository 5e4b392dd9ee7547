package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.TypeGrid;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The grids of types and placements must notice each of these mistakes in the headers that all
 * kernels share. A store that rounds wrongly stays within any budget that a right one needs: {@link
 * StoredOutputTest} and {@link ElementTypesTest} notice that.
 */
class PlantedStorageBugTest {
  private static final OpenClKernel KERNEL = OpenClKernel.NAIVE;

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
        "HALF_CONVERSIONS(, vload_half, vstore_half_rte)\nHALF_CONVERSIONS(4, vload_half4, vstore_half4_rte)\n"
            + "HALF_CONVERSIONS(16, vload_half16, vstore_half16_rte)\nLOADS(kv, ushort, f16)"),
    E4M3_WITHOUT_ITS_BIAS(
        "kv:f8e4m3", "float##N##_of_f16(bits) * 256.0f", "float##N##_of_f16(bits)");

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
          Bug.BFLOATS_READ_AS_HALVES);

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
      List<String> passed = new ArrayList<>();
      for (GridCase each : bug.cases().toList()) {
        AttentionInputs inputs = each.inputs();
        Evaluation evaluation = Evaluator.evaluate(session, KERNEL, inputs, Expected.of(inputs));
        if (evaluation instanceof Evaluation.Incorrect) {
          System.out.printf(
              "planted bug %s: caught by %s (%s)%n", bug, each.name(), each.spec().label());
          return;
        }
        assertThat(evaluation)
            .as("%s must build and run", bug)
            .isInstanceOf(Evaluation.Passed.class);
        passed.add(each.name());
      }
      assertThat(passed).as("none of these cases notices %s", bug).isNull();
    }
  }
}
