package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ScoreModifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scores whose comparisons come out even, or nearly: a right kernel passes whichever it sees. */
class NearTiesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "k * 0.25 <= 16.0 ? s : log2(0)",
        "k * 0.25 <= 16.0 ? s : s - 3.0",
        "k * 0.1 >= 0.3 ? s : log2(0)",
        "k / 10.0 >= 0.3 ? s : s - 3.0",
        "k / 10.0 >= 0.3 ? s : log2(0)",
        "s > 0.0 ? s : log2(0)",
        "s > 0.5 ? s : log2(0)",
        "exp(k) <= 1.0 ? log2(0) : s",
        "s > 0.0 ? -log2(0) : s"
      })
  void rightKernelsPass(String score) {
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(4, 2)
            .lengths(30, 120)
            .dim(32)
            .scoreModifier(ScoreModifier.expression(ScoreExpression.parse(score)))
            .build();
    JavaBackend backend = new JavaBackend();
    try (Session session = backend.open(backend.devices().getFirst())) {
      for (InputFamily family : InputFamily.values()) {
        AttentionInputs inputs = AttentionInputs.generate(spec, family, 1);
        Evaluation evaluation =
            Evaluator.evaluate(session, JavaKernel.FLASH, inputs, Expected.of(inputs));
        // Scores of exactly 0, and a tie at a key that holds poison, may leave no row that anything
        // can be demanded of.
        boolean nothingDecided =
            (score.startsWith("s > 0.0") || score.startsWith("exp(k)"))
                && evaluation instanceof Evaluation.Unsupported none
                && none.reason().contains("no row can be checked");
        if (!nothingDecided) {
          assertThat(evaluation).as("%s, %s", score, family).isInstanceOf(Evaluation.Passed.class);
        }
      }
    }
  }

  @Test
  void whatCannotBeCheckedHasNotPassed() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .length(40)
            .scoreModifier(
                ScoreModifier.expression(ScoreExpression.parse("exp(q - q) <= 1.0 ? log2(0) : s")))
            .build();
    JavaBackend backend = new JavaBackend();
    try (Session session = backend.open(backend.devices().getFirst())) {
      AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
      assertThat(Evaluator.evaluate(session, JavaKernel.FLASH, inputs, Expected.of(inputs)))
          .isInstanceOfSatisfying(
              Evaluation.Unsupported.class,
              none -> assertThat(none.reason()).contains("no row can be checked"));
    }
  }
}
