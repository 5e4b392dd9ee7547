package io.github.attn4j.bench.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import io.github.attn4j.core.report.KernelAccuracy;
import io.github.attn4j.core.report.KernelRepeats;
import io.github.attn4j.core.report.RepeatSummary;
import io.github.attn4j.core.report.VerifyReport;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.Function;

/** What {@code verify} prints of a kernel's errors and of its bits, below the counts. */
final class AccuracyTable {
  private AccuracyTable() {}

  static void print(PrintWriter out, VerifyReport report) {
    if (!report.accuracy().isEmpty()) {
      out.println(
          AsciiTable.getTable(
              report.accuracy(),
              List.of(
                  text("kernel", KernelAccuracy::kernel),
                  text("O", KernelAccuracy::dtype),
                  number("/ budget", row -> figure(row.maxErrorOverBudget())),
                  number("/ plain", row -> figure(row.medianErrorOverPlain())),
                  number("max", row -> figure(row.maxErrorOverPlain())),
                  number("ulps", row -> "<= " + units(row.output().quantile(0.5))),
                  number("99th", row -> "<= " + units(row.output().quantile(0.99))),
                  number("max", row -> units(row.output().largest())))));
      out.println(
          """
          errors against float64: largest share of the budget; max error of O over the plain version's,
          median and largest of the cases; units in the last place of O, median, 99th percentile and largest,
          without elements that cancelled\
          """);
    }
    if (!report.repeats().isEmpty()) {
      List<RepeatSummary> rows = RepeatSummary.of(report.repeats());
      out.println(
          AsciiTable.getTable(
              rows,
              List.of(
                  text("kernel", RepeatSummary::kernel),
                  text("same bits promised", RepeatSummary::promised),
                  text("same bits in every run", RepeatSummary::runs),
                  text("batch-invariant", RepeatSummary::batches))));
      report.repeats().stream()
          .filter(KernelRepeats::failed)
          .map(KernelRepeats::describe)
          .forEach(out::println);
    }
  }

  private static String figure(double value) {
    return Double.isNaN(value) ? "-" : "%.3f".formatted(value);
  }

  private static String units(double value) {
    return Double.isNaN(value)
        ? "-"
        : value < 100 ? "%.1f".formatted(value) : "%.0f".formatted(value);
  }

  private static <T> com.github.freva.asciitable.ColumnData<T> text(
      String header, Function<T, String> value) {
    return new Column()
        .header(header)
        .headerAlign(HorizontalAlign.LEFT)
        .dataAlign(HorizontalAlign.LEFT)
        .with(value);
  }

  private static <T> com.github.freva.asciitable.ColumnData<T> number(
      String header, Function<T, String> value) {
    return new Column().header(header).with(value);
  }
}
