package io.github.attn4j.bench.picture;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ScoreModifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws the mask of one batch and head: queries downwards, keys to the right, a pair or a rectangle
 * of pairs a cell. Full blocks are blue, visible pairs of partial blocks orange on a light ground,
 * empty blocks white; a score's values go from dark to light. The colours (Okabe and Ito, 2008;
 * viridis) are told apart with any colour vision, and by their lightness alone.
 */
public final class MaskPicture {
  static final int FULL = 0x0072B2;
  static final int VISIBLE = 0xD55E00;
  static final int HIDDEN = 0xFBE6D4;
  static final int EMPTY = 0xFFFFFF;

  private static final int INK = 0x202020;
  private static final int FAINT = 0x606060;
  private static final int LINE = 0x909090;

  /** Viridis at equal steps. */
  private static final int[] SCALE = {0x440154, 0x3B528B, 0x21918C, 0x5EC962, 0xFDE725};

  /** Of the plot's longer side, in pixels. */
  private static final int MOST = 1024;

  private static final int MOST_ZOOM = 32;
  private static final int LEAST_HEIGHT = 24;
  private static final int LEAST_WIDTH = 760;
  private static final int MARGIN = 16;
  private static final int LINE_HEIGHT = 22;
  private static final int LETTER = PixelFont.HEIGHT * PixelFont.SCALE;

  /** A cell that only grazes blocks is coloured at least so much: else thin patterns vanish. */
  private static final double LEAST_SHARE = 0.45;

  private final AttentionSpec spec;
  private final int b;
  private final int h;
  private final float at;
  private final MaskGrid grid;
  private final int cellWidth;
  private final int cellHeight;
  private final boolean scored;
  private float least = Float.POSITIVE_INFINITY;
  private float greatest = Float.NEGATIVE_INFINITY;

  private MaskPicture(AttentionSpec spec, BlockMap map, int b, int h, float at) {
    this.spec = spec;
    this.b = b;
    this.h = h;
    this.at = at;
    int keys = spec.keyLengths().get(b);
    int longer = Math.max(spec.queryLength(), keys);
    int zoom = Math.clamp(MOST / longer, 1, MOST_ZOOM);
    int merged = Math.ceilDiv(longer, MOST);
    int rows = Math.ceilDiv(spec.queryLength(), merged);
    int columns = Math.ceilDiv(keys, merged);
    cellWidth = Math.max(zoom, Math.ceilDiv(LEAST_HEIGHT, columns));
    cellHeight = Math.max(zoom, Math.ceilDiv(LEAST_HEIGHT, rows));
    scored = !(spec.scoreModifier() instanceof ScoreModifier.None);
    grid = MaskGrid.of(spec, map.plane(b, h), b, h, rows, columns, at);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        float score = grid.score(row, column);
        if (Float.isFinite(score)) {
          least = Math.min(least, score);
          greatest = Math.max(greatest, score);
        }
      }
    }
  }

  /**
   * Writes the picture as PNG over what the file held.
   *
   * @param map the spec's own
   * @param at the score that the spec's modifier, if it has one, is drawn for
   * @param lines below the picture
   * @throws java.io.UncheckedIOException if the file cannot be written
   */
  public static void write(
      Path file, AttentionSpec spec, BlockMap map, int b, int h, float at, List<String> lines) {
    PngFile.write(file, draw(spec, map, b, h, at, lines));
  }

  static Canvas draw(AttentionSpec spec, BlockMap map, int b, int h, float at, List<String> lines) {
    return new MaskPicture(spec, map, b, h, at).draw(lines);
  }

  /** Where the plot begins: room for the title, the axis' name and its figures. */
  static int top() {
    return MARGIN + 3 * LINE_HEIGHT;
  }

  int left() {
    return MARGIN + PixelFont.width(String.valueOf(spec.queryLength() - 1)) + LETTER;
  }

  private Canvas draw(List<String> lines) {
    int plotWidth = grid.columns() * cellWidth;
    int plotHeight = grid.rows() * cellHeight;
    int left = left();
    int width = Math.max(LEAST_WIDTH, left + plotWidth + MARGIN);
    List<String> below = new ArrayList<>();
    lines.forEach(line -> below.addAll(TextLines.wrapped(line, characters(width))));
    int legend = top() + plotHeight + LINE_HEIGHT;
    Canvas canvas = new Canvas(width, legend + (below.size() + 2) * LINE_HEIGHT + MARGIN);
    canvas.text(MARGIN, MARGIN, cut(title(), width), INK);
    canvas.text(left, MARGIN + LINE_HEIGHT, "key k", FAINT);
    canvas.text(MARGIN, MARGIN + 2 * LINE_HEIGHT, "q", FAINT);
    for (int row = 0; row < grid.rows(); row++) {
      for (int column = 0; column < grid.columns(); column++) {
        canvas.fill(
            left + column * cellWidth,
            top() + row * cellHeight,
            cellWidth,
            cellHeight,
            scored ? scoreColour(row, column) : colour(row, column));
      }
    }
    blockLines(canvas, left, plotWidth, plotHeight);
    frame(canvas, left - 1, top() - 1, plotWidth + 2, plotHeight + 2);
    ticks(canvas, left, plotWidth, plotHeight);
    legend(canvas, legend);
    for (int line = 0; line < below.size(); line++) {
      canvas.text(MARGIN, legend + (line + 2) * LINE_HEIGHT, below.get(line), INK);
    }
    return canvas;
  }

  private String title() {
    String text = spec.mask().label();
    if (scored) {
      text += "  score " + spec.scoreModifier().label();
    }
    return spec.batch() * spec.queryHeads() == 1 ? text : "%s  b=%d h=%d".formatted(text, b, h);
  }

  private static String cut(String text, int width) {
    int most = characters(width);
    return text.length() <= most ? text : text.substring(0, most - 3) + "...";
  }

  private static int characters(int width) {
    return (width - 2 * MARGIN) / PixelFont.width("x");
  }

  private int colour(int row, int column) {
    double full = grid.full(row, column);
    double visible = grid.partialVisible(row, column);
    double hidden = grid.partialHidden(row, column);
    double colourful = full + visible;
    // A cell of many pairs of which few are visible would look empty.
    boolean merged = grid.rows() < spec.queryLength() || grid.columns() < spec.keyLengths().get(b);
    boolean some = colourful > 0 || grid.mayHideMore(row, column);
    if (merged && some && colourful < LEAST_SHARE) {
      double scale = colourful == 0 ? 0 : LEAST_SHARE / colourful;
      full *= scale;
      visible = colourful == 0 ? LEAST_SHARE : visible * scale;
      hidden = Math.min(hidden, 1 - full - visible);
    }
    int ground = Canvas.mixed(EMPTY, HIDDEN, ratio(hidden, 1 - full - visible));
    int colour = Canvas.mixed(ground, VISIBLE, ratio(visible, 1 - full));
    return Canvas.mixed(colour, FULL, full);
  }

  private static double ratio(double part, double whole) {
    return whole <= 0 ? 0 : Math.min(1, part / whole);
  }

  private int scoreColour(int row, int column) {
    float score = grid.score(row, column);
    if (Float.isNaN(score)) {
      return EMPTY;
    }
    return scale(greatest > least ? (score - least) / (greatest - least) : 0.5);
  }

  static int scale(double share) {
    double place = Math.clamp(share, 0.0, 1.0) * (SCALE.length - 1);
    int step = Math.min(SCALE.length - 2, (int) place);
    return Canvas.mixed(SCALE[step], SCALE[step + 1], place - step);
  }

  /** The 64 x 64 blocks, where they are large enough to be told apart. */
  private void blockLines(Canvas canvas, int left, int plotWidth, int plotHeight) {
    if (grid.columns() == spec.keyLengths().get(b)) {
      int step = BlockSize.STANDARD.keys() * cellWidth;
      for (int x = step; x < plotWidth; x += step) {
        canvas.veil(left + x, top(), 1, plotHeight, LINE, 0.6);
      }
    }
    if (grid.rows() == spec.queryLength()) {
      int step = BlockSize.STANDARD.queries() * cellHeight;
      for (int y = step; y < plotHeight; y += step) {
        canvas.veil(left, top() + y, plotWidth, 1, LINE, 0.6);
      }
    }
  }

  private static void frame(Canvas canvas, int x, int y, int width, int height) {
    canvas.fill(x, y, width, 1, LINE);
    canvas.fill(x, y + height - 1, width, 1, LINE);
    canvas.fill(x, y, 1, height, LINE);
    canvas.fill(x + width - 1, y, 1, height, LINE);
  }

  private void ticks(Canvas canvas, int left, int plotWidth, int plotHeight) {
    int keys = spec.keyLengths().get(b);
    int endOfLast = -1;
    for (int tick = 0; tick <= 4; tick++) {
      int key = tick(tick, keys);
      int x = left + (int) ((key + 0.5) * plotWidth / keys);
      String figure = String.valueOf(key);
      int from =
          Math.min(x - PixelFont.width(figure) / 2, left + plotWidth - PixelFont.width(figure));
      from = Math.max(from, left);
      if (from > endOfLast) {
        canvas.fill(x, top() - 6, 1, 5, LINE);
        canvas.text(from, top() - LINE_HEIGHT, figure, FAINT);
        endOfLast = from + PixelFont.width(figure) + LETTER;
      }
    }
    int bottomOfLast = -1;
    for (int tick = 0; tick <= 4; tick++) {
      int query = tick(tick, spec.queryLength());
      int y = top() + (int) ((query + 0.5) * plotHeight / spec.queryLength());
      String figure = String.valueOf(query);
      int from = Math.clamp(y - LETTER / 2, top(), Math.max(top(), top() + plotHeight - LETTER));
      if (from > bottomOfLast) {
        canvas.fill(left - 6, y, 5, 1, LINE);
        canvas.text(left - LETTER / 2 - 4 - PixelFont.width(figure), from, figure, FAINT);
        bottomOfLast = from + LETTER + 4;
      }
    }
  }

  /** The first, the last, and three between at quarters. */
  private static int tick(int tick, int count) {
    return tick == 4 ? count - 1 : (int) ((long) tick * count / 4);
  }

  private void legend(Canvas canvas, int y) {
    if (scored) {
      String from = least > greatest ? "no visible pair" : "%.4g".formatted(least);
      canvas.text(MARGIN, y, from, INK);
      if (least <= greatest) {
        int x = MARGIN + PixelFont.width(from) + LETTER;
        int bar = 200;
        for (int column = 0; column < bar; column++) {
          canvas.fill(x + column, y, 1, LETTER, scale(column / (double) (bar - 1)));
        }
        canvas.text(
            x + bar + LETTER, y, "%.4g: the new score where s = %s".formatted(greatest, at), INK);
      }
      return;
    }
    int x = MARGIN;
    x = swatch(canvas, x, y, FULL, FULL, "full block");
    x = swatch(canvas, x, y, VISIBLE, HIDDEN, "partial: visible, hidden");
    swatch(canvas, x, y, EMPTY, EMPTY, "empty (64 x 64)");
  }

  private static int swatch(Canvas canvas, int x, int y, int first, int second, String text) {
    frame(canvas, x, y, 2 * LETTER + 2, LETTER);
    canvas.fill(x + 1, y + 1, LETTER, LETTER - 2, first);
    canvas.fill(x + 1 + LETTER, y + 1, LETTER, LETTER - 2, second);
    canvas.text(x + 2 * LETTER + 10, y, text, INK);
    return x + 2 * LETTER + 10 + PixelFont.width(text) + 2 * LETTER;
  }
}
