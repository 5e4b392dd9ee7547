package io.github.attn4j.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.reference.ReferenceAttention;
import io.github.attn4j.core.reference.ReferenceResult;
import io.github.attn4j.core.reference.RowSample;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What storing K and V in fewer bits costs, whatever computes with them: the bound that
 * docs/numerics.md derives, on the oracle's results for the numbers before and after.
 */
class StorageErrorTest {
  private static final AttentionSpec EXACT =
      AttentionSpec.builder().heads(4, 2).lengths(100, 500).mask(Mask.causal()).build();

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "I8", "F8E4M3"})
  void resultsMoveByNoMoreThanTheBound(ElementType type) {
    AttentionSpec spec = EXACT.toBuilder().keyValueType(type).build();
    double largest = 0;
    double squares = 0;
    double all = 0;
    for (InputFamily family : new InputFamily[] {InputFamily.NORMAL, InputFamily.UNIFORM}) {
      AttentionInputs exact = AttentionInputs.generate(EXACT, family, 4);
      AttentionInputs stored = AttentionInputs.generate(spec, family, 4);
      RowSample rows = RowSample.of(spec, 100, 1);
      ReferenceResult before = ReferenceAttention.compute(exact, rows);
      ReferenceResult after = ReferenceAttention.compute(stored, rows);
      double keyStep = halfStep(type, exact.k());
      double valueStep = halfStep(type, exact.v());
      for (int slot = 0; slot < rows.rows().length; slot++) {
        int h = rows.rows()[slot] / 100;
        double sum = 0;
        for (int d = 0; d < 64; d++) {
          sum += Math.abs(exact.q()[spec.queryRow(0, h, rows.rows()[slot] % 100) + d]);
        }
        double scoreError = spec.scale() * sum * keyStep;
        double bound = valueStep + Math.expm1(2 * scoreError) * before.outputMagnitude()[slot];
        assertThat(Math.abs(after.lse()[slot] - before.lse()[slot])).isLessThan(scoreError);
        for (int d = 0; d < 64; d++) {
          double moved = Math.abs(after.o()[slot * 64 + d] - before.o()[slot * 64 + d]);
          assertThat(moved).isLessThan(bound);
          largest = Math.max(largest, moved);
          squares += moved * moved;
          all += before.o()[slot * 64 + d] * before.o()[slot * 64 + d];
        }
      }
    }
    assertThat(largest).isPositive();
    // Far within the bound, as errors of both signs are; of the size that the table there says.
    double relative = Math.sqrt(squares / all);
    System.out.printf("%s: relative error of O by storing K and V %.2g%n", type.label(), relative);
    assertThat(relative).isBetween(typical(type) / 2, typical(type) * 2);
  }

  private static double typical(ElementType type) {
    return switch (type) {
      case F16 -> 3e-4;
      case BF16 -> 2.4e-3;
      case I8 -> 1e-2;
      default -> 3.8e-2;
    };
  }

  /** Of the largest magnitude in the whole tensor, with what scales are rounded up by. */
  private static double halfStep(ElementType type, float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return switch (type) {
      case I8 -> largest / 127 / 2 * (1 + 0x1p-14);
      case F8E4M3 -> largest / 448 * 16 * (1 + 0x1p-14);
      default -> type.unitRoundoff() * largest;
    };
  }
}
