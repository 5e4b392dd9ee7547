package io.github.attn4j.core.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.lang.reflect.Field;
import org.junit.jupiter.api.Test;

/** The oracle's own way to ask masks. */
class WalkedMaskTest {
  private static final Mask CONDITION =
      Mask.expression(MaskExpression.parse("hash(h, p, k) % 3 == 0 || k < 2"));

  /** Kernels on the host run what the expression compiler makes: it must not check itself. */
  @Test
  void nothingThatIsExpectedComesFromCompiledExpressions() throws ReflectiveOperationException {
    AttentionSpec spec = spec(CONDITION);
    Expected.of(AttentionInputs.generate(spec, InputFamily.NORMAL, 1));
    assertThat(compiled(spec.mask())).isNull();
    assertThat(compiled(spec.scoreModifier())).isNull();
    // The two fields are what would hold it.
    assertThat(spec.visible(0, 0, 0, 0)).isTrue();
    assertThat(spec.scoreModifier().apply(1, 0, 0, 0, 0, 0)).isEqualTo(1);
    assertThat(compiled(spec.mask())).isNotNull();
    assertThat(compiled(spec.scoreModifier())).isNotNull();
  }

  private static Object compiled(Object expression) throws ReflectiveOperationException {
    Field field = expression.getClass().getDeclaredField("compiled");
    field.setAccessible(true);
    return field.get(expression);
  }

  @Test
  void seesWhatTheSpecSees() {
    for (Mask mask :
        new Mask[] {
          Mask.none(),
          Mask.causal(),
          Mask.window(3, 2),
          CONDITION,
          Mask.causal().and(CONDITION),
          CONDITION.and(Mask.window(5, -1)).and(Mask.expression(MaskExpression.parse("k != 4")))
        }) {
      AttentionSpec spec = spec(mask);
      WalkedMask walked = WalkedMask.of(spec);
      int visible = 0;
      for (int h = 0; h < 2; h++) {
        for (int q = 0; q < 9; q++) {
          for (int k = 0; k < 20; k++) {
            boolean sees = walked.visible(0, h, q, spec.position(0, q), k);
            assertThat(sees).as("%s", mask).isEqualTo(spec.visible(0, h, q, k));
            visible += sees ? 1 : 0;
          }
        }
      }
      assertThat(visible).isPositive();
    }
  }

  private static AttentionSpec spec(Mask mask) {
    return AttentionSpec.builder()
        .heads(2)
        .lengths(9, 20)
        .dim(8)
        .mask(mask)
        .scoreModifier(ScoreModifier.expression(ScoreExpression.parse("s - 0.1 * abs(p - k)")))
        .build();
  }
}
