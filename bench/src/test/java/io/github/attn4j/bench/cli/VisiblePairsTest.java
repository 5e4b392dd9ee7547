package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.mask.MaskAndScore;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class VisiblePairsTest {
  private static List<String> lines(String mask, int length) {
    return VisiblePairs.lines(
        List.of(
            of(mask, "square", length, length, InputFamily.NORMAL),
            of(mask, "square", length, length, InputFamily.POISON_NAN),
            of(mask, "decode", 1, length, InputFamily.NORMAL)));
  }

  private static GridCase of(String mask, String name, int queries, int keys, InputFamily family) {
    AttentionSpec shape =
        AttentionSpec.builder()
            .heads(2)
            .lengths(queries, keys)
            .keyLengths(List.of(keys))
            .dim(1)
            .build();
    return new GridCase(name, MaskAndScore.parse(mask, "").applyTo(shape), family, 1);
  }

  @Test
  void eachProblemIsCountedOnce() {
    assertThat(lines("k <= p && (p - k < 3 || k < 1)", 10))
        .containsExactly("visible pairs: square 68 of 200, decode 8 of 20");
  }

  @Test
  void aMaskThatHidesNothingMoreIsNamed() {
    assertThat(lines("k > 1000", 64).getLast()).startsWith("note: no problem has a visible pair");
    assertThat(lines("window(99,99)", 64).getLast())
        .startsWith("note: every pair of every problem");
    assertThat(lines("k <= p && (p - k < 256 || k < 4)", 256).getLast())
        .startsWith("note: in every problem the mask is the same as causal");
    assertThat(lines("k <= p && (p - k < 256 || k < 4)", 300)).hasSize(1);
    assertThat(lines("causal", 64)).hasSize(1);
    assertThat(lines("full", 64)).hasSize(1);
  }

  @Test
  void asManyPairsAsCausalAreNotYetCausal() {
    GridCase square = of("k >= p", "square", 64, 64, InputFamily.NORMAL);
    assertThat(square.spec().visiblePairs())
        .isEqualTo(of("causal", "square", 64, 64, InputFamily.NORMAL).spec().visiblePairs());
    assertThat(VisiblePairs.lines(List.of(square))).hasSize(1);
  }
}
