package io.github.attn4j.bench.picture;

import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws the mask of one batch and head with block characters and no colours: queries downwards, two
 * a line, keys to the right. Where pairs are more than columns, a character's shade says how many
 * of those it stands for are visible.
 */
public final class TerminalPicture {
  /** No pair of four, up to one, to two, to three, and above. */
  private static final String SHADES = " ░▒▓█";

  /** Neither of two, the lower, the upper, both. */
  private static final String HALVES = " ▄▀█";

  private TerminalPicture() {}

  /**
   * The lines of the picture.
   *
   * @param map the spec's own
   * @param width characters of a line at most
   */
  public static List<String> lines(AttentionSpec spec, BlockMap map, int b, int h, int width) {
    int keys = spec.keyLengths().get(b);
    int longer = Math.max(spec.queryLength(), keys);
    int merged = Math.ceilDiv(longer, width);
    return merged == 1 ? pairs(spec, map, b, h) : shades(spec, map, b, h, merged);
  }

  /** What the characters say; empty where each stands for one pair or two. */
  public static String legend(AttentionSpec spec, int b, int width) {
    int merged = Math.ceilDiv(Math.max(spec.queryLength(), spec.keyLengths().get(b)), width);
    return merged == 1
        ? ""
        : "a character is %d queries x %d keys: blank none visible, ░ to 1/4 or too few to be sure, ▒ to 1/2, ▓ to 3/4, █ more"
            .formatted(2 * merged, merged);
  }

  private static List<String> pairs(AttentionSpec spec, BlockMap map, int b, int h) {
    int keys = spec.keyLengths().get(b);
    MaskGrid grid = MaskGrid.of(spec, map.plane(b, h), b, h, spec.queryLength(), keys, 0);
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < grid.rows(); row += 2) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < keys; column++) {
        int upper = grid.visible(row, column) > 0 ? 2 : 0;
        boolean lower = row + 1 < grid.rows() && grid.visible(row + 1, column) > 0;
        line.append(HALVES.charAt(upper + (lower ? 1 : 0)));
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private static List<String> shades(AttentionSpec spec, BlockMap map, int b, int h, int merged) {
    int rows = Math.ceilDiv(spec.queryLength(), 2 * merged); // a character is twice as high as wide
    int columns = Math.ceilDiv(spec.keyLengths().get(b), merged);
    MaskGrid grid = MaskGrid.of(spec, map.plane(b, h), b, h, rows, columns, 0);
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < columns; column++) {
        double share = grid.visible(row, column);
        boolean some = share > 0 || grid.mayHideMore(row, column);
        line.append(SHADES.charAt(Math.max(some ? 1 : 0, (int) Math.ceil(4 * share - 1e-6))));
      }
      lines.add(line.toString());
    }
    return lines;
  }
}
