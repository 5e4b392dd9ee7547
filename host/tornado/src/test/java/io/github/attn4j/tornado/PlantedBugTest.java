package io.github.attn4j.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The quick grid must notice each of these mistakes: what a grid does not notice, it does not
 * check.
 */
class PlantedBugTest {
  @TempDir Path folder;

  /** A mistake that attention kernels have had: a text of a class and what stands there instead. */
  enum Bug {
    NAIVE_CAUSAL_OFF_BY_ONE(
        TornadoKernel.NAIVE_PARALLEL,
        "Pairs",
        "return within(i + shape[sequence + Arguments.KEYS_END]",
        "return within(i + 1 + shape[sequence + Arguments.KEYS_END]"),
    NAIVE_WRONG_KV_HEAD(
        TornadoKernel.NAIVE_PARALLEL,
        "NaiveParallel",
        "h / shape[Arguments.GROUP]",
        "h % shape[Arguments.GROUP]"),
    NAIVE_MISSING_SCALE(
        TornadoKernel.NAIVE_PARALLEL, "NaiveParallel", "score *= numbers[Arguments.SCALE];", ""),
    NAIVE_NAN_OF_HIDDEN_VALUES(
        TornadoKernel.NAIVE_PARALLEL,
        "NaiveParallel",
        "if (score != Float.NEGATIVE_INFINITY) {",
        "if (score != Float.POSITIVE_INFINITY) {"),
    NAIVE_ADDS_MASK_BEFORE_HIDING(
        TornadoKernel.NAIVE_PARALLEL,
        "Pairs",
        "result = added == Float.NEGATIVE_INFINITY ? added : score + added;",
        "result = score + added;"),
    ONLINE_SUM_NOT_RESCALED(
        TornadoKernel.ONLINE_SOFTMAX,
        "OnlineSoftmax",
        "sum = sum * alpha + weight;",
        "sum = sum + weight;"),
    ONLINE_OUTPUT_NOT_RESCALED(
        TornadoKernel.ONLINE_SOFTMAX, "OnlineSoftmax", "o[oRow + c] * alpha +", "o[oRow + c] +"),
    ONLINE_EMPTY_ROWS_LSE(
        TornadoKernel.ONLINE_SOFTMAX,
        "OnlineSoftmax",
        "sum == 0 ? Float.NEGATIVE_INFINITY :",
        "sum == 0 ? 0 :"),
    ONLINE_LENGTH_OF_THE_FIRST_BATCH(
        TornadoKernel.ONLINE_SOFTMAX,
        "OnlineSoftmax",
        "Pairs.keyEnd(shape, b, i)",
        "Pairs.keyEnd(shape, 0, i)"),
    ONLINE_SOFT_CAP_LEFT_OUT(
        TornadoKernel.ONLINE_SOFTMAX,
        "DeviceMath",
        "cap > 0 ? cap * TornadoMath.tanh(score / cap) : score",
        "score"),
    ONLINE_UNGUARDED_QUERY_TAIL(
        TornadoKernel.ONLINE_SOFTMAX, "OnlineSoftmax", "if (i < queries) {", "if (i <= queries) {"),
    TILED_MISSING_BARRIER(
        TornadoKernel.TILED_THREE_PASS,
        "TiledThreePass",
        "context.localBarrier(); // both tiles are written before any item reads them",
        ""),
    TILED_MISSING_BARRIER_IN_SOFTMAX(
        TornadoKernel.TILED_THREE_PASS,
        "TiledThreePass",
        "context.localBarrier(); // what this step reads is written",
        ""),
    TILED_SOFTMAX_OVER_HALF_A_ROW(
        TornadoKernel.TILED_THREE_PASS,
        "TiledThreePass",
        "int half = ROW_ITEMS / 2",
        "int half = ROW_ITEMS / 4"),
    TILED_SKIPS_THE_DIAGONAL_TILE(
        TornadoKernel.TILED_THREE_PASS,
        "TiledThreePass",
        "firstKey >= tileEnd ||",
        "firstKey + TILE >= tileEnd ||"),
    TILED_MULTIPLIES_HIDDEN_VALUES(
        TornadoKernel.TILED_THREE_PASS,
        "TiledThreePass",
        "private static final float HIDDEN = -1;",
        "private static final float HIDDEN = 0;"),
    TILED_UNGUARDED_COLUMN_TAIL(
        TornadoKernel.TILED_THREE_PASS,
        "TiledThreePass",
        "if (i < queries && column < headDim) {",
        "if (i < queries && column < headDim - 1) {"),
    FLASH_SUM_NOT_RESCALED(TornadoKernel.FLASH, "Flash", "sum *= alpha;", ""),
    FLASH_FOURTH_COLUMN_NOT_RESCALED(
        TornadoKernel.FLASH,
        "Flash",
        "outputTile[(step + 3) * items + item] * alpha",
        "outputTile[(step + 3) * items + item]"),
    FLASH_LEAKS_HIDDEN_VALUES(
        TornadoKernel.FLASH, "Flash", "nonFinite[0] != 0 && !allVisible", "false"),
    FLASH_TAIL_TAKEN_FOR_VISIBLE(
        TornadoKernel.FLASH, "Flash", "tile + KEYS <= firstEnd", "tile < firstEnd"),
    FLASH_UNGUARDED_KEY_TAIL(
        TornadoKernel.FLASH, "Flash", "if (key >= begin && key < end) {", "if (key >= begin) {"),
    FLASH_SWAPPED_LENGTHS(
        TornadoKernel.FLASH,
        "Flash",
        "int lastRow = Math.min(firstRow + items, queries) - 1;",
        "int lastRow = Math.min(firstRow + items, shape[Arguments.KV_LENGTH]) - 1;"),
    FLASH_STRIDE_OF_K_FOR_V(
        TornadoKernel.FLASH,
        "Flash",
        "v[Pairs.row(shape, Arguments.V, b",
        "v[Pairs.row(shape, Arguments.K, b"),
    LANES_SUM_NOT_RESCALED(
        TornadoKernel.FLASH, "FlashLanes", "sumB = Float16.mult(sumB, alphaB);", ""),
    LANES_OUTPUT_NOT_RESCALED(
        TornadoKernel.FLASH,
        "FlashLanes",
        "Float16.mult(packed.get(outputAt + c), alphaA)",
        "packed.get(outputAt + c)"),
    LANES_MISSING_SCALE(TornadoKernel.FLASH, "FlashLanes", "Float16.mult(b2, scale)", "b2"),
    LANES_LEAK_HIDDEN_VALUES(TornadoKernel.FLASH, "FlashLanes", "hasNonFinite = bad != 0;", ""),
    LANES_TAIL_TAKEN_FOR_VISIBLE(
        TornadoKernel.FLASH, "FlashLanes", "tile + KEYS <= firstEnd", "tile < firstEnd"),
    LANES_BEGIN_OF_THE_FIRST_ROW(
        TornadoKernel.FLASH, "FlashLanes", "tile >= lastBegin", "tile >= firstBegin"),
    LANES_NAN_OF_HIDDEN_KEYS(
        TornadoKernel.FLASH,
        "MaskedLanes",
        "return Float16.min(limit, scores);",
        "return Float16.add(limit, scores);"),
    LANES_LAST_ROW_NOT_WRITTEN(
        TornadoKernel.FLASH, "Lanes", "if (first + 0 < count) {", "if (first + 0 < count - 1) {"),
    LANES_STRIDE_OF_K_FOR_V(
        TornadoKernel.FLASH,
        "FlashLanes",
        "int v2 = keyRow(shape, Arguments.V",
        "int v2 = keyRow(shape, Arguments.K"),
    LANES_READ_WEIGHTS_OF_AN_EARLIER_LAUNCH(
        TornadoKernel.FLASH,
        "FlashLanes",
        "packed.set(weightAt + 2 * n + 7, Float16.mult(b3, scale));",
        ""),
    TILED_READS_SCORES_OF_AN_EARLIER_LAUNCH(
        TornadoKernel.TILED_THREE_PASS,
        "TiledThreePass",
        "if (i < queries && key < keys) {",
        "if (i < queries - 1 && key < keys) {"),
    LANES_NAN_IN_EMPTY_ROWS(
        TornadoKernel.FLASH,
        "Lanes",
        "return Float16.max(largest, all(-Float.MAX_VALUE));",
        "return largest;");

    private final TornadoKernel kernel;
    private final String className;
    private final String text;
    private final String replacement;

    Bug(TornadoKernel kernel, String className, String text, String replacement) {
      this.kernel = kernel;
      this.className = className;
      this.text = text;
      this.replacement = replacement;
    }
  }

  @BeforeEach
  void aDeviceIsThere() {
    TestDevices.preferred(new TornadoBackend());
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "NAIVE_CAUSAL_OFF_BY_ONE",
        "NAIVE_WRONG_KV_HEAD",
        "ONLINE_SUM_NOT_RESCALED",
        "ONLINE_EMPTY_ROWS_LSE",
        "TILED_MISSING_BARRIER",
        "TILED_MULTIPLIES_HIDDEN_VALUES",
        "FLASH_TAIL_TAKEN_FOR_VISIBLE",
        "FLASH_FOURTH_COLUMN_NOT_RESCALED",
        "LANES_SUM_NOT_RESCALED",
        "LANES_READ_WEIGHTS_OF_AN_EARLIER_LAUNCH",
        "LANES_LEAK_HIDDEN_VALUES",
        "LANES_NAN_OF_HIDDEN_KEYS"
      })
  void theQuickGridNotices(Bug bug) throws IOException, ReflectiveOperationException {
    requireNoticed(bug);
  }

  @Tag("full")
  @ParameterizedTest
  @EnumSource(Bug.class)
  void theQuickGridNoticesEveryBug(Bug bug) throws IOException, ReflectiveOperationException {
    requireNoticed(bug);
  }

  private void requireNoticed(Bug bug) throws IOException, ReflectiveOperationException {
    try (PlantedBackend planted =
            PlantedBackend.replacing(folder, bug.className, bug.text, bug.replacement);
        Session session = open(planted.backend(), bug.className.equals("Flash"))) {
      KernelVariant kernel = kernel(planted.backend(), bug.kernel);
      assertThat(kernel).as("a kernel of its own").isNotSameAs(bug.kernel);
      for (GridCase gridCase : GridRun.CASES) {
        Evaluation evaluation = evaluate(session, kernel, gridCase);
        if (evaluation instanceof Evaluation.Incorrect) {
          System.out.printf("planted bug %s: caught by %s%n", bug, GridRun.describe(gridCase));
          return;
        }
        assertThat(evaluation)
            .as("%s must build and run", bug)
            .isInstanceOf(Evaluation.Passed.class);
      }
    }
    throw new AssertionError("no case of the quick grid notices " + bug);
  }

  /** Otherwise a bug might be noticed that only loading a second time brings in. */
  @ParameterizedTest
  @EnumSource(TornadoKernel.class)
  void withoutABugTheSecondCopyOfTheKernelsIsRight(TornadoKernel variant)
      throws IOException, ReflectiveOperationException {
    String text = "public static final int Q = 0;";
    try (PlantedBackend planted = PlantedBackend.replacing(folder, "Arguments", text, text);
        Session session = open(planted.backend())) {
      KernelVariant kernel = kernel(planted.backend(), variant);
      for (GridCase gridCase : GridRun.CASES.subList(0, 40)) {
        assertThat(evaluate(session, kernel, gridCase))
            .as(GridRun.describe(gridCase))
            .isInstanceOf(Evaluation.Passed.class);
      }
    }
  }

  @Test
  void aBugThatNoLongerFitsTheSourceIsAnError() {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> PlantedBackend.replacing(folder, "Flash", "no such text", "").backend())
        .withMessageContaining("Flash")
        .withMessageContaining("no such text");
  }

  /** TornadoVM would run it as sequential Java, and the result would be right. */
  @Test
  void aKernelThatTornadoVmCannotCompileIsAFailureAndNeverRunsAsJava()
      throws IOException, ReflectiveOperationException {
    try (PlantedBackend planted =
            PlantedBackend.replacing(
                folder,
                "OnlineSoftmax",
                "float product = 0;",
                "float product = Integer.toString(key).isEmpty() ? 1 : 0;");
        Session session = open(planted.backend())) {
      Evaluation evaluation =
          evaluate(
              session,
              kernel(planted.backend(), TornadoKernel.ONLINE_SOFTMAX),
              GridRun.CASES.getFirst());
      assertThat(evaluation)
          .isInstanceOfSatisfying(
              Evaluation.BuildFailed.class,
              failed -> assertThat(failed.log()).contains("tornado:online_softmax"));
      // And the session goes on.
      assertThat(
              evaluate(
                  session,
                  kernel(planted.backend(), TornadoKernel.TILED_THREE_PASS),
                  GridRun.CASES.getFirst()))
          .isInstanceOf(Evaluation.Passed.class);
    }
  }

  private static Session open(Backend backend) {
    return open(backend, false);
  }

  /** As a GPU, where the bug is in what GPUs run. */
  private static Session open(Backend backend, boolean asGpu) {
    DeviceInfo device = TestDevices.preferred(backend);
    return backend.open(asGpu ? TestDevices.asGpu(device) : device);
  }

  private static KernelVariant kernel(Backend backend, TornadoKernel like) {
    return backend.kernels().stream()
        .filter(kernel -> kernel.id().equals(like.id()))
        .findFirst()
        .orElseThrow();
  }

  private static Evaluation evaluate(Session session, KernelVariant kernel, GridCase gridCase) {
    AttentionInputs inputs = gridCase.inputs();
    return Evaluator.evaluate(session, kernel, inputs, GridRun.expected(gridCase, inputs));
  }
}
