package io.github.attn4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TilingTest {
  private static AttentionSpec spec(int length, Mask mask) {
    return AttentionSpec.builder().batch(2).heads(3).length(length).mask(mask).build();
  }

  @Test
  void withoutAMaskEveryTileIsVisited() {
    assertThat(new Tiling(32, 16).visited(spec(100, Mask.none()))).isEqualTo(2L * 3 * 4 * 7);
  }

  @Test
  void behindACausalMaskTilesAboveTheDiagonalAreNot() {
    // Blocks of 32 queries end at key 32, 64, 96, 100: 2, 4, 6 and 7 tiles of 16.
    assertThat(new Tiling(32, 16).visited(spec(100, Mask.causal())))
        .isEqualTo(2L * 3 * (2 + 4 + 6 + 7));
  }

  @Test
  void keysPastTheLengthAreNotVisited() {
    AttentionSpec ragged = spec(100, Mask.none()).toBuilder().keyLengths(List.of(100, 1)).build();
    assertThat(new Tiling(100, 16).visited(ragged)).isEqualTo(3L * (7 + 1));
  }

  /** Tiles of one query and one key are the visible pairs, which the spec counts by itself. */
  @ParameterizedTest
  @CsvSource({"-1, -1", "-1, 0", "7, 0", "0, 0", "3, 5", "0, -1"})
  void tilesOfOnePairAreThePairs(int left, int right) {
    AttentionSpec windowed = spec(37, Mask.window(left, right));
    assertThat(new Tiling(1, 1).visited(windowed)).isEqualTo(windowed.visiblePairs());
  }

  @Test
  void packedHeadsShareATile() {
    AttentionSpec decoding =
        AttentionSpec.builder().batch(2).heads(8, 2).lengths(1, 100).mask(Mask.causal()).build();
    // One query of four heads is four rows of a tile.
    assertThat(new Tiling(32, 16, true).visited(decoding)).isEqualTo(2L * 2 * 7);
    assertThat(new Tiling(32, 16).visited(decoding)).isEqualTo(2L * 8 * 7);
    // 80 rows: 20 of each head, a tile beginning in every head but the first and the last.
    AttentionSpec prefill =
        AttentionSpec.builder().batch(2).heads(8, 2).length(20).mask(Mask.causal()).build();
    assertThat(new Tiling(32, 16, true).visited(prefill)).isEqualTo(2L * 2 * 3 * 2);
  }

  @Test
  void aKernelThatSkipsNothingVisitsNoTile() {
    assertThat(Tiling.SKIPS_NOTHING.visited(spec(100, Mask.causal()))).isZero();
    assertThatThrownBy(() -> new Tiling(8, 0)).hasMessageContaining("8 x 0");
  }
}
