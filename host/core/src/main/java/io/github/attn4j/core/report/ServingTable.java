package io.github.attn4j.core.report;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Cells that were measured as a server runs attention, {@code --mode}, by what counts there: tokens
 * a second, and how much of the memory's bandwidth the cache is read with. A table of a Markdown
 * document.
 */
final class ServingTable {
  private static final List<String> HEADER =
      List.of(
          "mode",
          "shape",
          "Q and O",
          "K and V",
          "kernel",
          "median ms",
          "tokens/s",
          "KV GB/s",
          "of bandwidth",
          "of plain reads");

  private static final int TEXTS = 5;

  private ServingTable() {}

  /** A row for each measured cell of a mode; nothing where there is none. */
  static String of(BenchReport report) {
    String rows =
        report.cells().stream()
            .filter(cell -> !cell.mode().isEmpty() && cell.measurement() != null)
            .map(cell -> row(cell, Objects.requireNonNull(cell.measurement())))
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
        + "\nTokens: queries of all sequences, of this one layer's attention. KV GB/s: keys and values"
        + " that some query reaches, with their scales, moved once. Of bandwidth: all compulsory bytes"
        + " against the level of memory that holds them. Of plain reads: against reads of as many"
        + " bytes, launched by turns with the kernel.\n";
  }

  private static String row(BenchCell cell, Measurement m) {
    return line(
        List.of(
            cell.mode(),
            MarkdownReport.oneCell(cell.shape()),
            cell.dtype(),
            cell.kvDtype(),
            "`" + cell.kernel() + "`",
            MarkdownReport.milliseconds(m.kernelNanos().median()),
            String.format(Locale.ROOT, "%,.0f", m.tokensPerSecond()),
            figure("%.1f", m.keyValueGigabytesPerSecond()),
            figure("%.1f %%", 100 * m.shareOfBandwidth())
                + (Double.isNaN(m.shareOfBandwidth()) ? "" : " " + m.bandwidthLevel()),
            figure("%.1f %%", 100 * m.shareOfPlainReads())));
  }

  private static String figure(String form, double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, form, value);
  }

  private static String line(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}
