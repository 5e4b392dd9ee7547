package io.github.attn4j.core.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Cells that were measured as a server runs attention, {@code --mode}, by what counts there: tokens
 * a second, and how much of the memory's bandwidth the cache is read with. A table of a Markdown
 * document.
 */
final class ServingTable {
  /** Figures, behind what tells rows apart. */
  private static final List<String> FIGURES =
      List.of("median ms", "tokens/s", "KV GB/s", "of bandwidth", "of plain reads");

  private ServingTable() {}

  /** A row for each measured cell of a mode; nothing where there is none. */
  static String of(BenchReport report) {
    List<BenchCell> cells =
        report.cells().stream()
            .filter(cell -> !cell.mode().isEmpty() && cell.measurement() != null)
            .toList();
    if (cells.isEmpty()) {
      return "";
    }
    List<Text> texts = texts(cells);
    List<String> header = new ArrayList<>(texts.stream().map(Text::header).toList());
    header.addAll(FIGURES);
    String rows =
        cells.stream()
            .map(cell -> row(texts, cell, Objects.requireNonNull(cell.measurement())))
            .collect(Collectors.joining());
    return line(header)
        + "|"
        + "---|".repeat(texts.size())
        + "--:|".repeat(FIGURES.size())
        + "\n"
        + rows
        + "\nTokens: queries of all sequences, of this one layer's attention. KV GB/s: keys and values"
        + " that some query reaches, with their scales, moved once. Of bandwidth: all compulsory bytes"
        + " against the level of memory that holds them. Of plain reads: against reads of as many"
        + " bytes, launched by turns with the kernel.\n";
  }

  /** A column of text. */
  private record Text(String header, Function<BenchCell, String> value) {}

  /** What tells rows apart: input and device only where there are several. */
  private static List<Text> texts(List<BenchCell> cells) {
    List<Text> texts = new ArrayList<>();
    texts.add(new Text("mode", BenchCell::mode));
    if (cells.stream().map(BenchCell::input).distinct().count() > 1) {
      texts.add(new Text("input", cell -> MarkdownReport.oneCell(cell.input())));
    }
    if (cells.stream().map(BenchCell::deviceId).distinct().count() > 1) {
      texts.add(new Text("device", BenchCell::deviceId));
    }
    texts.add(new Text("shape", cell -> MarkdownReport.oneCell(cell.shape())));
    texts.add(new Text("Q and O", BenchCell::dtype));
    texts.add(new Text("K and V", BenchCell::kvDtype));
    texts.add(new Text("kernel", cell -> "`" + cell.kernel() + "`"));
    return texts;
  }

  private static String row(List<Text> texts, BenchCell cell, Measurement m) {
    List<String> row =
        new ArrayList<>(texts.stream().map(text -> text.value().apply(cell)).toList());
    row.addAll(
        List.of(
            MarkdownReport.milliseconds(m.kernelNanos().median()),
            String.format(Locale.ROOT, "%,.0f", m.tokensPerSecond()),
            figure("%.1f", m.keyValueGigabytesPerSecond()),
            figure("%.1f %%", 100 * m.shareOfBandwidth())
                + (Double.isNaN(m.shareOfBandwidth()) ? "" : " " + m.bandwidthLevel()),
            figure("%.1f %%", 100 * m.shareOfPlainReads())));
    return line(row);
  }

  private static String figure(String form, double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, form, value);
  }

  private static String line(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}
