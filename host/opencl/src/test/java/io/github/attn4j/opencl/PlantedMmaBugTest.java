package io.github.attn4j.opencl;

import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import io.github.attn4j.core.spec.ElementType;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes with fragments, copies and tiles, which the typed quick grid must notice. */
class PlantedMmaBugTest {
  /** A text of the kernel, and what stands there instead. */
  enum Bug {
    WEIGHTS_IN_THE_ORDER_OF_SCORES(
        "", "&s[m][2 * step + i / 2][i % 2 * 2]", "&s[m][2 * step + i % 2][i / 2 * 2]"),
    REGISTERS_OF_A_EXCHANGED(
        "",
        "int row_of_a(int lane, int i) { return lane / 4 + i % 2 * 8; }",
        "int row_of_a(int lane, int i) { return lane / 4 + i / 2 * 8; }"),
    VALUES_NOT_TRANSPOSED(
        "",
        "load_matrices_transposed(warp, v_tile, place_of_step(of_v, step * 16, n",
        "load_matrices(warp, v_tile, place_of_step(of_v, step * 16, n"),
    TILES_NOT_TWISTED_WHERE_THEY_ARE_WRITTEN(
        "",
        "tile + place_of_piece(row, piece, PIECES(width)));",
        "tile + row * PIECES(width) + piece);"),
    KEYS_NOT_WAITED_FOR("", "wait_for_copies(&copies);\n    bool seen", "bool seen"),
    VALUES_NOT_WAITED_FOR("", "wait_for_copies(&copies);\n    bool poison", "bool poison"),
    OUTPUT_NOT_RESCALED("", "acc[r / 2][n][r % 2 * 2] *= alpha;", ";"),
    MAXIMUM_OF_HALF_A_ROW(
        "",
        "bit < ROW_LANES; bit *= 2) {\n        largest",
        "bit < ROW_LANES / 2; bit *= 2) {\n        largest"),
    SCALE_NOT_IN_THE_WEIGHTS("", "factor_2 = factor * LOG2_E", "factor_2 = LOG2_E"),
    SCALE_BELOW_ZERO_FOLDED("scale negative", "&& params.scale >= 0.0f", ""),
    RANGE_OF_THE_FIRST_ROW(
        "causal",
        "key_range(params, sequence, min(first_row + row_at(warp, r), last_row))",
        "key_range(params, sequence, min(first_row, last_row))"),
    LOWER_ROWS_TAKEN_FOR_UPPER_ONES(
        "causal", "row_of_c(warp.lane, r % 2 * 2); }", "row_of_c(warp.lane, 0); }"),
    POISON_NOT_LOOKED_FOR(
        "boolean mask", "poison = brought_non_finite(", "poison = false && brought_non_finite("),
    HIDDEN_PAIRS_MARKED_AS_SEEN(
        "boolean mask", "low_half(pair) == SIGN_BIT ? 0 : ONE_BITS,", "ONE_BITS,"),
    SCORES_TURNED_TOO_SHORT(
        "additive mask", "= SCORE_AT(s, r, c + 2);", "= SCORE_AT(s, r, c + 1);"),
    LOWEST_FLOAT_HIDES(
        "lowest float", "(score - shift) * LOG2_E", "score * LOG2_E - shift * LOG2_E"),
    PIECES_READ_BESIDE_THEIR_PLACE(
        "gaps of equal dimensions", "vload8(0, from)", "vload8(0, from + 1)"),
    SOFT_CAP_TAKEN_FOR_A_SCALE("soft cap", "!(params.soft_cap > 0.0f) && ", "");

    private final String firstAsked;
    private final String text;
    private final String replacement;

    /**
     * @param firstAsked part of the name of cases to begin with
     */
    Bug(String firstAsked, String text, String replacement) {
      this.firstAsked = firstAsked;
      this.text = text;
      this.replacement = replacement;
    }
  }

  private static final Set<Bug> QUICK =
      EnumSet.of(
          Bug.WEIGHTS_IN_THE_ORDER_OF_SCORES,
          Bug.TILES_NOT_TWISTED_WHERE_THEY_ARE_WRITTEN,
          Bug.VALUES_NOT_WAITED_FOR);

  static Set<Bug> quickBugs() {
    return QUICK;
  }

  static Set<Bug> otherBugs() {
    return EnumSet.complementOf(EnumSet.copyOf(QUICK));
  }

  @ParameterizedTest
  @MethodSource("quickBugs")
  void theTypedGridNotices(Bug bug) {
    requireNoticed(bug);
  }

  @ParameterizedTest
  @EnumSource(Bug.class)
  void theKernelHasThePlaceOfEveryBug(Bug bug) {
    PlantedSource.requirePlace(OpenClKernel.FLASH_MMA, bug.text, bug.replacement);
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @MethodSource("otherBugs")
  void theTypedGridNoticesEveryOtherBug(Bug bug) {
    requireNoticed(bug);
  }

  private static void requireNoticed(Bug bug) {
    try (OpenClSession session =
        TestDevices.openDescribedAs(
            TestDevices::emulatingTensorCores, // where copies are late and lanes in step, always
            PlantedSource.replacing(bug.text, bug.replacement))) {
      KernelTrial.requireNoticed(bug, session, OpenClKernel.FLASH_MMA, cases(bug));
    }
  }

  /** Those of one program, what is asked first at the front. */
  private static List<GridCase> cases(Bug bug) {
    return FlashMmaTest.typed(QuickGrid.cases(1), ElementType.F16, FlashMmaTest::isOfOneProgram)
        .stream()
        .sorted(Comparator.comparing(one -> !one.name().contains(bug.firstAsked)))
        .toList();
  }
}
