package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskQualityTest {
  private static final Offset<Double> CLOSE = within(1e-6); // of float32 inputs

  private static AttentionSpec spec(int queries, int keys, int valueDim, Mask mask) {
    return AttentionSpec.builder()
        .heads(1)
        .lengths(queries, keys)
        .dims(1, valueDim)
        .scale(1)
        .mask(mask)
        .build();
  }

  private static MaskQuality of(AttentionSpec spec, float[] q, float[] k, float[] v) {
    return MaskQuality.of(new AttentionInputs(spec, "by hand", q, k, v), RowSample.all(spec));
  }

  private static Mask condition(String text) {
    return Mask.expression(MaskExpression.parse(text));
  }

  @Test
  void aMaskThatHidesNothingKeepsAllMassAndChangesNothing() {
    for (Mask mask : List.of(Mask.none(), Mask.window(-1, -1), condition("k >= 0"))) {
      AttentionSpec spec =
          AttentionSpec.builder().heads(2).length(40).dim(8).softCap(5).mask(mask).build();
      AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
      assertThat(MaskQuality.of(inputs, RowSample.all(spec)))
          .isEqualTo(new MaskQuality(80, 0, 0, 1, 1, 0, 0));
    }
  }

  /** Scores 0 and ln 3: weights 1/4 and 3/4. Of values (1, 0) and (0, 2), O is (1/4, 3/2). */
  @Test
  void oneOfTwoKeysKeepsItsWeight() {
    float[] q = {(float) Math.log(3)};
    float[] k = {0, 1};
    float[] v = {1, 0, 0, 2};
    double norm = Math.hypot(0.25, 1.5);
    MaskQuality second = of(spec(1, 2, 2, condition("k == 1")), q, k, v);
    assertThat(second.rows()).isEqualTo(1);
    assertThat(second.meanRetainedMass()).isCloseTo(0.75, CLOSE);
    assertThat(second.p10RetainedMass()).isCloseTo(0.75, CLOSE);
    assertThat(second.meanOutputError()).isCloseTo(Math.hypot(0.25, 0.5) / norm, CLOSE);
    MaskQuality first = of(spec(1, 2, 2, condition("k == 0")), q, k, v);
    assertThat(first.meanRetainedMass()).isCloseTo(0.25, CLOSE);
    assertThat(first.meanOutputError()).isCloseTo(Math.hypot(0.75, 1.5) / norm, CLOSE);
    assertThat(first.p90OutputError()).isEqualTo(first.meanOutputError());
  }

  /** Queries at 0..3 of 4 equal keys, values 1 to 4, each seeing itself: O is 2.5, then i + 1. */
  @Test
  void meansAndQuantilesAreOverRows() {
    float[] zeros = new float[4];
    MaskQuality quality = of(spec(4, 4, 1, Mask.window(0, 0)), zeros, zeros, values(1, 2, 3, 4));
    assertThat(quality.meanRetainedMass()).isCloseTo(0.25, CLOSE);
    // 1.5, 0.5, 0.5, 1.5 over 2.5
    assertThat(quality.meanOutputError()).isCloseTo(0.4, CLOSE);
    assertThat(quality.p90OutputError()).isCloseTo(0.6, CLOSE);
    // Causal keeps 1/4, 2/4, 3/4 and all; a tenth of the way from the least of four.
    MaskQuality causal = of(spec(4, 4, 1, Mask.causal()), zeros, zeros, values(1, 2, 3, 4));
    assertThat(causal.meanRetainedMass()).isCloseTo(0.625, CLOSE);
    assertThat(causal.p10RetainedMass()).isBetween(0.25, 0.35);
    assertThat(causal.p90OutputError()).isBetween(0.4, 0.6);
  }

  @Test
  void massAndErrorAreOfTheCappedAndModifiedScores() {
    // A cap of 1 turns the score 50 into nearly 1: weights 1 / (1 + e), not 1 and e^-50.
    AttentionSpec spec = spec(1, 2, 1, condition("k == 0")).toBuilder().softCap(1).build();
    MaskQuality quality = of(spec, values(50), values(0, 1), values(1, 1));
    assertThat(quality.meanRetainedMass()).isCloseTo(1 / (1 + Math.E), CLOSE);
    assertThat(quality.meanOutputError()).isCloseTo(0, CLOSE);
  }

  @Test
  void rowsWithoutAKeyAreCountedApart() {
    float[] zeros = new float[4];
    MaskQuality quality =
        of(spec(4, 4, 1, condition("q > 1 && k == 0")), zeros, zeros, values(1, 1, 1, 1));
    assertThat(quality.rows()).isEqualTo(2);
    assertThat(quality.emptyRows()).isEqualTo(2);
    assertThat(quality.meanRetainedMass()).isCloseTo(0.25, CLOSE);
    MaskQuality none = of(spec(4, 4, 1, condition("k < 0")), zeros, zeros, zeros);
    assertThat(none)
        .isEqualTo(new MaskQuality(0, 4, 0, Double.NaN, Double.NaN, Double.NaN, Double.NaN));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void rowsWhoseDenseOutputIsNoNumberAreLeftOut(float poison) {
    float[] zeros = new float[2];
    // Query 0 sees key 0 alone; the poisoned value of key 1 is in every dense row.
    MaskQuality value = of(spec(2, 2, 1, Mask.causal()), zeros, zeros, values(1, poison));
    assertThat(value.undefinedRows()).isEqualTo(2);
    assertThat(value.meanOutputError()).isNaN();
    // A poisoned query spoils its own row only.
    MaskQuality query =
        of(spec(2, 2, 1, Mask.causal()), values(poison, 0), values(1, 1), values(1, 1));
    assertThat(query.undefinedRows()).isEqualTo(1);
    assertThat(query.rows()).isEqualTo(1);
    assertThat(query.meanRetainedMass()).isEqualTo(1);
  }

  @Test
  void anErrorRelativeToNothingMeansNothing() {
    float[] zeros = new float[2];
    MaskQuality quality = of(spec(2, 2, 1, Mask.causal()), zeros, zeros, zeros);
    assertThat(quality.undefinedRows()).isEqualTo(2);
    // Values that cancel leave a dense output of 0, to which nothing is relative either.
    assertThat(of(spec(2, 2, 1, Mask.window(0, 0)), zeros, zeros, values(1, -1)).undefinedRows())
        .isEqualTo(2);
  }

  @Test
  void aMaskThatAddsToScoresIsRefusedByName() {
    Mask additive = new Mask.DenseAdditive(DenseMask.ofFloats(1, 1, 1, 2, new float[] {0, 1}));
    AttentionSpec spec = spec(1, 2, 1, additive);
    assertThatThrownBy(() -> of(spec, values(1), values(1, 1), values(1, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(additive.label())
        .hasMessageContaining("boolean");
  }

  @Test
  void aSampleIsOfItsRows() {
    AttentionSpec spec =
        AttentionSpec.builder().heads(2).length(64).dim(8).mask(Mask.causal()).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
    MaskQuality last = MaskQuality.of(inputs, new RowSample(new int[] {63, 127}));
    assertThat(last).isEqualTo(new MaskQuality(2, 0, 0, 1, 1, 0, 0));
    assertThat(MaskQuality.of(inputs, RowSample.all(spec)).meanRetainedMass()).isBetween(0.4, 0.6);
  }

  private static float[] values(float... values) {
    return values;
  }
}
