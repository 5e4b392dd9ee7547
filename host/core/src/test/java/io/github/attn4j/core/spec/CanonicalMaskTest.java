package io.github.attn4j.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.PairPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalMaskTest {
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3})
  void agreesPairByPairWithTheMaskItComesFrom(long block) {
    for (long seed = 50 * block; seed < 50 * (block + 1); seed++) {
      AttentionSpec spec = RandomSpecs.of(seed);
      CanonicalMask canonical = spec.canonicalMask();
      MaskExpression expression = canonical.expression();
      PairPredicate condition =
          expression == null ? (b, h, q, p, k) -> true : expression.compile(spec.domain());
      for (int b = 0; b < spec.batch(); b++) {
        for (int h = 0; h < spec.queryHeads(); h++) {
          for (int i = 0; i < spec.queryLength(); i++) {
            for (int key = 0; key < spec.kvLength(); key++) {
              requireAgreement(spec, canonical, condition, seed, b, h, i, key);
            }
          }
        }
      }
    }
  }

  private static void requireAgreement(
      AttentionSpec spec,
      CanonicalMask canonical,
      PairPredicate condition,
      long seed,
      int b,
      int h,
      int i,
      int key) {
    DenseMask dense = canonical.dense();
    boolean inRange = spec.firstKey(b, i) <= key && key < spec.endKey(b, i);
    boolean visible =
        inRange
            && (dense == null || dense.isVisible(b, h, i, key))
            && condition.visible(b, h, i, (int) spec.position(b, i), key);
    assertThat(visible)
        .as("seed %d, %s [%d, %d, %d, %d]", seed, spec.label(), b, h, i, key)
        .isEqualTo(spec.visible(b, h, i, key));
    if (visible) {
      float bias = dense == null ? 0 : dense.bias(b, h, i, key);
      float expected = spec.mask().bias(b, h, i, key);
      // Sums of more than two biases may be taken in another order.
      assertThat(bias).isCloseTo(expected, within(4 * Math.ulp(Math.max(8, Math.abs(expected)))));
    }
  }

  @Test
  void rangesAreEmptyNotInvertedWhereNothingIsReached() {
    AttentionSpec before = AttentionSpec.builder().lengths(5, 3).mask(Mask.window(0, 0)).build();
    assertThat(before.firstKey(0, 0)).isZero();
    assertThat(before.endKey(0, 0)).isZero();
    AttentionSpec past = before.toBuilder().queryOffsets(java.util.List.of(10)).build();
    assertThat(past.firstKey(0, 0)).isEqualTo(3);
    assertThat(past.endKey(0, 0)).isEqualTo(3);
  }

  @Test
  void rangesAreTightWhereTheMaskIsAWindow() {
    for (long seed = 0; seed < 200; seed++) {
      AttentionSpec spec = RandomSpecs.of(seed);
      if (spec.canonicalMask().dense() != null || spec.canonicalMask().expression() != null) {
        continue;
      }
      for (int b = 0; b < spec.batch(); b++) {
        for (int i = 0; i < spec.queryLength(); i++) {
          int seen = 0;
          for (int key = 0; key < spec.kvLength(); key++) {
            seen += spec.visible(b, 0, i, key) ? 1 : 0;
          }
          assertThat(spec.endKey(b, i) - spec.firstKey(b, i)).as("seed %d", seed).isEqualTo(seen);
        }
      }
    }
  }
}
