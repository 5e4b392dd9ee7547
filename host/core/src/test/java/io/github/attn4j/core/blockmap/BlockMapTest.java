package io.github.attn4j.core.blockmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.Presets;
import io.github.attn4j.core.expression.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BlockMapTest {
  private static final BlockSize SIZE = new BlockSize(4, 4);

  @Test
  void aRowIsAFewRanges() {
    BlockMap map =
        BlockMap.of(MaskExpression.parse("k <= p && p - k < 10 || k < 4"), Domain.of(32, 32), SIZE);
    assertThat(drawn(map.plane(0, 0)))
        .containsExactly(
            "#.......",
            "#+......",
            "##+.....",
            "#+#+....",
            "#++#+...",
            "#.++#+..",
            "#..++#+.",
            "#...++#+");
  }

  @Test
  void headsThatCannotDifferShareAPlane() {
    Domain domain = Domain.of(3, 8, 16, 16);
    assertThat(planes("k <= p", domain)).isEqualTo(1);
    assertThat(planes("k <= p + h", domain)).isEqualTo(8);
    assertThat(planes("k <= p + b", domain)).isEqualTo(3);
    assertThat(planes("k <= p + h * b", domain)).isEqualTo(24);
    Domain ragged = new Domain(3, 8, 16, List.of(0, 0, 4), List.of(16, 12, 16));
    assertThat(planes("k <= p", ragged)).isEqualTo(3);
  }

  @Test
  void keysPastTheLengthDoNotCount() {
    Domain domain = new Domain(2, 1, 6, List.of(0, 0), List.of(6, 0));
    BlockMap map = BlockMap.of(MaskExpression.parse("k >= 0"), domain, SIZE);
    assertThat(drawn(map.plane(0, 0))).containsExactly("##", "##");
    assertThat(drawn(map.plane(1, 0))).containsExactly("", "");
    BlockCounts counts = map.counts((b, h, q, p, k) -> true);
    assertThat(counts).isEqualTo(new BlockCounts(36, 36, 0, 0, 4));
    assertThat(counts.pairDensity()).isEqualTo(1);
  }

  @Test
  void onlyUndecidedBlocksAreEnumeratedAndInOneCall() {
    List<Integer> calls = new ArrayList<>();
    BlockMap map =
        BlockMap.of(
            MaskExpression.parse("k <= p"),
            Domain.of(32, 32),
            SIZE,
            (b, h, rows, columns, count, kinds) -> {
              calls.add(count);
              for (int index = 0; index < count; index++) {
                assertThat(rows[index]).isEqualTo(columns[index]);
                kinds[index] = BlockKind.PARTIAL;
              }
            });
    assertThat(calls).containsExactly(8);
    assertThat(map.blocksEnumerated()).isEqualTo(8);
    assertThat(map.regionsAsked()).isLessThan(64);
    assertThat(map.plane(0, 0).listedBlocks(5)).isEqualTo(6);
  }

  @Test
  void documentsInATableAreDecidedByTheirBounds() {
    int[] documents = new int[4096];
    for (int place = 0; place < documents.length; place++) {
      documents[place] = place / 512;
    }
    MaskExpression mask =
        MaskExpression.parse(
            "doc[p] == doc[k]", Bindings.none().with("doc", Table.ofInts(documents)));
    BlockMap map = BlockMap.of(mask, Domain.of(4096, 4096), BlockSize.STANDARD);
    assertThat(map.blocksEnumerated()).isZero();
    assertThat(map.counts((b, h, q, p, k) -> false).fullBlocks()).isEqualTo(8 * 8 * 8);
  }

  @Test
  void randomBlocksAreFoundWithoutPairs() {
    Domain domain = Domain.of(1, 2, 4096, 4096);
    MaskExpression mask = Presets.named("bigbird").mask(domain, Map.of());
    BlockMap map = BlockMap.of(mask, domain, BlockSize.STANDARD);
    assertThat(map.blocksEnumerated()).isZero();
    assertThat(map.planes()).hasSize(2);
    assertThat(map.planes().get(0)).isNotEqualTo(map.planes().get(1));
    BlockCounts counts = map.counts(mask.compile(domain));
    // 2 global rows and columns, and in each other row at most 3 near and 3 random blocks.
    assertThat(counts.fullBlocks() + counts.emptyBlocks()).isEqualTo(2 * 64 * 64);
    assertThat(counts.fullBlocks()).isBetween(2L * 500, 2L * (4 * 64 + 62 * 6));
  }

  @Test
  void theDevicesWordsSayTheSame() {
    BlockPlane plane =
        BlockMap.of(MaskExpression.parse("k <= p"), Domain.of(12, 12), SIZE).plane(0, 0);
    assertThat(plane.rowStarts()).containsExactly(0, 1, 3, 5);
    assertThat(plane.runs()).containsExactly(0, 2, 0, 3, 1, 2, 0, 5, 2, 2);
  }

  @Test
  void anEmptyBlockSizeIsRefused() {
    assertThatThrownBy(() -> new BlockSize(0, 64)).hasMessageContaining("0 x 64");
  }

  private static int planes(String text, Domain domain) {
    return BlockMap.of(MaskExpression.parse(text), domain, SIZE).planes().size();
  }

  private static List<String> drawn(BlockPlane plane) {
    List<String> rows = new ArrayList<>();
    for (int row = 0; row < plane.rows(); row++) {
      StringBuilder text = new StringBuilder();
      for (int column = 0; column < plane.columns(); column++) {
        text.append(
            switch (plane.kind(row, column)) {
              case EMPTY -> '.';
              case PARTIAL -> '+';
              case FULL -> '#';
            });
      }
      rows.add(text.toString());
    }
    return rows;
  }
}
