package io.github.attn4j.opencl;

import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The quick grid must notice each of these mistakes: what a grid does not notice, it does not
 * check.
 */
class PlantedBugTest {
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
    QUERY_LANES_NAN_IN_EMPTY_ROWS(
        OpenClKernel.FLASH_QUERY_LANES,
        "int16 empty = l_i == (float16)(0.0f)",
        "int16 empty = (int16)(0)"),
    QUERY_LANES_MISSING_SCALE(
        OpenClKernel.FLASH_QUERY_LANES, "acc[r][vector] * scale", "acc[r][vector]"),
    QUERY_LANES_OUTPUT_NOT_RESCALED(
        OpenClKernel.FLASH_QUERY_LANES,
        "rows[r * QUERY_VECTORS + vector] * alpha[vector]",
        "rows[r * QUERY_VECTORS + vector]"),
    QUERY_LANES_SUM_NOT_RESCALED(
        OpenClKernel.FLASH_QUERY_LANES,
        "fma(l_i[vector], alpha[vector],",
        "fma(l_i[vector], (float16)(1.0f),"),
    QUERY_LANES_UNGUARDED_KEY_TAIL(
        OpenClKernel.FLASH_QUERY_LANES, "j + r < keys ? score : (float16)(-INFINITY)", "score"),
    QUERY_LANES_MASK_NEVER_APPLIED(OpenClKernel.FLASH_QUERY_LANES, "if (masked) {", "if (false) {"),
    QUERY_LANES_WRONG_KV_HEAD(
        OpenClKernel.FLASH_QUERY_LANES,
        "h / (params.query_heads / params.kv_heads)",
        "h % params.kv_heads"),
    QUERY_LANES_NAN_OF_HIDDEN_VALUES(
        OpenClKernel.FLASH_QUERY_LANES,
        "any_hidden && has_non_finite(v_tile, V_STRIDE, keys)",
        "false"),
    QUERY_LANES_UNGUARDED_QUERY_TAIL(
        OpenClKernel.FLASH_QUERY_LANES,
        "min(first_row + BLOCK_Q, query_count(params, sequences, b)) - 1",
        "min(first_row + BLOCK_Q - 1, query_count(params, sequences, b)) - 1"),
    QUERY_LANES_WITHOUT_STRIDE(
        OpenClKernel.FLASH_QUERY_LANES,
        "(first_row + lane) * row_stride + column",
        "(first_row + lane) * VALUE_DIM + column"),
    TILED_MISSING_BARRIER(
        OpenClKernel.TILED_THREE_PASS,
        "barrier(CLK_LOCAL_MEM_FENCE);  // both tiles are written",
        "// both tiles are written"),
    TILED_MISSING_BARRIER_IN_SOFTMAX(
        OpenClKernel.TILED_THREE_PASS,
        "barrier(CLK_LOCAL_MEM_FENCE);  // what this step reads is written",
        "// what this step reads is written"),
    TILED_SOFTMAX_OVER_HALF_A_ROW(
        OpenClKernel.TILED_THREE_PASS,
        "half_count = SOFTMAX_ITEMS / 2",
        "half_count = SOFTMAX_ITEMS / 4"),
    TILED_WEIGHTS_NOT_NORMALIZED(OpenClKernel.TILED_THREE_PASS, "scores[key] *= normalizer;", ""),
    TILED_WEIGHTS_TRANSPOSED(
        OpenClKernel.TILED_THREE_PASS,
        "weight_tile)[c * TILE_STRIDE + r] = weight",
        "weight_tile)[r % DEPTH * TILE_STRIDE + c] = weight"),
    TILED_LEAKS_HIDDEN_VALUES(OpenClKernel.TILED_THREE_PASS, "atomic_or(&non_finite, bad);", ""),
    TILED_SKIPS_THE_DIAGONAL_TILE(
        OpenClKernel.TILED_THREE_PASS,
        "first_key >= end || first_key + TILE <= begin",
        "first_key + TILE >= end || first_key + TILE <= begin"),
    TILED_UNGUARDED_COLUMN_TAIL(
        OpenClKernel.TILED_THREE_PASS,
        "first_column + 4 * x, params.value_dim);",
        "first_column + 4 * x, params.value_dim - 1);"),
    ONLINE_SUM_NOT_RESCALED(OpenClKernel.ONLINE_SOFTMAX, "l_i *= alpha;", ""),
    ONLINE_OUTPUT_NOT_RESCALED(OpenClKernel.ONLINE_SOFTMAX, "acc[d] *= alpha;", ""),
    ONLINE_FORGETS_THE_LAST_KEY(
        OpenClKernel.ONLINE_SOFTMAX,
        "for (int key = row.range.x; key < row.range.y; key++)",
        "for (int key = row.range.x; key < row.range.y - 1; key++)"),
    ONLINE_OFFSET_OF_THE_FIRST_BATCH(
        OpenClKernel.ONLINE_SOFTMAX,
        "int2 sequence = sequences[b];",
        "int2 sequence = sequences[0];"),
    ONLINE_LEAKS_MASKED_SLOTS(
        OpenClKernel.ONLINE_SOFTMAX, "if (score == -INFINITY) {", "if (false) {"),
    ONLINE_SOFT_CAP_AFTER_THE_MASK(
        OpenClKernel.ONLINE_SOFTMAX,
        "mask_score(params, mask, row.mask, key, modify_score(params, row, key, cap_score(params,"
            + " dot_product * params.scale)))",
        "cap_score(params, mask_score(params, mask, row.mask, key, modify_score(params, row, key,"
            + " dot_product * params.scale)))"),
    FLASH_MISSING_BARRIER_AFTER_KEYS(
        OpenClKernel.FLASH,
        "barrier(CLK_LOCAL_MEM_FENCE);  // the slice and the flag are written",
        "// the slice and the flag are written"),
    FLASH_MISSING_BARRIER_AFTER_MAXIMA(
        OpenClKernel.FLASH, "barrier(CLK_LOCAL_MEM_FENCE);  // all maxima", "// all maxima"),
    FLASH_MAXIMUM_OF_THE_FIRST_TILE(OpenClKernel.FLASH, "m_before = BLOCK_Q / 4 - m_before;", ""),
    FLASH_SOFT_CAP_ONLY_BESIDE_MASKS(
        OpenClKernel.FLASH, "tile.all_visible && !(params.soft_cap > 0.0f)", "tile.all_visible"),
    FLASH_MISSING_BARRIER_AFTER_VALUES(
        OpenClKernel.FLASH,
        "barrier(CLK_LOCAL_MEM_FENCE);  // the weights, or the slice and the flag",
        "// the weights, or the slice and the flag"),
    FLASH_SUM_OVER_THE_WRONG_AXIS(
        OpenClKernel.FLASH,
        "sum += l_i[n * (BLOCK_Q / 4) + y + i * Y_ITEMS];",
        "sum += l_i[(y + i * Y_ITEMS) % X_ITEMS * (BLOCK_Q / 4) + n];"),
    FLASH_SUM_NOT_RESCALED(
        OpenClKernel.FLASH,
        "fma(l_i[own + i * Y_ITEMS], alpha,",
        "fma(l_i[own + i * Y_ITEMS], (float4)(1.0f),"),
    FLASH_THIRD_ROW_NOT_RESCALED(OpenClKernel.FLASH, "block[2] *= factors.s2;", ""),
    FLASH_SWAPPED_LENGTHS(
        OpenClKernel.FLASH,
        "min(first_row + BLOCK_Q, queries) - 1",
        "min(first_row + BLOCK_Q, params.kv_len) - 1"),
    FLASH_STALE_EMPTY_ROWS(
        OpenClKernel.FLASH,
        "if (row < queries) {",
        "if (row < queries && lane_of(sum, r) != 0.0f) {"),
    FLASH_TAIL_TAKEN_FOR_VISIBLE(
        OpenClKernel.FLASH, "begin + BLOCK_KV <= first_range.y", "begin < first_range.y"),
    FLASH_LEAKS_HIDDEN_VALUES(OpenClKernel.FLASH, "non_finite_values(&fetched) ? step : -1", "-1"),
    FLASH_SKIPS_TILES_THAT_SEE_LITTLE(
        OpenClKernel.FLASH,
        "for (int c = 0; c < 4 * KEY_VECTORS; c++) {\n      int key",
        "for (int c = 0; c < 1; c++) {\n      int key"),
    FLASH_WINDOW_OFF_BY_ONE(
        OpenClKernel.FLASH,
        "max(0L, p - params.window_left)",
        "max(0L, p - params.window_left - 1)"),
    FLASH_BATCH_STRIDE_OF_K_FOR_V(
        OpenClKernel.FLASH,
        "params.v_offset, params.v_batch_stride",
        "params.v_offset, params.k_batch_stride"),
    QUERY_LANES_DROPS_THE_LAST_BLOCK_OF_A_RUN(
        OpenClKernel.FLASH_QUERY_LANES,
        "document",
        "run.end = (first + (blocks >> 1)) * MAP_BLOCK;",
        "run.end = (first + max(1, (blocks >> 1) - 1)) * MAP_BLOCK;"),
    QUERY_LANES_TAKES_PARTIAL_RUNS_FOR_FULL(
        OpenClKernel.FLASH_QUERY_LANES, "document", "run.full = blocks & 1;", "run.full = true;"),
    QUERY_LANES_RUN_PAST_THE_KEY_LENGTH(
        OpenClKernel.FLASH_QUERY_LANES, "document", "min(run.end, sequences[b].y)", "run.end"),
    QUERY_LANES_FORGETS_A_LAST_RUN(
        OpenClKernel.FLASH_QUERY_LANES,
        "document",
        "index < list.count; index++",
        "index < max(list.count - 1, 1); index++"),
    QUERY_LANES_MAP_OF_THE_FIRST_HEAD(
        OpenClKernel.FLASH_QUERY_LANES, "bigbird", "map + map[head]", "map + map[0]"),
    QUERY_LANES_MAP_OF_THE_FIRST_BATCH(
        OpenClKernel.FLASH_QUERY_LANES,
        "conditions window lengths",
        "map + map[head]",
        "map + map[head % params.query_heads]"),
    QUERY_LANES_ROW_OF_ANOTHER_HEAD(
        OpenClKernel.FLASH_QUERY_LANES,
        "bigbird",
        "runs_of(params, sequences, head, block)",
        "runs_of(params, sequences, get_global_id(0) / blocks, block)"),
    QUERY_LANES_EVERY_SECOND_ROW_OF_THE_ORDER(
        OpenClKernel.FLASH_QUERY_LANES,
        "document",
        "map[params.batch * params.query_heads + place]",
        "map[params.batch * params.query_heads + place / 2 * 2]"),
    QUERY_LANES_EXPRESSION_OF_INDEX_FOR_POSITION(
        OpenClKernel.FLASH_QUERY_LANES,
        "document",
        "first.i + i_existing, first.p + i_existing, key,",
        "first.i + i_existing, first.i + i_existing, key,"),
    QUERY_LANES_EXPRESSION_WITHOUT_WINDOW(
        OpenClKernel.FLASH_QUERY_LANES,
        "condition causal",
        "key >= ((const int *)row_begin)[i] & key < ((const int *)row_end)[i]",
        "true"),
    QUERY_LANES_EXPRESSION_WITHOUT_BIAS(
        OpenClKernel.FLASH_QUERY_LANES,
        "condition boolean mask",
        "(has_dense ? bias[i] : 0.0f)",
        "0.0f"),
    QUERY_LANES_FULL_BLOCKS_WITHOUT_BIAS(
        OpenClKernel.FLASH_QUERY_LANES,
        "runs and finite biases",
        "!all_visible || params.mask_kind == MASK_ADDITIVE",
        "!all_visible"),
    QUERY_LANES_SCORES_BESIDE_SEEN_KEYS(
        OpenClKernel.FLASH_QUERY_LANES, "document", "key_begin += seen.x;", ""),
    QUERY_LANES_BIASES_BESIDE_SEEN_KEYS(
        OpenClKernel.FLASH_QUERY_LANES, "document", "bias_t += seen.x * QUERY_VECTORS;", ""),
    QUERY_LANES_SEES_THE_LAST_GROUP_ONLY(
        OpenClKernel.FLASH_QUERY_LANES, "document", "min(seen_keys.x, group)", "group"),
    QUERY_LANES_SCORE_OF_THE_FIRST_QUERY(
        OpenClKernel.FLASH_QUERY_LANES,
        "t5-bias",
        "attn_expr_score(score[i], first.b, first.h, first.i + i_existing, first.p + i_existing,",
        "attn_expr_score(score[i], first.b, first.h, first.i, first.p,"),
    QUERY_LANES_SCORE_NOT_MODIFIED(
        OpenClKernel.FLASH_QUERY_LANES,
        "t5-bias",
        "modify_scores(params, tile->row,",
        "if (false) modify_scores(params, tile->row,"),
    SPLIT_KV_MERGE_WITHOUT_RESCALING(
        OpenClKernel.FLASH_SPLIT_KV,
        "fma(of_part, (float4)(exp(sums[2 * part] - shift)), output)",
        "of_part + output"),
    SPLIT_KV_MERGED_SUM_NOT_RESCALED(
        OpenClKernel.FLASH_SPLIT_KV,
        "fma(sums[2 * part + 1], exp(sums[2 * part] - shift), l_i)",
        "sums[2 * part + 1] + l_i"),
    SPLIT_KV_MERGE_DROPS_THE_LAST_PART(
        OpenClKernel.FLASH_SPLIT_KV,
        "part < params.key_parts; part++) {\n      // A part",
        "part < params.key_parts - 1; part++) {\n      // A part"),
    SPLIT_KV_MERGED_EMPTY_ROWS_LSE(
        OpenClKernel.FLASH_SPLIT_KV,
        "lse[place] = l_i == 0.0f ? -INFINITY : m_i + log(l_i);\n  }\n}\n",
        "lse[place] = l_i == 0.0f ? 0.0f : m_i + log(l_i);\n  }\n}\n"),
    SPLIT_KV_WRONG_HEAD_OF_THE_GROUP(
        OpenClKernel.FLASH_SPLIT_KV,
        "own.kv_head * own.group + existing % own.group",
        "own.kv_head + existing % own.group * params.kv_heads"),
    SPLIT_KV_ROWS_BY_HEAD(
        OpenClKernel.FLASH_SPLIT_KV,
        "params.query_len + row / own.group",
        "params.query_len + row % params.query_len"),
    SPLIT_KV_PARTS_OF_THE_FIRST_BATCH(
        OpenClKernel.FLASH_SPLIT_KV,
        "key_range(params, sequences[own.b], own.last_row / own.group).y",
        "key_range(params, sequences[0], own.last_row / own.group).y"),
    SPLIT_KV_PART_ENDS_A_KEY_EARLY(
        OpenClKernel.FLASH_SPLIT_KV,
        "min((long)own.begin + keys, (long)end)",
        "min((long)own.begin + keys - 1, (long)end)"),
    SPLIT_KV_KEYS_OF_THE_FIRST_QUERY(
        OpenClKernel.FLASH_SPLIT_KV, "own.last_row / own.group).y", "own.first_row / own.group).y"),
    SPLIT_KV_SUM_NOT_RESCALED(
        OpenClKernel.FLASH_SPLIT_KV,
        "fma(block->l_i[r], (float16)(*alpha), sum)",
        "block->l_i[r] + sum"),
    SPLIT_KV_OUTPUT_NOT_RESCALED(
        OpenClKernel.FLASH_SPLIT_KV,
        "block->acc[group + n][r] * alpha[r]",
        "block->acc[group + n][r]"),
    SPLIT_KV_SUMS_LANES_IN_ANOTHER_ORDER(
        OpenClKernel.FLASH_SPLIT_KV,
        "(float16)(a.s0123, a.s89ab, b.s0123, b.s89ab)",
        "(float16)(a.s0123, b.s0123, a.s89ab, b.s89ab)"),
    SPLIT_KV_UNGUARDED_KEY_TAIL(
        OpenClKernel.FLASH_SPLIT_KV, "(int16)(j) + lane < (int16)(keys) ?", "(int16)(-1) ?"),
    SPLIT_KV_DIAGONAL_TAKEN_FOR_VISIBLE(
        OpenClKernel.FLASH_SPLIT_KV,
        "key_begin + keys <= block->row[0].range.y",
        "key_begin <= block->row[0].range.y"),
    SPLIT_KV_MASK_OF_THE_FIRST_ROW(
        OpenClKernel.FLASH_SPLIT_KV,
        "read_biases(params, mask, block->row[r],",
        "read_biases(params, mask, block->row[0],"),
    SPLIT_KV_LEAKS_HIDDEN_VALUES(
        OpenClKernel.FLASH_SPLIT_KV, "any_hidden && has_non_finite(tile)", "false"),
    SPLIT_KV_SCORE_OF_THE_FIRST_KEY(
        OpenClKernel.FLASH_SPLIT_KV,
        "t5-bias",
        "modify_score(params, row, key_begin + j + i,",
        "modify_score(params, row, key_begin + j,"),
    FLASH_FORGETS_THE_LAST_RUN(
        OpenClKernel.FLASH, "document", "list->count == 0", "list->count <= 1"),
    FLASH_DROPS_THE_LAST_BLOCK_OF_A_RUN(
        OpenClKernel.FLASH,
        "document",
        "run.end = (first + (blocks >> 1)) * MAP_BLOCK;",
        "run.end = (first + max(1, (blocks >> 1) - 1)) * MAP_BLOCK;"),
    FLASH_TAKES_PARTIAL_RUNS_FOR_FULL(
        OpenClKernel.FLASH, "document", "run.full = blocks & 1;", "run.full = true;"),
    FLASH_RUN_PAST_THE_KEY_LENGTH(
        OpenClKernel.FLASH, "document", "run->end = min(run->end, key_length);", ""),
    FLASH_MAP_OF_THE_FIRST_HEAD(OpenClKernel.FLASH, "bigbird", "map + map[head]", "map + map[0]"),
    FLASH_ROW_OF_ANOTHER_HEAD(
        OpenClKernel.FLASH,
        "bigbird",
        "runs_of(params, sequences, head,",
        "runs_of(params, sequences, get_group_id(1),"),
    FLASH_MAP_OF_THE_FIRST_ROW(
        OpenClKernel.FLASH,
        "document",
        "list.runs = plane + rows + 1 + 2 * plane[block_row];",
        "list.runs = plane + rows + 1;"),
    FLASH_SCORE_NOT_MODIFIED(
        OpenClKernel.FLASH,
        "t5-bias",
        "return attn_expr_score(score, row.b,",
        "return score; attn_expr_score(score, row.b,");

    private final OpenClKernel kernel;
    private final String firstAsked;
    private final String text;
    private final String replacement;

    Bug(OpenClKernel kernel, String text, String replacement) {
      this(kernel, "", text, replacement);
    }

    /**
     * A mistake in what expressions alone reach.
     *
     * @param firstAsked part of the description of cases to begin with: each expression before the
     *     one that shows the bug would be a compilation for nothing
     */
    Bug(OpenClKernel kernel, String firstAsked, String text, String replacement) {
      this.kernel = kernel;
      this.firstAsked = firstAsked;
      this.text = text;
      this.replacement = replacement;
    }

    /** The quick grid, what is asked first at the front. */
    private List<GridCase> cases() {
      return QuickGrid.cases(1).stream()
          .sorted(
              Comparator.comparing(
                  gridCase -> !KernelTrial.described(gridCase).contains(firstAsked)))
          .toList();
    }
  }

  /** A few of every kind, for the quick suite; the others are planted in the full one. */
  private static final Set<Bug> QUICK =
      EnumSet.of(
          Bug.NAIVE_CAUSAL_OFF_BY_ONE,
          Bug.NAIVE_MISSING_SCALE,
          Bug.QUERY_LANES_SUM_NOT_RESCALED,
          Bug.QUERY_LANES_UNGUARDED_KEY_TAIL,
          Bug.QUERY_LANES_WRONG_KV_HEAD,
          Bug.TILED_MISSING_BARRIER,
          Bug.ONLINE_OFFSET_OF_THE_FIRST_BATCH,
          Bug.FLASH_MISSING_BARRIER_AFTER_VALUES,
          Bug.QUERY_LANES_TAKES_PARTIAL_RUNS_FOR_FULL,
          Bug.FLASH_ROW_OF_ANOTHER_HEAD,
          Bug.SPLIT_KV_MERGE_WITHOUT_RESCALING,
          Bug.SPLIT_KV_WRONG_HEAD_OF_THE_GROUP);

  static Set<Bug> quickBugs() {
    return QUICK;
  }

  static Set<Bug> otherBugs() {
    return EnumSet.complementOf(EnumSet.copyOf(QUICK));
  }

  @ParameterizedTest
  @MethodSource("quickBugs")
  void theQuickGridNotices(Bug bug) {
    requireNoticed(bug);
  }

  @ParameterizedTest
  @EnumSource(Bug.class)
  void theKernelHasThePlaceOfEveryBug(Bug bug) {
    PlantedSource.requirePlace(bug.kernel, bug.text, bug.replacement);
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @MethodSource("otherBugs")
  void theQuickGridNoticesEveryOtherBug(Bug bug) {
    requireNoticed(bug);
  }

  private static void requireNoticed(Bug bug) {
    List<GridCase> cases = bug.cases();
    try (OpenClSession session =
        TestDevices.openPreferred(PlantedSource.replacing(bug.text, bug.replacement))) {
      TestDevices.assumeSupported(bug.kernel, cases.getFirst().spec(), session);
      // Each combination of dimensions is a compilation: those of most cases show every bug.
      List<GridCase> ofMost =
          cases.stream()
              .filter(one -> one.spec().headDim() == 64 && one.spec().valueDim() == 64)
              .toList();
      KernelTrial.requireNoticed(bug, session, bug.kernel, ofMost);
    }
  }
}
