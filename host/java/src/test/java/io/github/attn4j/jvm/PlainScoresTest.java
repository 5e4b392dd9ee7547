package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.ExpectedScores;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.ScoreStage;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The score matrix that {@code java:flash} never has. */
class PlainScoresTest {
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
  void theyAreThoseOfTheOracleInEveryType(ScoreStage stage) {
    JavaBackend backend = new JavaBackend();
    for (ElementType type : List.of(ElementType.F32, ElementType.F16, ElementType.BF16)) {
      AttentionSpec spec = SPEC.toBuilder().storage(type).build();
      try (Session session = backend.open(backend.devices().getFirst());
          StagedInputs staged =
              session.stage(AttentionInputs.generate(spec, InputFamily.POISON_NAN, 1))) {
        ExpectedScores expected = ExpectedScores.of(staged.inputs(), stage, ElementType.F32);
        float[] scores = session.scores(staged, stage).values();
        assertThat(expected.compare("scores", scores).failedElements()).as(type.label()).isZero();
        scores[3] = Float.NaN;
        assertThat(expected.compare("scores", scores).failedElements()).isEqualTo(1);
      }
    }
  }
}
