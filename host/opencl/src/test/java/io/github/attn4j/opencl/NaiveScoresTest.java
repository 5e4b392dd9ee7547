package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.attn4j.core.check.ExpectedScores;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.ScoreMatrix;
import io.github.attn4j.core.kernel.ScoreStage;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The score matrix as {@code naive}'s stages leave it on the device. */
class NaiveScoresTest {
  /** A window, rows that see nothing, a sequence with fewer keys, poison where nobody may look. */
  private static final AttentionSpec SPEC =
      AttentionSpec.builder()
          .batch(2)
          .heads(4, 2)
          .lengths(7, 21)
          .dims(8, 10)
          .keyLengths(List.of(21, 3))
          .softCap(3)
          .mask(Mask.window(5, 0))
          .build();

  @ParameterizedTest
  @EnumSource(ScoreStage.class)
  void theyAreThoseOfTheOracle(ScoreStage stage) {
    try (OpenClSession session = TestDevices.openPreferred();
        StagedInputs staged =
            session.stage(AttentionInputs.generate(SPEC, InputFamily.POISON_NAN, 1))) {
      ExpectedScores expected = ExpectedScores.of(staged.inputs(), stage, ElementType.F32);
      ScoreMatrix matrix = session.scores(staged, stage);
      assertThat(expected.compare("scores", matrix.values()).failedElements()).isZero();
      assertThat(matrix.producer()).startsWith("opencl:naive's naive_scores");
      for (int wrong : List.of(0, matrix.values().length / 2, matrix.values().length - 1)) {
        float[] altered = matrix.values().clone();
        altered[wrong] = Float.isFinite(altered[wrong]) ? altered[wrong] + 0.01f : 0;
        assertThat(expected.compare("scores", altered).failedElements())
            .as("element %d", wrong)
            .isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ScoreStage.class)
  void inputsOfAnotherSessionAreRefused(ScoreStage stage) {
    try (OpenClSession session = TestDevices.openPreferred();
        OpenClSession other = TestDevices.openPreferred();
        StagedInputs staged = other.stage(AttentionInputs.generate(SPEC, InputFamily.NORMAL, 1))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> session.scores(staged, stage))
          .withMessageContaining("another session");
    }
  }
}
