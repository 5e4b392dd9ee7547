package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The quick grid must notice each of these mistakes: what a grid does not notice, it does not
 * check.
 */
class PlantedBugTest {
  private static final Map<String, Expected> EXPECTED = new ConcurrentHashMap<>();

  /**
   * A mistake that attention kernels have had: a text of the kernel and what stands there instead.
   */
  enum Bug {
    NAIVE_CAUSAL_OFF_BY_ONE(
        OpenClKernel.NAIVE, "p + params.window_right + 1)", "p + params.window_right + 2)"),
    NAIVE_WINDOW_OFF_BY_ONE(
        OpenClKernel.NAIVE,
        "max(0L, p - params.window_left)",
        "max(0L, p - params.window_left + 1)"),
    NAIVE_IGNORES_QUERY_OFFSET(OpenClKernel.NAIVE, "(long)i + sequence.x", "(long)i"),
    NAIVE_IGNORES_KEY_LENGTH(OpenClKernel.NAIVE, "sequence.y", "params.kv_len"),
    NAIVE_MISSING_SCALE(OpenClKernel.NAIVE, "dot_product * params.scale", "dot_product"),
    NAIVE_MISSING_SOFT_CAP(
        OpenClKernel.NAIVE,
        "cap_score(params, dot_product * params.scale)",
        "dot_product * params.scale"),
    NAIVE_MISSING_MAXIMUM(
        OpenClKernel.NAIVE, "float shift = m_i == -INFINITY ? 0.0f : m_i;", "float shift = 0.0f;"),
    NAIVE_EMPTY_ROWS_LSE(
        OpenClKernel.NAIVE,
        "lse[row] = l_i == 0.0f ? -INFINITY : shift + log(l_i);",
        "lse[row] = l_i == 0.0f ? 0.0f : shift + log(l_i);"),
    NAIVE_WRONG_KV_HEAD(
        OpenClKernel.NAIVE, "h / (params.query_heads / params.kv_heads)", "h % params.kv_heads"),
    NAIVE_MASK_WITHOUT_BATCH(OpenClKernel.NAIVE, "b * params.mask_batch_stride", "0"),
    NAIVE_ADDS_MASK_BEFORE_HIDING(
        OpenClKernel.NAIVE, "bias == -INFINITY ? -INFINITY : score + bias", "score + bias"),
    NAIVE_MULTIPLIES_HIDDEN_VALUES(
        OpenClKernel.NAIVE,
        "scores[key] == -INFINITY ? HIDDEN_WEIGHT :",
        "scores[key] == -INFINITY ? 0.0f :"),
    FLASH_NAN_IN_EMPTY_ROWS(
        OpenClKernel.FLASH_QUERY_LANES,
        "int16 empty = l_i == (float16)(0.0f)",
        "int16 empty = (int16)(0)"),
    FLASH_MISSING_SCALE(OpenClKernel.FLASH_QUERY_LANES, "acc[r][vector] * scale", "acc[r][vector]"),
    FLASH_OUTPUT_NOT_RESCALED(
        OpenClKernel.FLASH_QUERY_LANES,
        "rows[r * QUERY_VECTORS + vector] * alpha[vector]",
        "rows[r * QUERY_VECTORS + vector]"),
    FLASH_SUM_NOT_RESCALED(
        OpenClKernel.FLASH_QUERY_LANES,
        "fma(l_i[vector], alpha[vector],",
        "fma(l_i[vector], (float16)(1.0f),"),
    FLASH_UNGUARDED_KEY_TAIL(
        OpenClKernel.FLASH_QUERY_LANES, "j + r < keys ? score : (float16)(-INFINITY)", "score"),
    FLASH_MASK_NEVER_APPLIED(OpenClKernel.FLASH_QUERY_LANES, "if (masked) {", "if (false) {"),
    FLASH_WRONG_KV_HEAD(
        OpenClKernel.FLASH_QUERY_LANES,
        "h / (params.query_heads / params.kv_heads)",
        "h % params.kv_heads"),
    FLASH_NAN_OF_HIDDEN_VALUES(
        OpenClKernel.FLASH_QUERY_LANES,
        "any_hidden && has_non_finite(v_tile, params.v_row_stride, keys)",
        "false"),
    FLASH_UNGUARDED_QUERY_TAIL(
        OpenClKernel.FLASH_QUERY_LANES,
        "min(first_row + BLOCK_Q, params.query_len) - 1",
        "min(first_row + BLOCK_Q - 1, params.query_len) - 1"),
    FLASH_WITHOUT_STRIDE(
        OpenClKernel.FLASH_QUERY_LANES,
        "(first_row + lane) * row_stride + column",
        "(first_row + lane) * VALUE_DIM + column");

    private final OpenClKernel kernel;
    private final String text;
    private final String replacement;

    Bug(OpenClKernel kernel, String text, String replacement) {
      this.kernel = kernel;
      this.text = text;
      this.replacement = replacement;
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "NAIVE_CAUSAL_OFF_BY_ONE",
        "NAIVE_MISSING_SCALE",
        "FLASH_SUM_NOT_RESCALED",
        "FLASH_UNGUARDED_KEY_TAIL",
        "FLASH_WRONG_KV_HEAD"
      })
  void theQuickGridNotices(Bug bug) {
    requireNoticed(bug);
  }

  @Tag("full")
  @ParameterizedTest
  @EnumSource(Bug.class)
  void theQuickGridNoticesEveryBug(Bug bug) {
    requireNoticed(bug);
  }

  private static void requireNoticed(Bug bug) {
    List<GridCase> cases = QuickGrid.cases(1);
    try (OpenClSession session =
        TestDevices.openPreferred(PlantedSource.replacing(bug.text, bug.replacement))) {
      TestDevices.assumeSupported(bug.kernel, cases.getFirst().spec(), session);
      List<String> wrong = new ArrayList<>();
      for (GridCase gridCase : cases) {
        // Each combination of dimensions is a compilation: those of most cases show every bug.
        if (gridCase.spec().headDim() != 64
            || gridCase.spec().valueDim() != 64
            || bug.kernel.supports(gridCase.spec(), session.device()) instanceof Support.No) {
          continue;
        }
        AttentionInputs inputs = gridCase.inputs();
        Expected expected =
            EXPECTED.computeIfAbsent(
                gridCase.name() + gridCase.spec().label() + gridCase.seed(),
                key -> Expected.of(inputs));
        Evaluation evaluation = Evaluator.evaluate(session, bug.kernel, inputs, expected);
        if (evaluation instanceof Evaluation.Incorrect) {
          wrong.add(gridCase.name());
          break;
        }
        assertThat(evaluation)
            .as("%s must build and run", bug)
            .isInstanceOf(Evaluation.Passed.class);
      }
      assertThat(wrong).as("cases that notice %s", bug).isNotEmpty();
    }
  }
}
