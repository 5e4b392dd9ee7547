package io.github.attn4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.expression.MaskExpression;
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
    assertThat(new Tiling(32, 16).visited(spec(100, Mask.none()), spec(100, Mask.none())::blockMap))
        .isEqualTo(2L * 3 * 4 * 7);
  }

  @Test
  void behindACausalMaskTilesAboveTheDiagonalAreNot() {
    // Blocks of 32 queries end at key 32, 64, 96, 100: 2, 4, 6 and 7 tiles of 16.
    assertThat(
            new Tiling(32, 16)
                .visited(spec(100, Mask.causal()), spec(100, Mask.causal())::blockMap))
        .isEqualTo(2L * 3 * (2 + 4 + 6 + 7));
  }

  @Test
  void keysPastTheLengthAreNotVisited() {
    AttentionSpec ragged = spec(100, Mask.none()).toBuilder().keyLengths(List.of(100, 1)).build();
    assertThat(new Tiling(100, 16).visited(ragged, ragged::blockMap)).isEqualTo(3L * (7 + 1));
  }

  /** Tiles of one query and one key are the visible pairs, which the spec counts by itself. */
  @ParameterizedTest
  @CsvSource({"-1, -1", "-1, 0", "7, 0", "0, 0", "3, 5", "0, -1"})
  void tilesOfOnePairAreThePairs(int left, int right) {
    AttentionSpec windowed = spec(37, Mask.window(left, right));
    assertThat(new Tiling(1, 1).visited(windowed, windowed::blockMap))
        .isEqualTo(windowed.visiblePairs());
  }

  @Test
  void packedHeadsShareATile() {
    AttentionSpec decoding =
        AttentionSpec.builder().batch(2).heads(8, 2).lengths(1, 100).mask(Mask.causal()).build();
    // One query of four heads is four rows of a tile.
    assertThat(new Tiling(32, 16, true).visited(decoding, decoding::blockMap))
        .isEqualTo(2L * 2 * 7);
    assertThat(new Tiling(32, 16).visited(decoding, decoding::blockMap)).isEqualTo(2L * 8 * 7);
    // 80 rows: 20 of each head, a tile beginning in every head but the first and the last.
    AttentionSpec prefill =
        AttentionSpec.builder().batch(2).heads(8, 2).length(20).mask(Mask.causal()).build();
    assertThat(new Tiling(32, 16, true).visited(prefill, prefill::blockMap))
        .isEqualTo(2L * 2 * 3 * 2);
  }

  @Test
  void alongABlockMapEachListedRangeHasTilesOfItsOwn() {
    // Blocks of 64: rows 0 and 3 list columns 0 and 2, keys 0..63 and 128..191; the others none.
    Mask mask = expression("(p / 64 == 0 || p / 64 == 3) && (k / 64 == 0 || k / 64 == 2)");
    AttentionSpec four = spec(256, mask);
    assertThat(new Tiling(32, 16).alongBlockMap().visited(four, four::blockMap))
        .isEqualTo(2L * 3 * 2 * 2 * (4 + 4));
    // 128 keys a tile: the two ranges are not neighbours.
    assertThat(new Tiling(32, 128).alongBlockMap().visited(four, four::blockMap))
        .isEqualTo(2L * 3 * 2 * 2 * 2);
    // Tiles of 128 queries: each lies in one row that lists something and one that does not.
    assertThat(new Tiling(128, 64).alongBlockMap().visited(four, four::blockMap))
        .isEqualTo(2L * 3 * 2 * 2);
    // A kernel without a map visits all: 8 x 16 tiles.
    assertThat(new Tiling(32, 16).visited(four, four::blockMap)).isEqualTo(2L * 3 * 8 * 16);
  }

  @Test
  void fullAndPartialRangesAreCountedApartAndEndAtTheKeyLength() {
    // Row 1 of blocks: column 0 is full, the diagonal partial and cut off at key 100.
    AttentionSpec cut =
        spec(128, expression("k <= p")).toBuilder().keyLengths(List.of(100, 128)).topLeft().build();
    long first = 2L * 4 + 2 * (4 + 3); // 36 keys behind the 64th are 3 tiles
    long second = 2L * 4 + 2 * (4 + 4);
    assertThat(new Tiling(32, 16).alongBlockMap().visited(cut, cut::blockMap))
        .isEqualTo(3 * (first + second));
  }

  @Test
  void alongABlockMapWithoutAnExpressionTheWindowCounts() {
    AttentionSpec causal = spec(100, Mask.causal());
    assertThat(new Tiling(32, 16).alongBlockMap().visited(causal, causal::blockMap))
        .isEqualTo(new Tiling(32, 16).visited(causal, causal::blockMap));
  }

  @Test
  void packedHeadsVisitWhatAnyOfThemLists() {
    // Heads 0 and 1 of a group see different blocks; a tile of 32 rows holds one query of all 4.
    AttentionSpec decoding =
        AttentionSpec.builder()
            .heads(8, 2)
            .lengths(1, 512)
            .mask(expression("k / 64 == h % 2 * 3"))
            .build();
    assertThat(new Tiling(32, 16, true).alongBlockMap().visited(decoding, decoding::blockMap))
        .isEqualTo(2L * (4 + 4));
    assertThat(new Tiling(32, 16).alongBlockMap().visited(decoding, decoding::blockMap))
        .isEqualTo(8L * 4);
  }

  private static Mask expression(String text) {
    return Mask.expression(MaskExpression.parse(text));
  }

  @Test
  void aKernelThatSkipsNothingVisitsNoTile() {
    assertThat(
            Tiling.SKIPS_NOTHING.visited(
                spec(100, Mask.causal()), spec(100, Mask.causal())::blockMap))
        .isZero();
    assertThatThrownBy(() -> new Tiling(8, 0)).hasMessageContaining("8 x 0");
  }
}
