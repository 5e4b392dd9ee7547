package io.github.attn4j.bench.picture;

import java.util.Arrays;

/** Pixels in red, green and blue, 8 bits each; what lies outside is not drawn. */
final class Canvas {
  static final int WHITE = 0xFFFFFF;

  private final int width;
  private final int height;
  private final int[] colours;

  /** A white one. */
  Canvas(int width, int height) {
    this.width = width;
    this.height = height;
    colours = new int[Math.multiplyExact(width, height)];
    Arrays.fill(colours, WHITE);
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  int colour(int x, int y) {
    return colours[y * width + x];
  }

  void fill(int x, int y, int w, int h, int colour) {
    int fromX = Math.max(0, x);
    int endX = Math.min(width, x + w);
    for (int row = Math.max(0, y); row < Math.min(height, y + h) && fromX < endX; row++) {
      Arrays.fill(colours, row * width + fromX, row * width + endX, colour);
    }
  }

  /** Lays a colour over a line, so that what is below shines through. */
  void veil(int x, int y, int w, int h, int colour, double share) {
    for (int row = Math.max(0, y); row < Math.min(height, y + h); row++) {
      for (int column = Math.max(0, x); column < Math.min(width, x + w); column++) {
        int place = row * width + column;
        colours[place] = mixed(colours[place], colour, share);
      }
    }
  }

  /** A text with its upper left corner there. */
  void text(int x, int y, String text, int colour) {
    for (int index = 0; index < text.length(); index++) {
      for (int column = 0; column < PixelFont.WIDTH; column++) {
        int bits = PixelFont.column(text.charAt(index), column);
        for (int row = 0; row < PixelFont.HEIGHT; row++) {
          if ((bits >> row & 1) == 1) {
            fill(
                x + (index * PixelFont.ADVANCE + column) * PixelFont.SCALE,
                y + row * PixelFont.SCALE,
                PixelFont.SCALE,
                PixelFont.SCALE,
                colour);
          }
        }
      }
    }
  }

  /** Between two colours: 0 is the first, 1 the second. */
  static int mixed(int first, int second, double share) {
    int colour = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int a = first >> shift & 0xFF;
      int b = second >> shift & 0xFF;
      colour |= (int) Math.round(a + (b - a) * share) << shift;
    }
    return colour;
  }
}
