package io.github.attn4j.core.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import org.junit.jupiter.api.Test;

/** What reports and tables call specs with expressions. */
class LabelsTest {
  @Test
  void masksAreJoinedByAnAmpersandWhichBindsWeakest() {
    Mask operators = mask("k <= p");
    Mask named = Mask.expression(MaskExpression.parse("k <= p && p - k < 9"), "block-diagonal");
    assertThat(operators.label()).isEqualTo("k <= p");
    assertThat(operators.and(Mask.causal()).label()).isEqualTo("k <= p&causal");
    assertThat(named.and(operators).label()).isEqualTo("block-diagonal&k <= p");
  }

  @Test
  void tablesCutLongExpressionsAndReportsKeepThem() {
    String text = "k <= p && p - k < 256 || k < 4 || k == 1000 || k == 2000 || k == 3000";
    String score = "s - slope(h) * (p - k) + 0.5 * tanh(s / 3.0) - 0.25 * tanh(s / 7.0)";
    AttentionSpec spec =
        AttentionSpec.builder()
            .length(8)
            .mask(mask(text))
            .scoreModifier(ScoreModifier.expression(ScoreExpression.parse(score)))
            .build();
    assertThat(spec.mask().label()).isEqualTo(text);
    assertThat(spec.label())
        .isEqualTo(
            "B1 H1 S8 D64 " + text.substring(0, 59) + "… score " + score.substring(0, 59) + "…");
    assertThat(spec.wholeLabel()).isEqualTo("B1 H1 S8 D64 " + text + " score " + score);
    AttentionSpec shorter = spec.toBuilder().mask(mask("k < 60")).build();
    assertThat(shorter.label()).contains(" k < 60 score");
  }

  private static Mask mask(String text) {
    return Mask.expression(MaskExpression.parse(text));
  }
}
