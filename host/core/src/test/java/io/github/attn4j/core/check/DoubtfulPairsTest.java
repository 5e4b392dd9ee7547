package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.OnlineAttention.Mistake;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ScoreModifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pairs that float32 may hide or show: both are right, and nothing else. */
class DoubtfulPairsTest {
  private static final OnlineAttention RIGHT = new OnlineAttention(16, 4, true, Mistake.NONE);

  /** exp(0) is 1 by OpenCL's rules only nearly, so that key 0 may be hidden or not. */
  private static final String HIDES = "exp(0.0 * k) * k <= 7.0 && k >= 7 ? log2(0) : ";

  private static final String SHOWS = "exp(0.0 * k) * k < 7.0 && k >= 7 ? log2(0) : ";

  @ParameterizedTest
  @ValueSource(strings = {"s", "0.1 * s", "s + 0.01 * k"})
  void eitherDecisionIsRightWhereverTheOracleStands(String score) {
    for (String oracle : new String[] {HIDES, SHOWS}) {
      AttentionInputs inputs =
          AttentionInputs.generate(spec(oracle + score), InputFamily.NORMAL, 5);
      Expected expected = Expected.of(inputs);
      long undecided = compare(expected, inputs, HIDES + score, true).undecidedRows();
      assertThat(compare(expected, inputs, SHOWS + score, true).undecidedRows())
          .isEqualTo(undecided)
          .isLessThan(inputs.spec().rows() / 2);
      compare(expected, inputs, "k == 8 ? log2(0) : " + score, false);
      compare(
          expected,
          inputs,
          "(k == 7 ? 0.5 : 1.0) * (" + score + ") + 8.0 * (k == 7 ? 1 : 0)",
          false);
    }
  }

  private static Comparison compare(
      Expected expected, AttentionInputs inputs, String computed, boolean passes) {
    AttentionSpec spec = spec(computed);
    Comparison comparison =
        expected.compare(RIGHT.compute(inputs.withSpec(spec), RowSample.all(spec)));
    assertThat(comparison.passed()).as("%s: %s", computed, comparison).isEqualTo(passes);
    return comparison;
  }

  /** A pair in doubt that outweighs the rest, or makes the row infinite, leaves no demand. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "exp(0.0 * k) * k <= 7.0 && k >= 7 ? log2(0) : k == 7 ? 1000.0 : s",
        "exp(0.0 * k) * k < 7.0 && k >= 7 ? log2(0) : k == 7 ? 1000.0 : s",
        "exp(0.0 * k) * k <= 7.0 && k >= 7 ? -log2(0) : s",
        "exp(0.0 * k) * k < 7.0 && k >= 7 ? 0.0 * log2(0) : s",
        "exp(0.0 * k) * k <= 7.0 && k >= 7 ? s : log2(0)",
      })
  void rowsThatMayBeAnythingAreLeftOutAndCounted(String score) {
    AttentionInputs inputs = AttentionInputs.generate(spec(score), InputFamily.NORMAL, 5);
    Comparison comparison =
        Expected.of(inputs).compare(RIGHT.compute(inputs, RowSample.all(inputs.spec())));
    assertThat(comparison.undecidedRows()).isEqualTo(inputs.spec().rows());
    assertThat(comparison.checkedElements()).isZero();
    assertThat(comparison.passed()).isTrue();
  }

  @Test
  void fewRowsOfRandomScoresAreLeftOut() {
    AttentionInputs inputs =
        AttentionInputs.generate(spec("s > 0.5 ? s : log2(0)"), InputFamily.NORMAL, 5);
    Comparison comparison =
        Expected.of(inputs).compare(RIGHT.compute(inputs, RowSample.all(inputs.spec())));
    assertThat(comparison.passed()).as(comparison.toString()).isTrue();
    assertThat(comparison.undecidedRows()).isLessThan(3);
  }

  private static AttentionSpec spec(String score) {
    return AttentionSpec.builder()
        .heads(4, 2)
        .lengths(30, 120)
        .dim(32)
        .scoreModifier(ScoreModifier.expression(ScoreExpression.parse(score)))
        .build();
  }
}
