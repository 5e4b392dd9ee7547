package io.github.attn4j.bench.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import io.github.attn4j.bench.conform.ConformReport;
import io.github.attn4j.bench.conform.ConformRow;
import io.github.attn4j.core.report.KernelSummary;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A conformance run on the console: cases by kernels, who made which output, and what is wrong. */
final class ConformTable {
  /** A folder's name is not broken apart. */
  private static final int WIDEST_NAME = 400;

  private final ConformReport report;
  private final PrintWriter out;

  private ConformTable(ConformReport report, PrintWriter out) {
    this.report = report;
    this.out = out;
  }

  static void print(PrintWriter out, ConformReport report) {
    ConformTable table = new ConformTable(report, out);
    if (!report.rows().isEmpty()) {
      table.matrix();
      table.producers();
    }
    table.failures();
    table.summary();
  }

  /** What tells cases apart: folders given by hand may hold others of the same names. */
  private record Key(String name, String folder) {
    static Key of(ConformRow row) {
      return new Key(row.name(), row.folder());
    }
  }

  private record Line(String name, Map<String, ConformRow> byKernel) {}

  /** The case's name, and where it lies where another one has that name, too. */
  private String name(Key key) {
    boolean shared =
        report.rows().stream()
            .anyMatch(row -> row.name().equals(key.name()) && !row.folder().equals(key.folder()));
    if (!shared) {
      return key.name();
    }
    Path parent = Path.of(key.folder()).getParent();
    return "%s in %s".formatted(key.name(), parent == null ? key.folder() : parent);
  }

  private void matrix() {
    Map<Key, Line> lines = new LinkedHashMap<>();
    for (ConformRow row : report.rows()) {
      lines
          .computeIfAbsent(Key.of(row), key -> new Line(name(key), new LinkedHashMap<>()))
          .byKernel()
          .put(row.kernel(), row);
    }
    List<ColumnData<Line>> columns = new ArrayList<>();
    columns.add(
        new Column()
            .header("case")
            .dataAlign(HorizontalAlign.LEFT)
            .maxWidth(WIDEST_NAME)
            .with(Line::name));
    columns.add(text("file", line -> file(List.copyOf(line.byKernel().values()))));
    for (KernelSummary kernel : report.kernels()) {
      columns.add(
          new Column()
              .header(kernel.kernel())
              .with(line -> cell(line.byKernel().get(kernel.kernel()))));
    }
    out.println(AsciiTable.getTable(List.copyOf(lines.values()), columns));
    out.println(
        "a cell: the largest error against the float64 oracle as a share of its derived budget"
            + " (above 1 is wrong) | the largest difference from the standard's expected values as"
            + " a share of its tolerance, rtol 1e-3 and atol 1e-7; file: the expected values"
            + " against the oracle as a share of their budget (docs/conformance.md)");
  }

  private static String file(List<ConformRow> rows) {
    double share = rows.getFirst().fileShareOfBudget();
    return Double.isNaN(share) ? "" : number(share);
  }

  private static String cell(@Nullable ConformRow row) {
    if (row == null) {
      return ""; // a device was lost before
    }
    return switch (row.status()) {
      case PASSED -> shares(row);
      case INCORRECT -> "INCORRECT " + shares(row);
      default -> row.status().label();
    };
  }

  private static String shares(ConformRow row) {
    return number(row.shareOfBudget()) + " | " + number(row.shareOfStandard());
  }

  private static String number(double share) {
    return share == 0 ? "0" : share < 100 ? "%.3f".formatted(share) : "%.3g".formatted(share);
  }

  private record Producer(String kernel, String output, String producer, long cases) {}

  private void producers() {
    Map<List<String>, Long> counts = new LinkedHashMap<>();
    for (ConformRow row : report.rows()) {
      for (ConformRow.Output output : row.outputs()) {
        counts.merge(List.of(row.kernel(), output.name(), output.producer()), 1L, Math::addExact);
      }
    }
    List<Producer> producers =
        counts.entrySet().stream()
            .map(entry ->
                new Producer(
                    entry.getKey().get(0),
                    entry.getKey().get(1),
                    entry.getKey().get(2),
                    entry.getValue()))
            .sorted(
                Comparator.comparing(producer ->
                    report.kernels().stream()
                        .map(KernelSummary::kernel)
                        .toList()
                        .indexOf(producer.kernel())))
            .toList();
    out.println(
        AsciiTable.getTable(
            producers,
            List.of(
                text("column", Producer::kernel),
                text("output", Producer::output),
                text("computed by", Producer::producer),
                new Column().header("cases").with(p -> String.valueOf(p.cases())))));
  }

  /** What concerns a case as a whole is said once, not for each kernel. */
  private void failures() {
    record Finding(Key key, String status, String detail) {}
    Map<Finding, List<String>> whole = new LinkedHashMap<>();
    for (ConformRow row : report.rows()) {
      if (row.status() != ConformRow.Status.PASSED) {
        whole
            .computeIfAbsent(
                new Finding(Key.of(row), row.status().label(), row.detail()),
                _ -> new ArrayList<>())
            .add(row.kernel());
      }
    }
    whole.forEach((what, kernels) ->
        out.printf(
            "%s: %s (%s): %s%n",
            what.status(),
            name(what.key()),
            kernels.size() == report.kernels().size()
                ? "whoever computes it"
                : String.join(", ", kernels),
            what.detail()));
  }

  private void summary() {
    for (KernelSummary kernel : report.kernels()) {
      long beyond =
          report.rows().stream()
              .filter(row -> row.kernel().equals(kernel.kernel()))
              .filter(row -> row.status() == ConformRow.Status.PASSED && row.shareOfStandard() > 1)
              .count();
      out.printf(
          "%s: %d of %d passed%s%s%s%s%n",
          kernel.kernel(),
          kernel.passed(),
          kernel.cases(),
          counted(kernel.incorrect(), "incorrect"),
          counted(kernel.unsupported(), "unsupported"),
          counted(kernel.failed(), "broken, not built, failed or out of memory"),
          beyond == 0
              ? ""
              : "; %d within budget, but not within the standard's tolerance".formatted(beyond));
    }
  }

  private static String counted(int cases, String what) {
    return cases == 0 ? "" : ", %d %s".formatted(cases, what);
  }

  private static <T> ColumnData<T> text(String header, Function<T, String> value) {
    return new Column().header(header).dataAlign(HorizontalAlign.LEFT).with(value);
  }
}
