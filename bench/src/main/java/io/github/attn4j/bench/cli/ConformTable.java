package io.github.attn4j.bench.cli;

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
import org.jspecify.annotations.Nullable;

/** A conformance run on the console: cases by kernels, who made which output, and what is wrong. */
final class ConformTable {
  private final ConformReport report;
  private final Voice voice;

  private ConformTable(ConformReport report, Voice voice) {
    this.report = report;
    this.voice = voice;
  }

  static void print(Voice voice, ConformReport report) {
    ConformTable table = new ConformTable(report, voice);
    if (!report.rows().isEmpty()) {
      PrintWriter remarks = voice.remarks();
      remarks.println(table.matrix());
      remarks.println(
          "a cell: the largest error against the float64 oracle as a share of its derived budget"
              + " (above 1 is wrong) | the largest difference from the standard's expected values as"
              + " a share of its tolerance, rtol 1e-3 and atol 1e-7; file: the expected values"
              + " against the oracle as a share of their budget (docs/conformance.md)");
      remarks.println(table.producers());
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

  private String matrix() {
    Map<Key, Line> lines = new LinkedHashMap<>();
    for (ConformRow row : report.rows()) {
      lines
          .computeIfAbsent(Key.of(row), key -> new Line(name(key), new LinkedHashMap<>()))
          .byKernel()
          .put(row.kernel(), row);
    }
    Table<Line> table =
        Table.of(List.copyOf(lines.values()))
            .name("case", Line::name)
            .text("file", line -> file(List.copyOf(line.byKernel().values())));
    for (KernelSummary kernel : report.kernels()) {
      table.figure(kernel.kernel(), line -> cell(line.byKernel().get(kernel.kernel())));
    }
    return table.text();
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

  private String producers() {
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
    return Table.of(producers)
        .name("column", Producer::kernel)
        .text("output", Producer::output)
        .text("computed by", Producer::producer)
        .figure("cases", producer -> String.valueOf(producer.cases()))
        .text();
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
    whole.forEach((what, kernels) -> {
      boolean unsupported = what.status().equals(ConformRow.Status.UNSUPPORTED.label());
      PrintWriter heard = unsupported ? voice.remarks() : voice.out();
      heard.printf(
          "%s: %s (%s): %s%n",
          unsupported ? what.status() : voice.bad(what.status()),
          name(what.key()),
          kernels.size() == report.kernels().size()
              ? "whoever computes it"
              : String.join(", ", kernels),
          what.detail());
    });
  }

  private void summary() {
    for (KernelSummary kernel : report.kernels()) {
      long beyond =
          report.rows().stream()
              .filter(row -> row.kernel().equals(kernel.kernel()))
              .filter(row -> row.status() == ConformRow.Status.PASSED && row.shareOfStandard() > 1)
              .count();
      voice
          .out()
          .printf(
              "%s: %d of %d passed%s%s%s%s%n",
              kernel.kernel(),
              kernel.passed(),
              kernel.cases(),
              counted(kernel.incorrect(), "incorrect"),
              counted(kernel.unsupported(), "unsupported"),
              counted(kernel.failed(), "broken, not built, failed or out of memory"),
              beyond == 0
                  ? ""
                  : "; %d within budget, but not within the standard's tolerance"
                      .formatted(beyond));
    }
  }

  private static String counted(int cases, String what) {
    return cases == 0 ? "" : ", %d %s".formatted(cases, what);
  }
}
