package io.github.attn4j.core.report;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Ratios to other projects' attention as Markdown. */
final class PeerMarkdown {
  private static final int FIGURES = 7;

  private PeerMarkdown() {}

  /** A row a kernel, a rival and a problem; the means; then what was timed, where and how. */
  static String table(PeerReport report) {
    StringBuilder table =
        new StringBuilder(
            "| input | shape | kernel | peer | peer's time / ours (p10..p90) | half-width | over"
                + " our kernel | ours ms | peer ms | our GFLOP/s | peer's GFLOP/s |\n");
    table.append("|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|\n");
    report.ratios().forEach(row -> table.append(row(row)));
    return table.append('\n').append(means(report)).append(origin(report)).append('\n').toString();
  }

  /** The whole report as a document. */
  static String document(PeerReport report) {
    StringBuilder text = new StringBuilder("# Beside other projects' attention\n\n");
    text.append(MarkdownReport.interruption(report));
    for (PeerRatio row : report.ratios()) {
      if (row.status().isFailure()) {
        text.append(
            "**%s: `%s` beside %s, %s**\n\n%s\n\n"
                .formatted(
                    MarkdownReport.headline(row.status()),
                    row.kernel(),
                    row.peer(),
                    shape(row),
                    MarkdownReport.fenced(row.note())));
      }
    }
    return text.append(table(report))
        .append("\n## Where and how\n\n")
        .append(MarkdownReport.environment(report.environment()))
        .toString();
  }

  private static String row(PeerRatio row) {
    String begin =
        "| %s | %s | `%s` | %s | "
            .formatted(
                MarkdownReport.oneCell(row.input()),
                shape(row),
                row.kernel(),
                MarkdownReport.oneCell(row.peer()));
    PeerRatio.Times times = row.times();
    if (times == null) {
      String why = row.note().isEmpty() ? MarkdownReport.words(row.status()) : row.note();
      return begin + MarkdownReport.oneCell(why) + " |".repeat(FIGURES) + "\n";
    }
    return begin
        + String.format(
            Locale.ROOT,
            "%.2f (%.2f..%.2f) | ± %.1f %% | %.2f | %s | %s | %.1f | %.1f |\n",
            times.ratio().median(),
            times.ratio().p10(),
            times.ratio().p90(),
            times.halfWidthPercent(),
            times.kernelRatio().median(),
            MarkdownReport.milliseconds(times.ourNanos().median()),
            MarkdownReport.milliseconds(times.peerNanos().median()),
            times.ourGflopsPerSecond(),
            times.peerGflopsPerSecond());
  }

  private static String means(PeerReport report) {
    List<PeerReport.Mean> means = report.means();
    return means.isEmpty()
        ? "No pair was measured.\n\n"
        : means.stream()
            .map(mean ->
                String.format(
                    Locale.ROOT,
                    "- `%s` beside %s%s: geometric mean %.2f over %d problems, lowest %.2f%n",
                    mean.kernel(),
                    MarkdownReport.oneCell(mean.peer()),
                    mean.types().equals("f32") ? "" : ", " + mean.types(),
                    mean.ratio(),
                    mean.cells(),
                    mean.lowest()))
            .collect(Collectors.joining("", "", "\n"));
  }

  /** What a reader of the table alone has to know. */
  private static String origin(PeerReport report) {
    Environment environment = report.environment();
    Map<String, String> peers = new LinkedHashMap<>();
    Map<String, String> devices = new LinkedHashMap<>();
    for (PeerRatio row : report.ratios()) {
      devices.putIfAbsent(row.deviceId(), "`%s` is %s".formatted(row.deviceId(), row.device()));
      if (!row.peerVersion().isEmpty()) {
        peers.putIfAbsent(
            row.peer(),
            "%s is %s, %d threads"
                .formatted(row.peer(), MarkdownReport.oneCell(row.peerVersion()), row.threads()));
      }
    }
    return "`%s` on %s (%d cores), %s. %s. Timed: %s. GFLOP/s counts %s."
        .formatted(
            environment.commandLine(),
            environment.cpu(),
            environment.cores(),
            environment.jdk(),
            String.join("; ", concat(devices.values(), peers.values())),
            report.timedRegion(),
            report.flopConvention());
  }

  private static List<String> concat(Collection<String> first, Collection<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  private static String shape(PeerRatio row) {
    return MarkdownReport.oneCell(
        row.model().isEmpty() ? row.shape() : row.model() + ": " + row.shape());
  }
}
