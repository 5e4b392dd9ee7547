package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.OnlineAttention.Mistake;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.TypeGrid;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The budgets of types that hold less than float32: wide enough for right results, not for wrong.
 */
class TypedBudgetTest {
  private static final OnlineAttention RIGHT = new OnlineAttention(16, 4, true, Mistake.NONE);

  private static AttentionSpecBuilder base() {
    return AttentionSpec.builder().heads(4, 2).lengths(24, 120).mask(Mask.causal());
  }

  @Test
  void rightResultsPassInEveryTypeAndPlacement() {
    double worst = 0;
    for (List<GridCase> grid : List.of(TypeGrid.small(3), CacheGrid.quick(3), CacheGrid.tiny(3))) {
      for (GridCase each : grid) {
        AttentionInputs inputs = each.inputs();
        RowSample rows = RowSample.of(each.spec(), 150, 3);
        Comparison comparison = Expected.of(inputs, rows).compare(RIGHT.compute(inputs, rows));
        assertThat(comparison.passed())
            .as("%s %s %s", each.name(), each.spec().label(), comparison.worst())
            .isTrue();
        assertThat(comparison.checkedElements())
            .isEqualTo(rows.rows().length * (each.spec().valueDim() + 1L));
        worst = Math.max(worst, comparison.maxErrorOverBudget());
      }
    }
    // Of budgets that everything passes, nobody would learn anything.
    assertThat(worst).isBetween(0.2, 0.75);
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void mistakesFailInHalfPrecisionToo(ElementType type) {
    for (InputFamily family : List.of(InputFamily.NORMAL, InputFamily.UNIFORM)) {
      AttentionInputs inputs = AttentionInputs.generate(base().storage(type).build(), family, 17);
      Expected expected = Expected.of(inputs);
      for (Mistake mistake :
          List.of(
              Mistake.ONE_KEY_MORE,
              Mistake.ONE_KEY_LESS,
              Mistake.KEY_LEFT_OUT,
              Mistake.NOT_RESCALED,
              Mistake.WRONG_GROUP)) {
        AttentionOutput wrong =
            new OnlineAttention(16, 4, true, mistake).compute(inputs, RowSample.all(inputs.spec()));
        assertThat(expected.compare(wrong).passed()).as("%s %s", mistake, family).isFalse();
        // Many elements of O, not LSE alone, whose budget is float32's.
        long failed = expected.compareOutput(wrong.o()).failedElements();
        assertThat(failed).as("%s %s", mistake, family).isGreaterThan(100);
      }
    }
  }

  /** One element of O one step of the type beyond its budget, and the last one within it. */
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void oneStepBeyondTheBudgetFails(ElementType type) {
    AttentionSpec spec = base().storage(type).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 23);
    Expected expected = Expected.of(inputs);
    for (int row : new int[] {0, 17, 90}) {
      int d = 5;
      double right = expected.reference().o()[row * 64 + d];
      double bound = Math.abs(right) + expected.budget().output()[row];
      int bits = type.encode((float) Math.abs(right));
      while (type.decode(bits + 1) <= bound) {
        bits++;
      }
      float sign = right < 0 ? -1 : 1;
      int head = row / 24;
      AttentionOutput output = RIGHT.compute(inputs, RowSample.all(spec));
      int at = spec.outputRow(0, head, row % 24) + d;
      output.o()[at] = sign * type.decode(bits);
      assertThat(expected.compare(output).passed()).isTrue();
      output.o()[at] = sign * type.decode(bits + 1);
      assertThat(expected.compare(output).failedElements()).isEqualTo(1);
    }
  }

  /** Budgets of O follow the type; LSE has float32's whatever O is. */
  @Test
  void lseIsHeldToFloat32InEveryType() {
    AttentionSpec half = base().storage(ElementType.F16).build();
    AttentionInputs inputs = AttentionInputs.generate(half, InputFamily.NORMAL, 5);
    // The same numbers, said to be float32.
    AttentionInputs single =
        new AttentionInputs(base().build(), "f32", inputs.q(), inputs.k(), inputs.v());
    ErrorBudget ofHalf = Expected.of(inputs).budget();
    ErrorBudget ofSingle = Expected.of(single).budget();
    assertThat(ofHalf.lse()).isEqualTo(ofSingle.lse());
    double largest = Arrays.stream(ofSingle.output()).max().orElseThrow();
    for (int row = 0; row < half.rows(); row++) {
      assertThat(ofHalf.output()[row]).isGreaterThan(largest);
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {70_000, 65_520, 65_519})
  void anOutputThatOverflowsItsTypeIsThatInfinity(float value) {
    AttentionSpec spec =
        AttentionSpec.builder()
            .dims(8, 2)
            .queryType(ElementType.F16)
            .keyValueType(ElementType.F32)
            .build();
    AttentionInputs inputs =
        new AttentionInputs(
            spec, "one key", new float[8], new float[8], new float[] {value, -value});
    Expected expected = Expected.of(inputs);
    float infinity = Float.POSITIVE_INFINITY;
    assertThat(expected.compareOutput(new float[] {infinity, -infinity}).passed()).isTrue();
    assertThat(expected.compareOutput(new float[] {-infinity, -infinity}).failedElements())
        .isEqualTo(1);
    assertThat(expected.compareOutput(new float[] {Float.NaN, -infinity}).failedElements())
        .isEqualTo(1);
    boolean nearTheLargest = value < 65_536;
    assertThat(expected.compareOutput(new float[] {65_504, -65_504}).passed())
        .isEqualTo(nearTheLargest);
  }

  @Test
  void aFiniteOutputMayNotOverflow() {
    AttentionSpec spec = AttentionSpec.builder().dims(8, 2).queryType(ElementType.F16).build();
    AttentionInputs inputs =
        new AttentionInputs(spec, "one key", new float[8], new float[8], new float[] {60_000, 1});
    Expected expected = Expected.of(inputs);
    assertThat(expected.compareOutput(new float[] {60_000, 1}).passed()).isTrue();
    assertThat(
            expected
                .compareOutput(new float[] {Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY})
                .failedElements())
        .isEqualTo(2);
  }

  /** Outputs below the smallest normal number cost half of the smallest step, not half a bit. */
  @Test
  void subnormalOutputsHaveTheirStep() {
    AttentionSpec spec = AttentionSpec.builder().dims(8, 1).queryType(ElementType.F16).build();
    AttentionInputs inputs =
        new AttentionInputs(spec, "tiny", new float[8], new float[8], new float[] {0x1.8p-24f});
    Expected expected = Expected.of(inputs);
    assertThat(expected.compareOutput(new float[] {0x1p-23f}).passed()).isTrue();
    assertThat(expected.compareOutput(new float[] {0x1p-24f}).passed()).isTrue();
  }
}
