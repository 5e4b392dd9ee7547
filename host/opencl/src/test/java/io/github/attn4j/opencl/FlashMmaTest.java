package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code flash_mma} over the quick grid in its types: on tensor cores where there are some, else
 * the same kernel on emulated ones.
 */
class FlashMmaTest {
  /** NaN, or infinity, of one element of a value that some queries of a tile see. */
  private static final float[] POISONS = {
    Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY
  };

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"F16", "BF16"})
  void computesCasesOfOneProgramWithinBudget(ElementType type) {
    int stride = type == ElementType.F16 ? 1 : 5;
    requireRight(
        typed(
            QuickGrid.cases(1),
            type,
            gridCase -> isOfOneProgram(gridCase) && gridCase.seed() % stride == 0),
        Tuning.NONE,
        20);
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"F16", "BF16"})
  void computesEveryCaseWithinBudget(ElementType type) {
    requireRight(typed(QuickGrid.cases(1), type, gridCase -> true), Tuning.NONE, 150);
  }

  @Tag("exhaustive")
  @Test
  void computesEveryDimensionAndSomeExpressionsWithinBudget() {
    // Expressions are programs of their own, seconds each where the units are emulated.
    requireRight(
        typed(
            QuickGrid.cases(1),
            ElementType.BF16,
            gridCase -> !asksExpressions(gridCase.spec()) || gridCase.seed() % 20 == 0),
        Tuning.NONE,
        150);
  }

  static Stream<MmaTiles> otherTiles() {
    return Stream.of(
        new MmaTiles(2, 16, 16, true),
        new MmaTiles(8, 16, 64, false),
        new MmaTiles(4, 32, 32, true),
        new MmaTiles(2, 16, 128, true));
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource("otherTiles")
  void everyWayToCutTheWorkIsRight(MmaTiles tiles) {
    requireRight(
        typed(
            QuickGrid.cases(1),
            ElementType.F16,
            gridCase -> isOfOneProgram(gridCase) && gridCase.seed() % 3 == 0),
        tiles.tuning(),
        20);
  }

  /** Of which most items bring none: warps beside the first have nothing to copy. */
  @Tag("full")
  @ParameterizedTest
  @CsvSource({"2, 16", "4, 16", "4, 32", "8, 64"})
  void tilesOfFewerPiecesThanItemsAreBroughtWhole(int warps, int keys) {
    requireRight(
        typed(QuickGrid.cases(1), ElementType.F16, gridCase -> isOfSmallestHeads(gridCase)),
        new MmaTiles(warps, 16, keys, false).tuning(),
        1);
  }

  private static boolean isOfSmallestHeads(GridCase gridCase) {
    AttentionSpec spec = gridCase.spec();
    return spec.headDim() == 8 && spec.valueDim() == 8 && !asksExpressions(spec);
  }

  /** Ragged and packed queries, pages in any order, shared prefixes, decoding. */
  @Tag("full")
  @Test
  void computesEveryPlacementWithinBudget() {
    requireRight(typed(CacheGrid.quick(1), ElementType.F16, gridCase -> true), Tuning.NONE, 20);
  }

  /** A hidden value must not be noticed by queries beside others that see it. */
  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"F16", "BF16"})
  void rowsThatDoNotSeeAPoisonedKeyStayRight(ElementType type) {
    int length = 130;
    AttentionSpecBuilder base =
        AttentionSpec.builder().heads(2, 1).length(length).dim(64).storage(type);
    boolean[] oddRows = new boolean[length * length];
    for (int pair = 0; pair < oddRows.length; pair++) {
      oddRows[pair] = pair % length != 70 || pair / length % 2 == 1;
    }
    List<AttentionSpec> specs = new ArrayList<>();
    specs.add(base.mask(Mask.causal()).build());
    specs.add(base.mask(Mask.window(9, 20)).build());
    specs.add(
        base.mask(new Mask.DenseBoolean(DenseMask.ofBooleans(1, 1, length, length, oddRows)))
            .build());
    if (type == ElementType.F16) {
      specs.add(
          base.mask(Mask.none())
              .scoreModifier(
                  ScoreModifier.expression(
                      ScoreExpression.parse("k == 70 && q % 2 == 0 ? -exp(100.0) : s")))
              .build());
    }
    int compared = 0;
    try (OpenClSession session = TestDevices.openWithTensorCores(KernelSource::load)) {
      for (AttentionSpec spec : specs) {
        TestDevices.assumeSupported(OpenClKernel.FLASH_MMA, spec, session);
        for (int key : new int[] {0, 63, 70, 129}) {
          for (float poison : POISONS) {
            compared += compare(session, poisoned(spec, key, poison)) ? 1 : 0;
          }
        }
      }
    }
    assertThat(compared).isEqualTo(specs.size() * 4 * POISONS.length);
  }

  /** Packed sequences of different length, and pages in any order: rows are found one by one. */
  @Test
  void packedAndPagedRowsAreFound() {
    AttentionSpecBuilder base =
        AttentionSpec.builder().batch(3).heads(4, 2).dim(64).storage(ElementType.F16);
    List<Integer> keys = List.of(150, 67, 33);
    AttentionSpec packed =
        base.packedQueries(List.of(70, 1, 33)).packedKeys(keys).mask(Mask.causal()).build();
    AttentionSpec paged =
        base.keyPlacement(PageTables.shuffled(16, keys, 3)).mask(Mask.window(40, 0)).build();
    try (OpenClSession session = TestDevices.openWithTensorCores(KernelSource::load)) {
      for (AttentionSpec spec : List.of(packed, paged)) {
        AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.POISON_NAN, 3);
        assertThat(compare(session, inputs)).isTrue();
      }
    }
  }

  /** What opposite infinities of two visible values add up to is NaN, in their column alone. */
  @Test
  void infinitiesOfBothSignsAreNaN() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .length(100)
            .dim(64)
            .mask(Mask.causal())
            .storage(ElementType.F16)
            .build();
    AttentionInputs clean = AttentionInputs.generate(spec, InputFamily.NORMAL, 5);
    float[] v = clean.v().clone();
    v[70 * 64 + 9] = Float.POSITIVE_INFINITY;
    v[75 * 64 + 9] = Float.NEGATIVE_INFINITY;
    v[75 * 64 + 10] = Float.NEGATIVE_INFINITY;
    AttentionInputs inputs = new AttentionInputs(spec, "infinities", clean.q(), clean.k(), v);
    try (OpenClSession session = TestDevices.openWithTensorCores(KernelSource::load);
        StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(OpenClKernel.FLASH_MMA, staged)) {
      assertThat(prepared.run()).isPositive();
      float[] o = prepared.read().o();
      assertThat(o[69 * 64 + 9]).isFinite();
      assertThat(o[70 * 64 + 9]).isEqualTo(Float.POSITIVE_INFINITY);
      assertThat(o[80 * 64 + 9]).isNaN();
      assertThat(o[80 * 64 + 10]).isEqualTo(Float.NEGATIVE_INFINITY);
      assertThat(o[80 * 64 + 11]).isFinite();
    }
  }

  /**
   * Keys that are all alike weigh alike, however large their scores: a weight that is off by what
   * rounding such a score loses is infinite or 0. The budget allows for wrong scores, so the mean
   * itself is asked for.
   */
  @ParameterizedTest
  @CsvSource({"F16, 12000", "F16, 20000", "F16, 30000", "F16, 50000", "BF16, 1e17"})
  void equalKeysWeighAlikeHoweverLargeTheirScores(ElementType type, float magnitude) {
    try (OpenClSession session = TestDevices.openWithTensorCores(KernelSource::load)) {
      requireMeans(OpenClKernel.FLASH_MMA, session, type, magnitude);
    }
  }

  /** No compiler may make one rounding of a score's product and what is subtracted from it. */
  @Tag("full")
  @ParameterizedTest
  @EnumSource(
      value = OpenClKernel.class,
      names = {"FLASH_MMA"},
      mode = EnumSource.Mode.EXCLUDE)
  void equalKeysWeighAlikeInOtherKernels(OpenClKernel kernel) {
    try (OpenClSession session = TestDevices.openPreferred()) {
      requireMeans(kernel, session, ElementType.F16, 20000);
      requireMeans(kernel, session, ElementType.F16, 50000);
    }
  }

  private static void requireMeans(
      OpenClKernel kernel, OpenClSession session, ElementType type, float magnitude) {
    int length = 130;
    // A scale that is no power of two, so that products of scores are rounded.
    AttentionSpecBuilder base =
        AttentionSpec.builder().length(length).dim(64).scale(0.123f).storage(type);
    float[] same = new float[length * 64];
    float[] v = new float[length * 64];
    Arrays.fill(same, magnitude);
    for (int element = 0; element < v.length; element++) {
      v[element] = element % 64 + 1;
    }
    for (Mask mask : List.of(Mask.none(), Mask.causal())) {
      AttentionSpec spec = base.mask(mask).build();
      TestDevices.assumeSupported(kernel, spec, session);
      AttentionInputs inputs = new AttentionInputs(spec, "equal keys", same, same, v);
      try (StagedInputs staged = session.stage(inputs);
          PreparedKernel prepared = session.prepare(kernel, staged)) {
        assertThat(prepared.run()).isPositive();
        AttentionOutput output = prepared.read();
        for (int element = 0; element < v.length; element++) {
          assertThat((double) output.o()[element])
              .as("%s of %g under %s, element %d", kernel.globalId(), magnitude, mask, element)
              .isCloseTo(v[element], within(2 * type.unitRoundoff() * v[element]));
        }
        for (float lse : output.lse()) {
          assertThat(lse).isFinite();
        }
      }
    }
  }

  private static void requireRight(List<GridCase> cases, Tuning tuning, int least) {
    List<String> wrong = new ArrayList<>();
    double worst = 0;
    int right = 0;
    try (OpenClSession session =
        TestDevices.openWithTensorCores(Tunings.ofTheKernelsWith(tuning), KernelSource::load)) {
      for (GridCase gridCase : cases) {
        AttentionSpec spec = gridCase.spec();
        if (OpenClKernel.FLASH_MMA.supports(spec, session.device()) instanceof Support.No no) {
          // Of the grid, only rows that are no whole pieces may be refused.
          assertThat(no.reason()).contains("pieces of 8 elements");
          continue;
        }
        AttentionInputs inputs = gridCase.inputs();
        Evaluation evaluation =
            Evaluator.evaluate(session, OpenClKernel.FLASH_MMA, inputs, KnownAnswers.of(inputs));
        if (evaluation instanceof Evaluation.Passed passed) {
          worst = Math.max(worst, passed.comparison().maxErrorOverBudget());
          right++;
        } else {
          wrong.add(
              "%s %s %s: %s"
                  .formatted(gridCase.name(), spec.label(), gridCase.family(), evaluation));
        }
      }
    }
    System.out.printf(
        "opencl:flash_mma %s: %d cases, worst error / budget %.3f%n",
        cases.getFirst().spec().queryType().label(), right, worst);
    assertThat(wrong).isEmpty();
    assertThat(right).isGreaterThanOrEqualTo(least);
  }

  /** Of a grid what is chosen, with tensors of another type. */
  static List<GridCase> typed(List<GridCase> cases, ElementType type, Predicate<GridCase> chosen) {
    return cases.stream()
        .filter(chosen)
        .map(one ->
            new GridCase(
                one.name(), one.spec().toBuilder().storage(type).build(), one.family(), one.seed()))
        .toList();
  }

  /** Every other pair of dimensions, and every expression, has one of its own. */
  static boolean isOfOneProgram(GridCase gridCase) {
    return gridCase.spec().headDim() == 64
        && gridCase.spec().valueDim() == 64
        && !asksExpressions(gridCase.spec());
  }

  static boolean asksExpressions(AttentionSpec spec) {
    return spec.canonicalMask().expression() != null
        || spec.scoreModifier() instanceof ScoreModifier.Expression;
  }

  private static boolean compare(OpenClSession session, AttentionInputs inputs) {
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(OpenClKernel.FLASH_MMA, staged)) {
      assertThat(prepared.run()).isPositive();
      Comparison comparison = KnownAnswers.of(inputs).compare(prepared.read());
      assertThat(comparison.passed())
          .as("%s, %s: %s", inputs.spec().label(), inputs.description(), comparison)
          .isTrue();
      return true;
    }
  }

  /** An element of the key's value, and another one of the key itself. */
  private static AttentionInputs poisoned(AttentionSpec spec, int key, float poison) {
    AttentionInputs clean = AttentionInputs.generate(spec, InputFamily.NORMAL, 11);
    float[] k = clean.k().clone();
    float[] v = clean.v().clone();
    v[key * spec.valueDim() + spec.valueDim() - 1] = poison;
    if (Float.isNaN(poison)) {
      k[key / 2 * spec.headDim() + 5] = Float.NaN;
    }
    return new AttentionInputs(spec, "%s in key %d".formatted(poison, key), clean.q(), k, v);
  }
}
