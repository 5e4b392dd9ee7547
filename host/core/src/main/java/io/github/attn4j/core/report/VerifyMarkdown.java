package io.github.attn4j.core.report;

import io.github.attn4j.core.check.UlpHistogram;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** A verification as Markdown, for the summary of a CI job: what failed first, then the errors. */
public final class VerifyMarkdown {
  /** Longest bar of a histogram, in characters. */
  private static final int BAR = 40;

  private VerifyMarkdown() {}

  /** Writes the document. */
  public static void write(Path file, VerifyReport report) {
    AtomicFile.write(file, document(report));
  }

  static String document(VerifyReport report) {
    StringBuilder text = new StringBuilder("# Against the float64 reference\n\n");
    for (VerifyCase one : report.casesToLookAt()) {
      if (!one.status().equals("passed")) {
        text.append(
            "**%s: `%s` on %s, %s (%s)**\n\n%s\n\n"
                .formatted(
                    one.status(),
                    one.kernel(),
                    MarkdownReport.oneCell(one.device()),
                    MarkdownReport.oneCell(one.name()),
                    MarkdownReport.oneCell(one.shape()),
                    MarkdownReport.fenced(one.detail())));
      }
    }
    for (KernelRepeats row : report.repeats()) {
      if (row.failed()) {
        text.append(
            "**%s: `%s` on %s, %s (%s), %s spec, launched again and again**\n\n%s\n\n"
                .formatted(
                    row.status(),
                    row.kernel(),
                    MarkdownReport.oneCell(row.device()),
                    MarkdownReport.oneCell(row.problem()),
                    MarkdownReport.oneCell(row.shape()),
                    row.deterministic() ? "deterministic" : "plain",
                    MarkdownReport.fenced(row.detail())));
      }
    }
    text.append("| kernel | cases | passed | incorrect | unsupported | failed |\n");
    text.append("|---|--:|--:|--:|--:|--:|\n");
    for (KernelSummary kernel : report.kernels()) {
      text.append(
          "| `%s` | %d | %d | %d | %d | %d |\n"
              .formatted(
                  kernel.kernel(),
                  kernel.cases(),
                  kernel.passed(),
                  kernel.incorrect(),
                  kernel.unsupported(),
                  kernel.failed()));
    }
    text.append("\n## Errors\n\n");
    text.append(
        "| kernel | O | error / budget | error / plain, median | max | ulps, median | 99 % | max |\n");
    text.append("|---|---|--:|--:|--:|--:|--:|--:|\n");
    for (KernelAccuracy row : report.accuracy()) {
      text.append(
          "| `%s` | %s | %s | %s | %s | <= %s | <= %s | %s |\n"
              .formatted(
                  row.kernel(),
                  row.dtype(),
                  figure(row.maxErrorOverBudget()),
                  figure(row.medianErrorOverPlain()),
                  figure(row.maxErrorOverPlain()),
                  figure(row.output().quantile(0.5)),
                  figure(row.output().quantile(0.99)),
                  figure(row.output().largest())));
    }
    if (!report.repeats().isEmpty()) {
      text.append("\n## Equal bits\n\n");
      text.append("| kernel | promised | problems | same bits in every run | batch-invariant |\n");
      text.append("|---|---|--:|---|---|\n");
      for (RepeatSummary row : RepeatSummary.of(report.repeats())) {
        text.append(
            "| `%s` | %s | %d | %s | %s |\n"
                .formatted(
                    row.kernel(), row.promised(), row.problems(), row.runs(), row.batches()));
      }
    }
    text.append("\n## Units in the last place\n");
    for (KernelAccuracy row : report.accuracy()) {
      text.append("\n`%s`, O in %s\n\n```\n".formatted(row.kernel(), row.dtype()));
      text.append(histogram(row.output())).append("```\n");
    }
    return text.append("\n## Where and how\n\n")
        .append(MarkdownReport.environment(report.environment()))
        .toString();
  }

  /** A line a bin between the first and the last that hold anything, then what stands apart. */
  static String histogram(UlpHistogram histogram) {
    List<Long> counts = histogram.counts();
    long most = counts.stream().mapToLong(Long::longValue).max().orElse(0);
    StringBuilder text = new StringBuilder();
    int last = UlpHistogram.BINS - 1;
    while (last >= 0 && counts.get(last) == 0) {
      last--;
    }
    for (int bin = 0; bin <= last; bin++) {
      long length = counts.get(bin) == 0 ? 0 : Math.max(1, BAR * counts.get(bin) / most);
      text.append(
          String.format(
              Locale.ROOT,
              "%9s %,12d %s%n",
              bin == UlpHistogram.BINS - 1 ? "more" : "<= " + end(bin),
              counts.get(bin),
              "#".repeat((int) length)));
    }
    return text.append(
            String.format(
                Locale.ROOT,
                "exactly 0: %,d; cancelled: %,d; not finite: %,d; undecided: %,d%n",
                histogram.exactZeros(),
                histogram.nearZero(),
                histogram.notFinite(),
                histogram.undecided()))
        .toString();
  }

  private static String end(int bin) {
    return bin == 0 ? "0.5" : String.valueOf((long) UlpHistogram.upTo(bin));
  }

  private static String figure(double value) {
    return Double.isNaN(value)
        ? "-"
        : Double.isInfinite(value) ? "infinite" : String.format(Locale.ROOT, "%.3g", value);
  }
}
