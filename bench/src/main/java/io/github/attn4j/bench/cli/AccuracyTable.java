package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.KernelAccuracy;
import io.github.attn4j.core.report.KernelRepeats;
import io.github.attn4j.core.report.RepeatSummary;
import io.github.attn4j.core.report.VerifyReport;
import java.io.PrintWriter;
import java.util.List;

/** What {@code verify} prints of a kernel's errors and of its bits, below the counts. */
final class AccuracyTable {
  private AccuracyTable() {}

  static void print(Voice voice, VerifyReport report) {
    PrintWriter remarks = voice.remarks();
    if (!report.accuracy().isEmpty()) {
      remarks.println(errors(report.accuracy()));
      remarks.println(
          """
          errors against float64: largest share of the budget; max error of O over the plain version's,
          median and largest of the cases; units in the last place of O, median, 99th percentile and largest,
          without elements that cancelled\
          """);
    }
    if (!report.repeats().isEmpty()) {
      remarks.println(bits(RepeatSummary.of(report.repeats())));
      report.repeats().stream()
          .filter(KernelRepeats::failed)
          .map(KernelRepeats::describe)
          .forEach(voice.out()::println);
    }
  }

  static String errors(List<KernelAccuracy> rows) {
    return Table.of(rows)
        .name("kernel", KernelAccuracy::kernel)
        .name("O", KernelAccuracy::dtype)
        .figure("/ budget", row -> figure(row.maxErrorOverBudget()))
        .figure("/ plain", row -> figure(row.medianErrorOverPlain()))
        .figure("max", row -> figure(row.maxErrorOverPlain()))
        .figure("ulps", row -> "<= " + units(row.output().quantile(0.5)))
        .figure("99th", row -> "<= " + units(row.output().quantile(0.99)))
        .figure("max", row -> units(row.output().largest()))
        .text();
  }

  static String bits(List<RepeatSummary> rows) {
    return Table.of(rows)
        .name("kernel", RepeatSummary::kernel)
        .text("same bits promised", RepeatSummary::promised)
        .text("same bits in every run", RepeatSummary::runs)
        .text("batch-invariant", RepeatSummary::batches)
        .text();
  }

  private static String figure(double value) {
    return Double.isNaN(value) ? "-" : "%.3f".formatted(value);
  }

  private static String units(double value) {
    return Double.isNaN(value)
        ? "-"
        : value < 100 ? "%.1f".formatted(value) : "%.0f".formatted(value);
  }
}
