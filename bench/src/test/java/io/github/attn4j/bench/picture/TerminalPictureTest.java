package io.github.attn4j.bench.picture;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.mask.MaskAndScore;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class TerminalPictureTest {
  private static List<String> lines(String mask, int queries, int keys, int width) {
    AttentionSpec spec =
        MaskAndScore.parse(mask, "")
            .applyTo(AttentionSpec.builder().lengths(queries, keys).dim(1).build());
    return TerminalPicture.lines(spec, spec.blockMap(), 0, 0, width);
  }

  @Test
  void twoQueriesShareALine() {
    assertThat(lines("causal", 5, 5, 80)).containsExactly("█▄   ", "███▄ ", "▀▀▀▀▀");
    assertThat(lines("k == 2 * q", 3, 5, 80)).containsExactly("▀ ▄  ", "    ▀");
  }

  @Test
  void shadesSayHowManyOfManyAreVisible() {
    assertThat(lines("k < 64 || k < 128 && q % 128 < 64 || k < 192 && q % 128 < 32", 256, 256, 4))
        .containsExactly("█▒░ ", "█▒░ ");
    assertThat(lines("k == 255 && q == 0", 256, 256, 4)).containsExactly("   ░", "    ");
  }

  @Test
  void wherePairsAreFewEnoughToLookAtAllHiddenOnesAreBlank() {
    assertThat(lines("causal", 128, 128, 64).getFirst()).isEqualTo("█▒" + " ".repeat(62));
  }

  @Test
  void shadesAreExplained() {
    AttentionSpec spec = AttentionSpec.builder().length(256).dim(1).build();
    assertThat(TerminalPicture.legend(spec, 0, 64)).startsWith("a character is 8 queries x 4 keys");
    assertThat(TerminalPicture.legend(spec, 0, 256)).isEmpty();
  }

  @Test
  void aMillionTokensFitAScreen() {
    List<String> lines = lines("window(511,0)", 1 << 20, 1 << 20, 96);
    assertThat(lines).hasSizeBetween(40, 48).allMatch(line -> line.length() <= 96);
    assertThat(lines.getFirst()).startsWith("░");
    assertThat(lines.getFirst().strip()).hasSizeLessThan(4);
  }
}
