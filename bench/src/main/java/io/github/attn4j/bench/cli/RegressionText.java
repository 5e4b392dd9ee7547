package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.CellSide;
import io.github.attn4j.core.report.Contestant;
import io.github.attn4j.core.report.RegressionMarkdown;
import io.github.attn4j.core.report.RegressionReport;
import io.github.attn4j.core.report.RegressionRow;
import io.github.attn4j.core.report.UnmatchedCell;
import io.github.attn4j.core.report.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Versions beside each other as lines for a terminal: two a cell, the gravest first. */
final class RegressionText {
  private static final String INDENT = "              ";

  private RegressionText() {}

  /** All of it; under {@code --quiet} what is worse, and what it comes to. */
  static List<String> lines(RegressionReport report, Voice voice) {
    List<String> lines = new ArrayList<>();
    boolean several = report.contestants().size() > 2;
    if (!voice.quiet()) {
      lines.addAll(contestants(report));
    }
    for (RegressionRow row : report.rows()) {
      if (!voice.quiet() || worse(row)) {
        lines.addAll(row(row, several, voice));
      }
    }
    lines.addAll(lost(report, voice));
    if (!voice.quiet()) {
      lines.addAll(remarks(report));
    }
    lines.add(report.failed() ? voice.bad(report.headline()) : report.headline());
    return lines;
  }

  private static boolean worse(RegressionRow row) {
    return row.verdict() == Verdict.BROKEN
        || row.verdict() == Verdict.MISSING
        || row.verdict() == Verdict.SLOWER;
  }

  private static List<String> contestants(RegressionReport report) {
    List<String> lines = new ArrayList<>();
    for (Contestant one : report.contestants()) {
      lines.add(
          "%s %s: %s, commit %s, %s"
              .formatted(
                  one.equals(report.contestants().getFirst()) ? "base" : "new ",
                  one.name(),
                  one.version(),
                  one.commit(),
                  String.join("; ", one.devices())));
    }
    return lines;
  }

  private static List<String> row(RegressionRow row, boolean several, Voice voice) {
    List<String> lines = new ArrayList<>();
    String verdict = "%-13s".formatted(row.verdict().words());
    lines.add(
        "%s %s on %s%s"
            .formatted(
                worse(row) ? voice.bad(verdict) : verdict,
                row.cell().kernel(),
                row.cell().problem(),
                several ? ", " + row.against() : ""));
    lines.add(
        INDENT
            + RegressionMarkdown.figures(row.base())
            + " -> "
            + RegressionMarkdown.figures(row.now()));
    if (!Double.isNaN(row.ratio())) {
      lines.add(INDENT + judged(row));
    }
    if (row.verdict() == Verdict.BROKEN
        || row.verdict() == Verdict.MISSING
        || row.verdict() == Verdict.STILL_BROKEN) {
      note(row.now()).lines().forEach(line -> lines.add(INDENT + line));
    }
    return lines;
  }

  private static List<String> lost(RegressionReport report, Voice voice) {
    List<String> lines = new ArrayList<>();
    for (UnmatchedCell one : report.unmatched()) {
      if (one.lost()) {
        lines.add(
            "%s %s on %s"
                .formatted(
                    voice.bad("%-13s".formatted(Verdict.MISSING.words())),
                    one.cell().kernel(),
                    one.cell().problem()));
        lines.add(INDENT + "measured in %s and not in %s".formatted(one.in(), one.missingIn()));
      }
    }
    return lines;
  }

  private static List<String> remarks(RegressionReport report) {
    List<String> lines = new ArrayList<>();
    for (UnmatchedCell one : report.unmatched()) {
      if (!one.lost()) {
        lines.add(
            "only in %s: %s on %s (not in %s)"
                .formatted(one.in(), one.cell().kernel(), one.cell().problem(), one.missingIn()));
      }
    }
    report.remarks().forEach(remark -> lines.add("note: " + remark));
    lines.add(report.rule(Locale.ROOT));
    if (!report.rows(Verdict.UNDECIDED).isEmpty()) {
      lines.add(
          "Undecided: a slowdown of more than the threshold is neither shown nor excluded; more"
              + (report.command().equals("ab")
                  ? " --pairs or --seconds tell"
                  : " --forks and --time-budget of bench, or ./attn ab, tell"));
    }
    if (report.failed() && !report.rule().allowMissing() && report.count(Verdict.MISSING) > 0) {
      lines.add(
          "Missing: measured before, and now not there or skipped; --allow-missing lists such cells without failing");
    }
    return lines;
  }

  private static String judged(RegressionRow row) {
    return "new / base %s (%s), by %s%s"
        .formatted(
            RegressionMarkdown.ratio(row.ratio()),
            RegressionMarkdown.bounds(row),
            row.measure(),
            row.pairs().isEmpty() ? "" : ", %d pairs".formatted(row.pairs().size()));
  }

  private static String note(CellSide side) {
    return side.note().isEmpty() ? "no more is known" : side.note();
  }
}
