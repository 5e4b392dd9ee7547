package io.github.attn4j.bench.picture;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.mask.MaskAndScore;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MaskFiguresTest {
  private static List<String> lines(String mask, AttentionSpec shape, int b, int h) {
    AttentionSpec spec = MaskAndScore.parse(mask, "").applyTo(shape);
    MaskFigures figures = MaskFigures.of(spec, spec.blockMap());
    return Stream.concat(figures.ofBlocks().stream(), figures.ofPairs(b, h).stream()).toList();
  }

  @Test
  void densitiesCoverAllHeadsAndKeysOne() {
    AttentionSpec shape = AttentionSpec.builder().heads(2).length(128).dim(1).build();
    List<String> lines = lines("h == 0 && k <= p || h == 1 && k == 5 && q > 99", shape, 0, 1);
    assertThat(lines.get(2)).isEqualTo("pairs: 25.281 % visible, 8,284 of 32,768");
    assertThat(lines.get(1))
        .isEqualTo("blocks: 64 x 64, 50.00 % not empty: 4 empty, 3 partial, 1 full");
    assertThat(lines.get(0)).matches("block map: built in [0-9.]+ ms, \\d+ bytes; .*");
    assertThat(lines.get(3))
        .isEqualTo("keys per query: 0 to 1, within keys 5..5; 100 queries see none");
  }

  @Test
  void queriesCountTheirKeysInBlocksOfEveryKind() {
    AttentionSpec shape = AttentionSpec.builder().lengths(100, 300).dim(1).build();
    assertThat(lines("causal", shape, 0, 0).get(3))
        .isEqualTo("keys per query: 201 to 300, within keys 0..299; 0 queries see none");
    assertThat(lines("k > 1000", shape, 0, 0).get(3))
        .isEqualTo("keys per query: 0 to 0, within keys none; 100 queries see none");
    assertThat(lines("k >= 64 && k < 128", shape, 0, 0).get(3)).contains("within keys 64..127");
  }
}
