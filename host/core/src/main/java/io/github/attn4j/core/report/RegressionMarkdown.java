package io.github.attn4j.core.report;

import java.nio.file.Path;
import java.util.Locale;

/** Versions beside each other as Markdown, for the summary of a CI job: what is worst first. */
public final class RegressionMarkdown {
  private RegressionMarkdown() {}

  /** Writes the document. */
  public static void write(Path file, RegressionReport report) {
    AtomicFile.write(file, document(report));
  }

  /**
   * Adds the document to the end of a file that others write to as well, as a CI job's summary is.
   */
  public static void append(Path file, RegressionReport report) {
    AtomicFile.append(file, "\n" + document(report));
  }

  /** The whole document. */
  public static String document(RegressionReport report) {
    StringBuilder text = new StringBuilder();
    text.append("# ").append(report.headline()).append("\n\n");
    if (!report.complete()) {
      text.append("**Not complete: fewer trials than asked for.**\n\n");
    }
    text.append(report.rule(Locale.ROOT)).append("\n\n");
    for (RegressionRow row : report.rows(Verdict.BROKEN)) {
      text.append(
          "**Broken: `%s`, %s** (%s; was %s, is %s)\n\n%s\n\n"
              .formatted(
                  row.cell().kernel(),
                  MarkdownReport.oneCell(row.cell().problem()),
                  MarkdownReport.oneCell(row.against()),
                  MarkdownReport.words(row.base().status()),
                  MarkdownReport.words(row.now().status()),
                  MarkdownReport.fenced(
                      row.now().note().isEmpty() ? "no more is known" : row.now().note())));
    }
    appendRows(text, report);
    appendUnmatched(text, report);
    if (!report.remarks().isEmpty()) {
      text.append("\n## To know before believing them\n\n");
      report
          .remarks()
          .forEach(remark -> text.append("- ").append(MarkdownReport.oneCell(remark)).append('\n'));
    }
    text.append("\n## Versions\n\n| | name | version | commit | started | devices |\n");
    text.append("|---|---|---|---|---|---|\n");
    for (Contestant one : report.contestants()) {
      text.append(
          "| %s | %s | %s | `%s` | %s | %s |\n"
              .formatted(
                  one.equals(report.contestants().getFirst()) ? "base" : "new",
                  MarkdownReport.oneCell(one.name()),
                  MarkdownReport.oneCell(one.version()),
                  MarkdownReport.oneCell(one.commit()),
                  one.startedAt(),
                  MarkdownReport.oneCell(String.join("; ", one.devices()))));
    }
    return text.append("\n`")
        .append(report.environment().commandLine().replace('`', '\''))
        .append("`\n")
        .toString();
  }

  private static void appendRows(StringBuilder text, RegressionReport report) {
    if (report.rows().isEmpty()) {
      text.append("No cell is in both.\n");
      return;
    }
    boolean several = report.contestants().size() > 2;
    text.append(
        "| verdict |%s kernel | problem | base | new | new / base | bounds | by |\n"
            .formatted(several ? " against |" : ""));
    text.append("|---|%s---|---|--:|--:|--:|--:|---|\n".formatted(several ? "---|" : ""));
    for (RegressionRow row : report.rows()) {
      text.append(
          "| %s |%s `%s` | %s | %s | %s | %s | %s | %s |\n"
              .formatted(
                  report.fails(row) ? "**" + row.verdict().words() + "**" : row.verdict().words(),
                  several ? " " + MarkdownReport.oneCell(row.against()) + " |" : "",
                  row.cell().kernel(),
                  MarkdownReport.oneCell(row.cell().problem()),
                  figures(row.base()),
                  figures(row.now()),
                  ratio(row.ratio()),
                  bounds(row),
                  row.measure()));
    }
  }

  private static void appendUnmatched(StringBuilder text, RegressionReport report) {
    if (report.unmatched().isEmpty()) {
      return;
    }
    text.append(
        "\n## Without a counterpart\n\n| verdict | kernel | problem | in | not in | status |\n");
    text.append("|---|---|---|---|---|---|\n");
    for (UnmatchedCell one : report.unmatched()) {
      String verdict = one.lost() ? Verdict.MISSING.words() : "";
      text.append(
          "| %s | `%s` | %s | %s | %s | %s |\n"
              .formatted(
                  report.fails(one) ? "**" + verdict + "**" : verdict,
                  one.cell().kernel(),
                  MarkdownReport.oneCell(one.cell().problem()),
                  MarkdownReport.oneCell(one.in()),
                  MarkdownReport.oneCell(one.missingIn()),
                  MarkdownReport.words(one.status())));
    }
  }

  /**
   * A version's time, and what that is relative to: "1.234 ms, 81.2 % of FMA, 3.10x java:flash"; or
   * what came instead.
   */
  public static String figures(CellSide side) {
    if (Double.isNaN(side.kernelNanos())) {
      return MarkdownReport.words(side.status());
    }
    StringBuilder text = new StringBuilder(MarkdownReport.milliseconds(side.kernelNanos()));
    text.append(" ms");
    if (!Double.isNaN(side.shareOfFma())) {
      text.append(String.format(Locale.ROOT, ", %.1f %% of FMA", 100 * side.shareOfFma()));
    }
    if (!Double.isNaN(side.shareOfBandwidth())) {
      text.append(
          String.format(Locale.ROOT, ", %.1f %% of bandwidth", 100 * side.shareOfBandwidth()));
    }
    if (!Double.isNaN(side.overJava())) {
      text.append(String.format(Locale.ROOT, ", %.2fx java:flash", side.overJava()));
    }
    if (!Double.isNaN(side.overPeer())) {
      text.append(String.format(Locale.ROOT, ", %.2fx the peer", side.overPeer()));
    }
    return text.toString();
  }

  /** A ratio with as many digits as noise leaves; empty where there is none. */
  public static String ratio(double ratio) {
    return Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.3f", ratio);
  }

  /** Both bounds of a row's ratio; empty where nothing is known. */
  public static String bounds(RegressionRow row) {
    if (Double.isNaN(row.ratio())) {
      return "";
    }
    return row.lower() > 0 ? ratio(row.lower()) + ".." + ratio(row.upper()) : "unknown";
  }
}
