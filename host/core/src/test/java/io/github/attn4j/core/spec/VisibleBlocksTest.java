package io.github.attn4j.core.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.blockmap.BlockKind;
import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.SplitMix64;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The block map of windows, conditions, dense values and lengths together. */
class VisibleBlocksTest {
  private static final int SIZE = 64;

  /** Exactly so: what it lists as partial has pairs of both kinds. */
  @Test
  void isWhatCountingEveryPairGives() {
    Set<BlockKind> met = EnumSet.noneOf(BlockKind.class);
    for (int seed = 0; seed < 120; seed++) {
      AttentionSpec spec = random(seed);
      BlockMap map = spec.blockMap();
      for (int b = 0; b < spec.batch(); b++) {
        for (int h = 0; h < spec.queryHeads(); h++) {
          for (int row = 0; row < map.plane(b, h).rows(); row++) {
            for (int column = 0; column * SIZE < spec.keyLengths().get(b); column++) {
              BlockKind kind = map.plane(b, h).kind(row, column);
              assertThat(kind)
                  .as("seed %d %s [%d, %d] %d, %d", seed, spec.label(), b, h, row, column)
                  .isEqualTo(counted(spec, b, h, row, column));
              met.add(kind);
            }
          }
        }
      }
    }
    assertThat(met).containsExactlyInAnyOrder(BlockKind.values());
  }

  /** Host and device may round them to other sides of a bound; both are to get the same map. */
  @Test
  void whatRoundingMayDecideIsLeftToKernels() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .length(640)
            .dim(4)
            .mask(Mask.expression(MaskExpression.parse("log2(k + 1.0) < 8.0 && k <= p")))
            .build();
    BlockMap map =
        VisibleBlocks.of(
            spec,
            (b, h, rows, columns, count, kinds) -> {
              throw new AssertionError("nobody is to be asked");
            });
    assertThat(map.blocksEnumerated()).isPositive();
    assertThat(map.plane(0, 0).kind(9, 0)).isEqualTo(BlockKind.FULL);
    // Keys 192 to 255: of these the last one is 8 within rounding.
    assertThat(map.plane(0, 0).kind(9, 3)).isEqualTo(BlockKind.PARTIAL);
    assertThat(map.plane(0, 0).kind(9, 5)).isEqualTo(BlockKind.EMPTY);
    assertThat(map).extracting(BlockMap::planes).isEqualTo(spec.blockMap().planes());
  }

  private static BlockKind counted(AttentionSpec spec, int b, int h, int row, int column) {
    boolean some = false;
    boolean all = true;
    int endKey = Math.min(spec.keyLengths().get(b), (column + 1) * SIZE);
    for (int i = row * SIZE; i < Math.min(spec.queryLength(), (row + 1) * SIZE); i++) {
      for (int key = column * SIZE; key < endKey; key++) {
        boolean visible = spec.visible(b, h, i, key);
        some |= visible;
        all &= visible;
      }
    }
    if (!some) {
      return BlockKind.EMPTY;
    }
    return all ? BlockKind.FULL : BlockKind.PARTIAL;
  }

  /** Lengths that cut blocks, offsets of either sign, and up to three masks at once. */
  private static AttentionSpec random(int seed) {
    SplitMix64 random = new SplitMix64(seed, 'B');
    int batch = 1 + random.below(0, 2);
    int heads = 1 + random.below(1, 2);
    int queries = 1 + random.below(2, 200);
    int keys = 1 + random.below(3, 300);
    List<Integer> offsets = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      offsets.add(random.below(4 + b, 400) - 150);
      lengths.add(random.below(8 + b, keys + 1));
    }
    Mask mask =
        switch (random.below(12, 4)) {
          case 0 -> Mask.none();
          case 1 -> Mask.causal();
          case 2 -> Mask.window(random.below(13, 150), random.below(14, 100));
          default -> Mask.window(-1, random.below(13, 90));
        };
    String condition =
        List.of(
                "k <= p",
                "k / 64 == q / 64 || k < 20",
                "hash(1, q / 64, k / 64) % 2 == 0",
                "h == 0 || k % 3 != 1",
                "b == 1 || p - k < 100",
                "nk - k > 70",
                "k >= 0")
            .get(random.below(15, 7));
    mask = mask.and(Mask.expression(MaskExpression.parse(condition)));
    if (random.below(16, 3) == 0) {
      boolean[] visible = new boolean[heads * queries * keys];
      for (int index = 0; index < visible.length; index++) {
        int h = index / (queries * keys);
        visible[index] = (index % keys / SIZE + h) % 2 == 0 || random.below(100L + index, 50) > 0;
      }
      mask =
          mask.and(new Mask.DenseBoolean(DenseMask.ofBooleans(1, heads, queries, keys, visible)));
    }
    if (random.below(16, 3) == 1) {
      mask = mask.and(new Mask.DenseAdditive(biases(random, heads, queries, keys)));
    }
    return AttentionSpec.builder()
        .batch(batch)
        .heads(heads)
        .lengths(queries, keys)
        .dim(4)
        .keyLengths(lengths)
        .queryOffsets(offsets)
        .mask(mask)
        .build();
  }

  /** Columns of blocks by turns: finite but large, all hidden, and both. */
  private static DenseMask biases(SplitMix64 random, int heads, int queries, int keys) {
    float[] values = new float[heads * queries * keys];
    for (int index = 0; index < values.length; index++) {
      int kind = (index % keys / SIZE + index / (queries * keys)) % 3;
      boolean hidden = kind == 1 || (kind == 2 && random.below(100L + index, 50) == 0);
      values[index] = hidden ? Float.NEGATIVE_INFINITY : -1e30f * random.normal(100L + index);
    }
    return DenseMask.ofFloats(1, heads, queries, keys, values);
  }
}
