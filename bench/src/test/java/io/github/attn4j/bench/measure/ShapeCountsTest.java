package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.blockmap.BlockCounts;
import io.github.attn4j.core.kernel.Tiling;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShapeCountsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "full",
        "causal",
        "window(70,9)",
        "k <= p && (p - k) % 3 == 0",
        "hash(1, h, p / 64, k / 64) % 1000 < 300"
      })
  void countsAreThoseOfTheSpec(String mask) {
    Shape shape = new Shape("", 2, 4, 2, 150, 200, 8, 16, mask, 0);
    ShapeCounts counts = ShapeCounts.of(shape);
    assertThat(counts.visiblePairs()).isEqualTo(shape.spec().visiblePairs());
    assertThat(counts.flops()).isEqualTo(shape.spec().flops());
    assertThat(counts.masked()).isEqualTo(!mask.equals("full"));
    assertThat(ShapeCounts.of(shape)).as("counted once").isSameAs(counts);
  }

  /** Three rows of three blocks: a window of 64 keys touches its own block and the one before. */
  @Test
  void blocksAreOf64By64() {
    BlockCounts blocks =
        Objects.requireNonNull(ShapeCounts.of(Shape.square(2, 192, 8, "window(63,0)")).blocks());
    assertThat(blocks.partialBlocks() + blocks.fullBlocks()).isEqualTo(2 * 5);
    assertThat(blocks.blockDensity()).isEqualTo(5 / 9.0);
  }

  /** Tiles of every kernel come from the one map. */
  @Test
  void tilesAreCountedInTheMapThatPairsWereCountedIn() {
    Shape shape = Shape.square(2, 192, 8, "k / 64 != 1");
    ShapeCounts counts = ShapeCounts.of(shape);
    assertThat(counts.map()).isNotNull();
    assertThat(counts.visited(new Tiling(64, 64).alongBlockMap())).isEqualTo(2 * 3 * 2);
    assertThat(counts.visited(new Tiling(64, 64))).isEqualTo(2 * 3 * 3);
    assertThat(counts.compulsoryBytes()).isEqualTo(shape.spec().compulsoryBytes());
  }
}
