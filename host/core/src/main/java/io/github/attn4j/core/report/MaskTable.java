package io.github.attn4j.core.report;

import io.github.attn4j.core.check.MaskQuality;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** What masks leave, gain and do to the result, as a table of a Markdown document. */
final class MaskTable {
  private static final List<String> HEADER =
      List.of(
          "input",
          "shape",
          "kernel",
          "pairs",
          "64x64 blocks",
          "map built in, bytes",
          "full mask ms",
          "ideal",
          "achieved (p10..p90)",
          "achieved / ideal",
          "mass kept (p10)",
          "output error (p90)",
          "empty rows");

  private static final int TEXTS = 3;

  private MaskTable() {}

  /** A row for each cell behind a mask; nothing where there is none. */
  static String of(BenchReport report) {
    String rows =
        report.cells().stream()
            .filter(cell -> cell.sparsity() != null)
            .map(cell -> row(cell, Objects.requireNonNull(cell.sparsity())))
            .collect(Collectors.joining());
    if (rows.isEmpty()) {
      return "";
    }
    return line(HEADER)
        + "|"
        + "---|".repeat(TEXTS)
        + "--:|".repeat(HEADER.size() - TEXTS)
        + "\n"
        + rows
        + "\nAchieved: over the same kernel on the same data without the mask, launched by turns with"
        + " it. Ideal: one over the density of blocks. Mass and error: against attention without the"
        + " mask, in float64.\n";
  }

  private static String row(BenchCell cell, Sparsity sparsity) {
    BlockMapCost map = sparsity.blockMap();
    Speedup gain = sparsity.speedup();
    MaskQuality quality = sparsity.quality();
    return line(
        List.of(
            MarkdownReport.oneCell(cell.input()),
            MarkdownReport.oneCell(
                cell.model().isEmpty() ? cell.shape() : cell.model() + ": " + cell.shape()),
            "`" + cell.kernel() + "`",
            percent(sparsity.pairDensity()),
            percent(sparsity.blockDensity()),
            map == null
                ? ""
                : String.format(Locale.ROOT, "%.1f ms, %,d", map.buildNanos() / 1e6, map.bytes()),
            gain == null
                ? ""
                : String.format(Locale.ROOT, "%.3f", gain.denseNanos().median() / 1e6),
            gain == null ? "" : String.format(Locale.ROOT, "%.2fx", gain.ideal()),
            gain == null
                ? ""
                : String.format(
                    Locale.ROOT,
                    "%.2fx (%.2f..%.2f)",
                    gain.achieved().median(),
                    gain.achieved().p10(),
                    gain.achieved().p90()),
            gain == null ? "" : String.format(Locale.ROOT, "%.2f", gain.achievedOfIdeal()),
            quality == null ? "" : figures(quality.meanRetainedMass(), quality.p10RetainedMass()),
            quality == null ? "" : figures(quality.meanOutputError(), quality.p90OutputError()),
            quality == null
                ? ""
                : String.format(
                    Locale.ROOT,
                    "%,d of %,d",
                    quality.emptyRows(),
                    quality.rows() + quality.emptyRows() + quality.undefinedRows())));
  }

  private static String figures(double mean, double quantile) {
    return Double.isNaN(mean)
        ? "no row"
        : String.format(Locale.ROOT, "%.3f (%.3f)", mean, quantile);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  private static String line(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}
