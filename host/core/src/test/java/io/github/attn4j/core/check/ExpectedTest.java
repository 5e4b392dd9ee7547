package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.reference.PlainAttention;
import io.github.attn4j.core.reference.ReferenceResult;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpectedTest {
  /**
   * The first two of five queries stand before the first key: rows 0 and 1 of each head are empty.
   */
  private static final AttentionSpec SPEC =
      AttentionSpec.builder()
          .batch(2)
          .heads(2)
          .lengths(5, 3)
          .dims(8, 4)
          .mask(Mask.causal())
          .build();

  private static final AttentionInputs INPUTS =
      AttentionInputs.generate(SPEC, InputFamily.NORMAL, 5);

  private static final Expected EXPECTED = Expected.of(INPUTS);

  @Test
  void passesThePlainVersion() {
    Comparison comparison = EXPECTED.compare(plain(INPUTS));
    assertThat(comparison.passed()).isTrue();
    assertThat(comparison.checkedElements()).isEqualTo(20 * 5);
    assertThat(comparison.maxErrorOverBudget()).isBetween(0.0, 0.5);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void failsWhatIsNotFiniteWhereTheOracleIs(float value) {
    AttentionOutput output = plain(INPUTS);
    output.o()[4 * 4 + 1] = value;
    requireFailure(EXPECTED.compare(output), 1, "O", 0, 0, 4, 1);

    AttentionOutput lse = plain(INPUTS);
    lse.lse()[19] = value;
    requireFailure(EXPECTED.compare(lse), 1, "LSE", 1, 1, 4, -1);
  }

  @Test
  void failsWhatIsFiniteWhereTheOracleIsNot() {
    float[] v = INPUTS.v().clone();
    v[0] = Float.NaN; // key 0 of head 0: seen by queries 2, 3 and 4
    AttentionInputs inputs = new AttentionInputs(SPEC, "NaN in V", INPUTS.q(), INPUTS.k(), v);
    Expected expected = Expected.of(inputs);
    AttentionOutput output = plain(inputs);
    assertThat(expected.compare(output).passed()).isTrue();
    output.o()[3 * 4] = 0;
    requireFailure(expected.compare(output), 1, "O", 0, 0, 3, 0);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, -Float.MAX_VALUE, -1e9f, 0})
  void takesNothingButNegativeInfinityForTheLseOfAnEmptyRow(float value) {
    AttentionOutput output = plain(INPUTS);
    assertThat(output.lse()[1]).isEqualTo(Float.NEGATIVE_INFINITY);
    output.lse()[1] = value;
    requireFailure(EXPECTED.compare(output), 1, "LSE", 0, 0, 1, -1);
  }

  @Test
  void takesNothingButZeroForTheOutputOfAnEmptyRow() {
    AttentionOutput output = plain(INPUTS);
    output.o()[4] = Float.MIN_VALUE;
    requireFailure(EXPECTED.compare(output), 1, "O", 0, 0, 1, 0);
  }

  @Test
  void namesTheWorstElementOfSeveral() {
    AttentionOutput output = plain(INPUTS);
    output.o()[2 * 4] += 1e-3f;
    output.o()[(3 * 5 + 4) * 4 + 2] += 0.5f;
    output.lse()[7] += 1e-3f;
    Comparison comparison = EXPECTED.compare(output);
    requireFailure(comparison, 3, "O", 1, 1, 4, 2);
    assertThat(Objects.requireNonNull(comparison.worst()).describe())
        .contains("O[b 1, h 1, q 4, d 2]", "error 0.5");
    output.lse()[7] = Float.NaN;
    requireFailure(EXPECTED.compare(output), 3, "LSE", 0, 1, 2, -1);
  }

  @Test
  void findsElementsThroughTheOutputsLayout() {
    AttentionSpec spec =
        SPEC.toBuilder()
            .layouts(SPEC.q(), SPEC.k(), SPEC.v(), Layout.padded(2, 5, 4, 3, 2, 1))
            .build();
    Expected expected = Expected.of(INPUTS.withSpec(spec));
    float[] o = new float[spec.outputElements()];
    java.util.Arrays.fill(o, Float.NaN); // gaps must not count
    AttentionOutput plain = plain(INPUTS);
    for (int row = 0; row < 20; row++) {
      int start = AttentionInputs.rowIndex(spec.o(), row / 10, row / 5 % 2, row % 5);
      System.arraycopy(plain.o(), row * 4, o, start, 4);
    }
    AttentionOutput output = new AttentionOutput(o, plain.lse());
    assertThat(expected.compare(output).passed()).isTrue();
    o[AttentionInputs.rowIndex(spec.o(), 1, 0, 3) + 3] += 1;
    requireFailure(expected.compare(output), 1, "O", 1, 0, 3, 3);
  }

  @Test
  void doesNotPassWhereNothingWasCompared() {
    Expected nothing = Expected.of(INPUTS, new RowSample(new int[0]));
    Comparison comparison = nothing.compare(plain(INPUTS));
    assertThat(comparison.checkedElements()).isZero();
    assertThat(comparison.worst()).isNull();
    assertThat(comparison.passed()).isFalse();
  }

  @Test
  void looksAtTheRowsOfTheSampleOnly() {
    Expected some = Expected.of(INPUTS, new RowSample(new int[] {3, 12}));
    AttentionOutput output = plain(INPUTS);
    output.o()[4 * 4] = Float.NaN;
    assertThat(some.compare(output).passed()).isTrue();
    output.o()[12 * 4 + 3] = Float.NaN;
    requireFailure(some.compare(output), 1, "O", 1, 0, 2, 3);
  }

  /** Products overflow in float32 and not in float64, where they cancel. */
  @Test
  void buysNoBudgetWithAnOverflowOfThePlainVersion() {
    AttentionSpec spec = AttentionSpec.builder().length(1).dims(2, 1).scale(1).build();
    float[] q = {1e20f, 1e20f};
    float[] k = {1e20f, -1e20f};
    AttentionInputs inputs = AttentionInputs.ofContiguous(spec, "overflow", q, k, new float[] {1});
    assertThat(plain(inputs).lse()[0]).isNotEqualTo(0);
    Expected expected = Expected.of(inputs);
    assertThat(expected.reference().lse()[0]).isZero();
    assertThat(expected.budget().lse()[0]).isFinite();
    assertThat(expected.budget().output()[0]).isFinite();
    assertThat(expected.compare(plain(inputs)).passed()).isFalse();
  }

  /** The cap turns an infinite score into a finite one, which the check must not lose sight of. */
  @ParameterizedTest
  @ValueSource(floats = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void keepsABudgetWhereASoftCapMakesInfiniteScoresFinite(float infinity) {
    AttentionSpec spec = SPEC.toBuilder().softCap(5).build();
    float[] k = INPUTS.k().clone();
    k[7] = infinity; // key 0 of batch 0, head 0: seen by queries 2, 3 and 4
    float[] q = INPUTS.q().clone();
    q[(5 + 3) * 8] = infinity; // query 3 of batch 0, head 1
    for (AttentionInputs inputs :
        new AttentionInputs[] {
          new AttentionInputs(spec, "infinity in K", INPUTS.q(), k, INPUTS.v()),
          new AttentionInputs(spec, "infinity in Q", q, INPUTS.k(), INPUTS.v())
        }) {
      Expected expected = Expected.of(inputs);
      int row = inputs.q() == q ? 5 + 3 : 3;
      assertThat(expected.reference().lse()[row]).isFinite();
      assertThat(expected.budget().lse()[row]).isBetween(1e-7, 1e-4);
      assertThat(expected.budget().output()[row]).isBetween(1e-8, 1e-4);
      AttentionOutput output = plain(inputs);
      assertThat(expected.compare(output).passed()).isTrue();
      output.lse()[row] += 1e-3f;
      requireFailure(expected.compare(output), 1, "LSE", 0, row / 5, 3, -1);
      output.lse()[row] -= 1e-3f;
      output.o()[row * 4 + 2] += 1e-3f;
      requireFailure(expected.compare(output), 1, "O", 0, row / 5, 3, 2);
    }
  }

  @Test
  void refusesABudgetThatWouldPassAnything() {
    ReferenceResult one = Expected.of(INPUTS, new RowSample(new int[] {3})).reference();
    PlainAttention.Result plain = PlainAttention.compute(INPUTS, one.sample());
    for (double bad : new double[] {Double.POSITIVE_INFINITY, Double.NaN}) {
      one.lseCondition()[0] = bad;
      assertThatIllegalStateException()
          .isThrownBy(() -> ErrorBudget.derive(SPEC, one, plain))
          .withMessageContaining("LSE in row 3");
      one.lseCondition()[0] = 1;
      one.outputCondition()[0] = bad;
      assertThatIllegalStateException()
          .isThrownBy(() -> ErrorBudget.derive(SPEC, one, plain))
          .withMessageContaining("O in row 3");
      one.outputCondition()[0] = 1;
    }
  }

  private static void requireFailure(
      Comparison comparison, int failed, String tensor, int b, int h, int q, int d) {
    assertThat(comparison.passed()).isFalse();
    assertThat(comparison.failedElements()).isEqualTo(failed);
    assertThat(comparison.maxErrorOverBudget()).isGreaterThan(1);
    Comparison.WorstElement worst = Objects.requireNonNull(comparison.worst());
    assertThat(worst.tensor()).isEqualTo(tensor);
    assertThat(new int[] {worst.b(), worst.h(), worst.q(), worst.d()}).containsExactly(b, h, q, d);
  }

  private static AttentionOutput plain(AttentionInputs inputs) {
    PlainAttention.Result result = PlainAttention.compute(inputs, RowSample.all(inputs.spec()));
    return new AttentionOutput(result.o(), result.lse());
  }
}
