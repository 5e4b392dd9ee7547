package io.github.attn4j.bench.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.mask.MaskAndScore;
import io.github.attn4j.core.spec.AttentionSpec;
import java.awt.image.BufferedImage;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaskPictureTest {
  @TempDir private Path folder = Path.of("");

  private static AttentionSpec spec(String mask, String score, int queries, int keys) {
    return MaskAndScore.parse(mask, score)
        .applyTo(AttentionSpec.builder().heads(2).lengths(queries, keys).dim(1).build());
  }

  private static Canvas draw(AttentionSpec spec, int h) {
    return MaskPicture.draw(spec, spec.blockMap(), 0, h, 0, List.of());
  }

  /** Left edge of the plot: the first pixel right of the frame, whose lines are grey. */
  private static int left(Canvas canvas) {
    int y = MaskPicture.top() - 1;
    int x = 0;
    while (canvas.colour(x, y) == Canvas.WHITE) {
      x++;
    }
    return x + 1;
  }

  /**
   * A visible pair of blocks 0..1 x 0..2 is where a loop of our own says, in its block's colour.
   */
  @Test
  void everyPairHasItsPlaceAndTheColourOfItsBlock() {
    Canvas canvas = draw(spec("k <= p && (p - k < 70 || k < 3)", "", 128, 192), 1);
    int cell = 1024 / 192;
    boolean[][] visible = new boolean[128][192];
    int[][] counts = new int[2][3];
    for (int q = 0; q < 128; q++) {
      for (int k = 0; k < 192; k++) {
        int p = q + 64;
        visible[q][k] = k <= p && (p - k < 70 || k < 3);
        counts[q / 64][k / 64] += visible[q][k] ? 1 : 0;
      }
    }
    int left = left(canvas);
    for (int q = 0; q < 128; q++) {
      for (int k = 0; k < 192; k++) {
        int count = counts[q / 64][k / 64];
        int expected =
            count == 0
                ? MaskPicture.EMPTY
                : count == 64 * 64
                    ? MaskPicture.FULL
                    : visible[q][k] ? MaskPicture.VISIBLE : MaskPicture.HIDDEN;
        // Block lines lie on the first pixel of a cell.
        assertThat(canvas.colour(left + k * cell + 2, MaskPicture.top() + q * cell + 2))
            .as("q %d, k %d", q, k)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void fullBlocksAreBlue() {
    Canvas canvas = draw(spec("causal", "", 128, 128), 0);
    int left = left(canvas);
    assertThat(canvas.colour(left + 20 * 8 + 3, MaskPicture.top() + 100 * 8 + 3))
        .isEqualTo(MaskPicture.FULL);
    assertThat(canvas.colour(left + 3, MaskPicture.top() + 3)).isEqualTo(MaskPicture.VISIBLE);
    assertThat(canvas.colour(left + 100 * 8 + 3, MaskPicture.top() + 20 * 8 + 3))
        .isEqualTo(MaskPicture.EMPTY);
  }

  @Test
  void ofManyPairsACellIsMixedByWhatIsVisible() {
    Canvas canvas = draw(spec("k % 16 < 8 || q < 1000", "", 16_384, 16_384), 0);
    int left = left(canvas);
    assertThat(canvas.colour(left + 500, MaskPicture.top() + 20)).isEqualTo(MaskPicture.FULL);
    assertThat(canvas.colour(left + 500, MaskPicture.top() + 800))
        .isEqualTo(Canvas.mixed(MaskPicture.HIDDEN, MaskPicture.VISIBLE, 0.5));
  }

  @Test
  void aCellWithoutVisiblePairsIsHiddenBesideOneThatHasSome() {
    Canvas canvas = draw(spec("causal", "", 2048, 2048), 0);
    int left = left(canvas);
    assertThat(canvas.colour(left + 25, MaskPicture.top() + 10)).isEqualTo(MaskPicture.HIDDEN);
    assertThat(canvas.colour(left + 10, MaskPicture.top() + 10))
        .isEqualTo(Canvas.mixed(MaskPicture.HIDDEN, MaskPicture.VISIBLE, 0.75));
    Canvas thin = draw(spec("k == p", "", 8192, 8192), 0);
    assertThat(thin.colour(left(thin) + 500, MaskPicture.top() + 500))
        .isEqualTo(Canvas.mixed(MaskPicture.HIDDEN, MaskPicture.VISIBLE, 0.45));
  }

  @Test
  void aThinPatternStaysVisibleAmongAMillionTokens() {
    int n = 1 << 20;
    Canvas canvas = draw(spec("k == p", "", n, n), 0);
    int left = left(canvas);
    for (int pixel = 0; pixel < 1024; pixel += 31) {
      assertThat(canvas.colour(left + pixel, MaskPicture.top() + pixel)).isNotEqualTo(Canvas.WHITE);
    }
    assertThat(canvas.colour(left + 200, MaskPicture.top() + 900)).isEqualTo(Canvas.WHITE);
  }

  @Test
  void scoresGoFromDarkToLightAndHiddenPairsStayWhite() {
    Canvas canvas = draw(spec("causal", "0 - (p - k) * 1.0", 64, 64), 0);
    int left = left(canvas);
    int cell = 16;
    assertThat(canvas.colour(left + 5, MaskPicture.top() + 63 * cell + 5))
        .isEqualTo(MaskPicture.scale(0));
    assertThat(canvas.colour(left + 40 * cell + 5, MaskPicture.top() + 40 * cell + 5))
        .isEqualTo(MaskPicture.scale(1));
    assertThat(canvas.colour(left + 11 * cell + 5, MaskPicture.top() + 53 * cell + 5))
        .isEqualTo(MaskPicture.scale(1 - 42 / 63.0));
    assertThat(canvas.colour(left + 50 * cell + 5, MaskPicture.top() + 5 * cell + 5))
        .isEqualTo(Canvas.WHITE);
  }

  @Test
  void aPairWhoseScoreIsNegativeInfinityIsDrawnHidden() {
    Canvas canvas = draw(spec("full", "k > 40 ? -1.0 / 0.0 : s", 64, 64), 0);
    int left = left(canvas);
    assertThat(canvas.colour(left + 50 * 16 + 5, MaskPicture.top() + 5)).isEqualTo(Canvas.WHITE);
    assertThat(canvas.colour(left + 40 * 16 + 5, MaskPicture.top() + 5)).isNotEqualTo(Canvas.WHITE);
  }

  @Test
  void anotherReaderSeesTheSamePixels() throws Exception {
    AttentionSpec spec = spec("bigbird(block=16) & causal", "", 100, 300);
    Path file = folder.resolve("mask.png");
    MaskPicture.write(file, spec, spec.blockMap(), 0, 1, 0, List.of("one line", "and another"));
    Canvas canvas =
        MaskPicture.draw(spec, spec.blockMap(), 0, 1, 0, List.of("one line", "and another"));
    BufferedImage image = Objects.requireNonNull(ImageIO.read(file.toFile()));
    assertThat(image.getWidth()).isEqualTo(canvas.width());
    assertThat(image.getHeight()).isEqualTo(canvas.height());
    for (int y = 0; y < canvas.height(); y++) {
      for (int x = 0; x < canvas.width(); x++) {
        assertThat(image.getRGB(x, y) & 0xFFFFFF).isEqualTo(canvas.colour(x, y));
      }
    }
  }

  @Test
  void aSingleQueryIsHighEnoughToBeSeen() {
    Canvas canvas = draw(spec("p - k < 50", "", 1, 200), 0);
    assertThat(canvas.colour(left(canvas) + 190 * 5 + 2, MaskPicture.top() + 20))
        .isEqualTo(MaskPicture.VISIBLE);
  }

  @Test
  void aFileThatCannotBeWrittenIsNamed() {
    AttentionSpec spec = spec("causal", "", 8, 8);
    Path file = folder.resolve("no/such/folder.png");
    assertThatThrownBy(() -> MaskPicture.write(file, spec, spec.blockMap(), 0, 0, 0, List.of()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("folder.png");
  }
}
