package io.github.attn4j.core.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FullGridTest {
  private static final List<GridCase> CASES = FullGrid.cases(1);

  @Test
  void hasAtLeastFiveThousandCases() {
    assertThat(CASES).hasSizeGreaterThanOrEqualTo(5000);
  }

  @Test
  void holdsEveryDimensionWithEveryLengthUnderThreeMasks() {
    Set<String> labels =
        CASES.stream().map(c -> c.spec().label()).collect(Collectors.toCollection(HashSet::new));
    for (int dim : new int[] {8, 32, 40, 64, 80, 96, 111, 128, 192, 256}) {
      for (int length : new int[] {1, 2, 7, 17, 64, 97, 127, 128, 129, 257, 1000, 1023}) {
        for (Mask mask : List.of(Mask.none(), Mask.causal(), Mask.window(33, 17))) {
          assertThat(labels)
              .contains(AttentionSpec.builder().dim(dim).length(length).mask(mask).build().label());
        }
      }
    }
  }

  @Test
  void holdsWhatASpecCanAskFor() {
    assertThat(CASES).anyMatch(c -> c.spec().queryLength() > c.spec().kvLength());
    assertThat(CASES).anyMatch(c -> c.spec().queryLength() < c.spec().kvLength());
    assertThat(CASES).anyMatch(c -> c.spec().headDim() != c.spec().valueDim());
    assertThat(CASES).anyMatch(c -> c.spec().queryHeads() != c.spec().kvHeads());
    assertThat(CASES).anyMatch(c -> c.spec().keyLengths().contains(0));
    assertThat(CASES).anyMatch(c -> c.spec().softCap() > 0);
    assertThat(CASES).anyMatch(c -> c.spec().canonicalMask().expression() != null);
    assertThat(CASES).anyMatch(c -> c.spec().scoreModifier() instanceof ScoreModifier.Expression);
    assertThat(CASES).anyMatch(c -> c.spec().q().rowStride() != c.spec().headDim());
    assertThat(CASES.stream().map(GridCase::family)).contains(InputFamily.values());
  }

  @Test
  void coverageKnowsWhichPairIsMissing() {
    FullGrid.PairCoverage coverage = new FullGrid.PairCoverage();
    assertThat(coverage.firstMissing()).containsExactly(0, 0, 1, 0);
    coverage.add(new int[FullGrid.FACTORS.size()]);
    assertThat(coverage.firstMissing()).containsExactly(0, 0, 1, 1);
  }

  @Test
  void isTheSameForTheSameSeed() {
    assertThat(FullGrid.cases(1).stream().map(c -> c.spec().label() + c.family() + c.seed()))
        .containsExactlyElementsOf(
            CASES.stream().map(c -> c.spec().label() + c.family() + c.seed()).toList());
    assertThat(FullGrid.cases(2).stream().map(c -> c.spec().label()).toList())
        .isNotEqualTo(CASES.stream().map(c -> c.spec().label()).toList());
  }
}
