package io.github.attn4j.core.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Verdicts as workflow commands of GitHub Actions, lines on the standard output that GitHub shows
 * beside the files of a pull request: {@code ::error file=...,title=...::message}. Escapes follow
 * "Workflow commands for GitHub Actions" and its toolkit: in messages {@code %}, carriage return
 * and line feed; in properties also {@code :} and the comma.
 */
public final class GithubAnnotations {
  /** GitHub shows no more than these of a step, of errors and of warnings each. */
  private static final int MOST = 10;

  private static final String OPENCL = "opencl:";

  private GithubAnnotations() {}

  /** The lines: errors of what fails, warnings of what is slower or undecided without failing. */
  public static List<String> lines(RegressionReport report) {
    List<String> errors = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    List<String> notices = new ArrayList<>();
    for (RegressionRow row : report.rows()) {
      if (report.fails(row)) {
        errors.add(line("error", row));
      } else if (row.verdict() == Verdict.SLOWER || row.verdict() == Verdict.STILL_BROKEN) {
        warnings.add(line("warning", row));
      } else if (row.verdict() == Verdict.UNDECIDED) {
        notices.add(line("notice", row));
      }
    }
    for (UnmatchedCell one : report.unmatched()) {
      if (report.fails(one)) {
        errors.add(line("error", one.cell().kernel(), Verdict.MISSING, sentence(one)));
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> kind : List.of(errors, warnings, notices)) {
      lines.addAll(kind.subList(0, Math.min(MOST, kind.size())));
    }
    lines.add("::notice title=attn %s::%s".formatted(report.command(), message(report.summary())));
    return lines;
  }

  private static String line(String level, RegressionRow row) {
    return line(level, row.cell().kernel(), row.verdict(), sentence(row));
  }

  private static String line(String level, String kernel, Verdict verdict, String sentence) {
    String file = file(kernel);
    return "::%s %stitle=%s::%s"
        .formatted(
            level,
            file.isEmpty() ? "" : "file=" + property(file) + ",",
            property(verdict.words() + ": " + kernel),
            message(sentence));
  }

  /** What became of a cell that the base measured and the new version lacks. */
  static String sentence(UnmatchedCell cell) {
    return "%s on %s was measured in %s and is not in %s"
        .formatted(cell.cell().kernel(), cell.cell().problem(), cell.in(), cell.missingIn());
  }

  /** What became of a row, in a sentence. */
  static String sentence(RegressionRow row) {
    String what =
        "%s on %s (%s, %s)"
            .formatted(
                row.cell().kernel(), row.cell().problem(), row.now().device(), row.against());
    return switch (row.verdict()) {
      case BROKEN, MISSING, STILL_BROKEN, NOT_MEASURED, MENDED ->
          "%s was %s and is %s%s"
              .formatted(
                  what,
                  MarkdownReport.words(row.base().status()),
                  MarkdownReport.words(row.now().status()),
                  row.now().note().isEmpty() ? "" : ": " + row.now().note());
      case SLOWER, FASTER, UNDECIDED, UNCHANGED ->
          String.format(
              Locale.ROOT,
              "%s is %s: %s of its %s before, bounds %s",
              what,
              row.verdict().words(),
              RegressionReport.percent(row.ratio()),
              row.measure().startsWith("time") ? row.measure() : "cost (by " + row.measure() + ")",
              RegressionMarkdown.bounds(row));
    };
  }

  /** A kernel's source, below the checkout; empty where it is more than one file. */
  private static String file(String kernel) {
    return kernel.startsWith(OPENCL)
        ? "kernels/opencl/attention/" + kernel.substring(OPENCL.length()) + ".cl"
        : "";
  }

  /** A command's message. */
  static String message(String text) {
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A");
  }

  /** A command's property. */
  static String property(String text) {
    return message(text).replace(":", "%3A").replace(",", "%2C");
  }
}
