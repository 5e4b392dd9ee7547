package io.github.attn4j.core.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.expression.MaskExpression;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CountsTest {
  @Test
  void agreeWithCountingOneByOne() {
    for (long seed = 1000; seed < 1200; seed++) {
      AttentionSpec spec = RandomSpecs.of(seed);
      long pairs = 0;
      Set<String> reached = new HashSet<>();
      boolean condition = spec.canonicalMask().expression() != null;
      for (int b = 0; b < spec.batch(); b++) {
        for (int h = 0; h < spec.queryHeads(); h++) {
          for (int i = 0; i < spec.queryLength(); i++) {
            for (int key = 0; key < spec.kvLength(); key++) {
              pairs += spec.visible(b, h, i, key) ? 1 : 0;
              if (condition && spec.visible(b, h, i, key)) {
                // All lengths here are below 64: one block, whose keys are reached together.
                for (int other = 0; other < spec.keyLengths().get(b); other++) {
                  reached.add(b + " " + spec.kvHead(h) + " " + other);
                }
              } else if (!condition && inWindowAndLength(spec, b, i, key)) {
                reached.add(b + " " + spec.kvHead(h) + " " + key);
              }
            }
          }
        }
      }
      assertThat(spec.visiblePairs()).as("seed %d %s", seed, spec.label()).isEqualTo(pairs);
      assertThat(spec.flops()).isEqualTo(2.0 * pairs * (4 + 6));
      DenseMask dense = spec.canonicalMask().dense();
      long rows = (long) spec.batch() * spec.queryHeads() * spec.queryLength();
      long expected =
          4 * rows * (4L + 6 + 1)
              + 4L * reached.size() * (4 + 6)
              + (dense == null ? 0 : dense.booleans().length + 4L * dense.floats().length)
              + (spec.mask().label().contains("doc") ? 4 * 10 : 0)
              + (spec.scoreModifier().label().isEmpty() ? 0 : 4 * 3);
      assertThat(spec.compulsoryBytes()).as("seed %d %s", seed, spec.label()).isEqualTo(expected);
    }
  }

  private static boolean inWindowAndLength(AttentionSpec spec, int b, int i, int key) {
    CanonicalMask mask = spec.canonicalMask();
    return key < spec.keyLengths().get(b)
        && Mask.window(mask.left(), mask.right()).visible(b, 0, i, spec.position(b, i), key);
  }

  @Test
  void ofCausalAttentionAreTriangleNumbers() {
    AttentionSpec spec =
        AttentionSpec.builder().batch(2).heads(8, 2).length(1024).mask(Mask.causal()).build();
    assertThat(spec.visiblePairs()).isEqualTo(2L * 8 * 1024 * 1025 / 2);
    assertThat(spec.flops()).isEqualTo(2.0 * 2 * 8 * 1024 * 1025 / 2 * 128);
    assertThat(spec.compulsoryBytes())
        .isEqualTo(4L * 2 * 1024 * (8 * 128 + 2 * 128) + 4L * 2 * 8 * 1024);
  }

  /** Rows reach 2 of 5 blocks of keys each, together 3 of them, the last of 44 keys. */
  @Test
  void keysOfNoListedBlockNeedNotBeMoved() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .heads(4, 2)
            .lengths(128, 300)
            .dim(8)
            .mask(
                Mask.expression(
                    MaskExpression.parse("k / 64 == 1 || k / 64 == (h % 2 == 0 ? 3 : 4)")))
            .build();
    assertThat(spec.visiblePairs()).isEqualTo(2L * 128 * 2 * (2 * 64 + 64 + 44));
    assertThat(spec.compulsoryBytes())
        .isEqualTo(4L * 2 * 4 * 128 * (8 + 8 + 1) + 4L * 2 * 2 * (64 + 64 + 44) * (8 + 8));
  }

  @Test
  void aConditionEqualToCausalCountsTheSame() {
    AttentionSpec causal =
        AttentionSpec.builder().batch(2).heads(4, 2).lengths(200, 333).mask(Mask.causal()).build();
    AttentionSpec condition =
        causal.toBuilder().mask(Mask.expression(MaskExpression.parse("k <= p"))).build();
    assertThat(condition.visiblePairs()).isEqualTo(causal.visiblePairs());
    assertThat(condition.compulsoryBytes()).isEqualTo(causal.compulsoryBytes());
  }
}
