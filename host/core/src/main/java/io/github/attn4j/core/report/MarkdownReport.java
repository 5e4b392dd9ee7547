package io.github.attn4j.core.report;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** Tables for documents, generated from reports so that no number is typed by hand. */
public final class MarkdownReport {
  private MarkdownReport() {}

  /**
   * A row a cell or a ratio, then a paragraph that says where and how; before that, of cells
   * measured as a server runs them, what counts there.
   */
  public static String table(Report report) {
    return switch (report) {
      case BenchReport bench -> {
        String serving = ServingTable.of(bench);
        yield serving.isEmpty() ? benchTable(bench) : serving + "\n" + benchTable(bench);
      }
      case PeerReport peers -> PeerMarkdown.table(peers);
    };
  }

  /** The whole report as a document, for the summary of a CI job: what matters first. */
  public static String markdown(Report report) {
    return switch (report) {
      case BenchReport bench -> benchDocument(bench);
      case PeerReport peers -> PeerMarkdown.document(peers);
    };
  }

  /** A row a cell, then a paragraph that says where and how. */
  public static String benchTable(BenchReport report) {
    StringBuilder table =
        new StringBuilder(
            "| input | shape | kernel | device | median (p10..p90) ms | GFLOP/s | of FMA peak | of"
                + " bandwidth | scratch MiB | rows checked | error / budget |\n");
    table.append("|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|\n");
    for (BenchCell cell : report.cells()) {
      Measurement m = cell.measurement();
      table.append(
          "| %s | %s | `%s` | `%s` | "
              .formatted(oneCell(cell.input()), shape(cell), cell.kernel(), cell.deviceId()));
      if (m == null) {
        String why = cell.note().isEmpty() ? words(cell.status()) : cell.note();
        table.append(oneCell(why)).append(" | | | | | | |\n");
      } else {
        table.append(
            String.format(
                Locale.ROOT,
                "%s (%s..%s) | %.1f | %s | %s | %.1f | %,d of %,d | %.3f |\n",
                milliseconds(m.kernelNanos().median()),
                milliseconds(m.kernelNanos().p10()),
                milliseconds(m.kernelNanos().p90()),
                m.gflopsPerSecond(),
                fma(m),
                bandwidth(m),
                m.scratchBytes() / 1048576.0,
                m.checkedRows(),
                m.rows(),
                m.maxErrorOverBudget()));
      }
    }
    table.append('\n').append(origin(report));
    if (report.cells().stream().anyMatch(MarkdownReport::hasCeilingsBeside)) {
      table.append(
          " Shares in parentheses are of plain multiply-adds and reads launched by turns with the"
              + " kernel, the others of the run's best.");
    }
    return table.append('\n').toString();
  }

  private static boolean hasCeilingsBeside(BenchCell cell) {
    return cell.measurement() != null && cell.measurement().plainFmaNanos() != null;
  }

  /** How each kernel's time grows with the context, and where fused kernels overtake others. */
  public static String growthTable(BenchReport report) {
    StringBuilder text = new StringBuilder();
    if (report.growth().isEmpty()) {
      text.append("No exponents: they take cells of at least ")
          .append(Growth.LEAST_LENGTH)
          .append(" keys.\n");
    } else {
      text.append(
          "| kernel | device | input | shapes | time grows with | exponent | contexts | cliffs"
              + " |\n");
      text.append("|---|---|---|---|---|--:|--:|---|\n");
    }
    for (Growth growth : report.growth()) {
      text.append(
          "| `%s` | `%s` | %s | %s | %s | %s | %s | %s |\n"
              .formatted(
                  growth.kernel(),
                  growth.deviceId(),
                  oneCell(growth.input()),
                  oneCell(growth.family()),
                  oneCell(growth.regressor()),
                  exponent(growth),
                  growth.points().stream()
                      .map(point -> String.format(Locale.ROOT, "%,d", point.length()))
                      .collect(Collectors.joining(", ")),
                  cliffs(growth)));
    }
    for (Crossover crossover : report.crossovers()) {
      text.append(
          "\n- %s, %s, `%s`: %s"
              .formatted(
                  oneCell(crossover.input()),
                  oneCell(crossover.family()),
                  crossover.deviceId(),
                  oneCell(crossover.statement())));
    }
    return report.crossovers().isEmpty() ? text.toString() : text.append('\n').toString();
  }

  private static String benchDocument(BenchReport report) {
    StringBuilder text = new StringBuilder("# Cost of attention over context\n\n");
    text.append(interruption(report));
    for (BenchCell cell : report.cells()) {
      if (cell.status().isFailure()) {
        text.append(
            "**%s: `%s` on `%s`, %s, %s**\n\n%s\n\n"
                .formatted(
                    headline(cell.status()),
                    cell.kernel(),
                    cell.deviceId(),
                    oneCell(cell.input()),
                    shape(cell),
                    fenced(cell.note())));
      }
    }
    text.append(noise(report.noise())).append("\n\n");
    text.append("## Fastest right kernel of each problem\n\n").append(fastest(report));
    String serving = ServingTable.of(report);
    if (!serving.isEmpty()) {
      text.append("\n## Tokens, and the cache's bandwidth\n\n").append(serving);
    }
    text.append("\n## Every cell\n\n").append(benchTable(report));
    String masks = MaskTable.of(report);
    if (!masks.isEmpty()) {
      text.append("\n## What masks gain and do\n\n").append(masks);
    }
    text.append("\n## Growth\n\n").append(growthTable(report));
    text.append("\n## Where and how\n\n")
        .append(environment(report.environment()))
        .append(ceilings(report));
    return text.toString();
  }

  private static String fastest(BenchReport report) {
    // Models may share a shape, so they are part of the key.
    Map<List<String>, BenchCell> best = new LinkedHashMap<>();
    for (BenchCell cell : report.cells()) {
      if (cell.measurement() != null) {
        best.merge(
            List.of(cell.input(), cell.model(), cell.shape()),
            cell,
            (a, b) -> median(a) <= median(b) ? a : b);
      }
    }
    if (best.isEmpty()) {
      return "No cell was measured.\n";
    }
    StringBuilder table =
        new StringBuilder(
            "| input | shape | kernel | device | median ms | of FMA peak | of bandwidth | error /"
                + " budget |\n");
    table.append("|---|---|---|---|--:|--:|--:|--:|\n");
    for (BenchCell cell : best.values()) {
      Measurement m = measured(cell);
      table.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | `%s` | `%s` | %s | %s | %s | %.3f |\n",
              oneCell(cell.input()),
              shape(cell),
              cell.kernel(),
              cell.deviceId(),
              milliseconds(m.kernelNanos().median()),
              fma(m),
              bandwidth(m),
              m.maxErrorOverBudget()));
    }
    return table.toString();
  }

  private static String ceilings(BenchReport report) {
    StringBuilder text = new StringBuilder();
    for (DeviceCeiling ceiling : report.ceilings()) {
      text.append(
          row(
              List.of(
                  "ceilings of " + ceiling.deviceId(),
                  String.format(
                          Locale.ROOT,
                          "FMA %.1f GFLOP/s (%s), drift %.1f %%",
                          ceiling.fma().gflopsPerSecond(),
                          ceiling.fma().shape(),
                          ceiling.fma().driftPercent())
                      + ceiling.bandwidth().stream()
                          .map(level ->
                              String.format(
                                  Locale.ROOT,
                                  "; %s %.1f GB/s (%s)",
                                  level.level(),
                                  level.gigabytesPerSecond(),
                                  level.shape()))
                          .collect(Collectors.joining()))));
    }
    return text.toString();
  }

  /** What repeats a run, and where it ran: a command, and rows of a table. */
  static String environment(Environment environment) {
    StringBuilder text = new StringBuilder();
    text.append("Repeat it with\n\n").append(fenced(environment.commandLine())).append("\n\n");
    text.append("| what | value |\n|---|---|\n");
    Map<String, String> rows = new LinkedHashMap<>();
    rows.put("version", environment.tool() + " " + environment.version());
    rows.put(
        "source",
        environment.gitCommit() + (environment.gitDirty() ? ", with uncommitted changes" : ""));
    rows.put("started", environment.startedAt());
    rows.put("operating system", environment.os());
    rows.put("processor", environment.cpu() + ", " + environment.cores() + " cores");
    rows.put("JDK", environment.jdk());
    rows.put("seed", String.valueOf(environment.seed()));
    rows.forEach((what, value) -> text.append(row(List.of(what, value))));
    for (DeviceInfo device : environment.devices()) {
      text.append(
          row(
              List.of(
                  device.backend() + ":" + device.index(),
                  String.format(
                      Locale.ROOT,
                      "%s, %s, driver %s, %d compute units",
                      device.name(),
                      device.kind(),
                      device.driver(),
                      device.computeUnits()))));
    }
    return text.toString();
  }

  /** A warning, where the run was interrupted. */
  static String interruption(Report report) {
    return report.complete()
        ? ""
        : "**The run was interrupted: what follows is what it had measured.**\n\n";
  }

  /** What a reader of the table alone has to know. */
  private static String origin(BenchReport report) {
    Environment environment = report.environment();
    return String.format(
        Locale.ROOT,
        "`%s` on %s (%d cores), %s, %s; FMA ceiling %s. GFLOP/s counts %s.%s%s",
        environment.commandLine(),
        environment.cpu(),
        environment.cores(),
        environment.jdk(),
        environment.devices().stream()
            .filter(device -> used(report, device))
            .map(device ->
                "`%s:%d` is %s, driver %s"
                    .formatted(device.backend(), device.index(), device.name(), device.driver()))
            .collect(Collectors.joining("; ")),
        report.ceilings().stream()
            .map(ceiling ->
                String.format(
                    Locale.ROOT,
                    "of `%s` %.1f GFLOP/s (%s)",
                    ceiling.deviceId(),
                    ceiling.fma().gflopsPerSecond(),
                    ceiling.fma().shape()))
            .collect(Collectors.joining(", ")),
        report.flopConvention(),
        report.tuningsUsed().isEmpty()
            ? ""
            : " Tuned: " + oneCell(String.join("; ", report.tuningsUsed())) + ".",
        report.noise().noisy() ? " " + noise(report.noise()) : "");
  }

  private static String noise(Noise noise) {
    return noise.noisy()
        ? "**The machine was noisy**: " + oneCell(String.join("; ", noise.reasons())) + "."
        : "The machine was steady.";
  }

  private static String cliffs(Growth growth) {
    if (!growth.cliffsLookedFor()) {
      return "too few contexts";
    }
    String cliffs =
        growth.points().stream()
            .filter(Growth.Point::cliff)
            .map(point ->
                String.format(
                    Locale.ROOT, "N = %,d: %+.1f %%", point.length(), point.residualPercent()))
            .collect(Collectors.joining("; "));
    return cliffs.isEmpty() ? "none" : cliffs;
  }

  private static String exponent(Growth growth) {
    if (Double.isNaN(growth.exponent())) {
      return "too few points";
    }
    return String.format(Locale.ROOT, "%.3f", growth.exponent())
        + (Double.isFinite(growth.halfWidth())
            ? String.format(Locale.ROOT, " ± %.3f", growth.halfWidth())
            : " (no interval)");
  }

  private static boolean used(BenchReport report, DeviceInfo device) {
    String id = device.backend() + ":" + device.index();
    return report.cells().stream().anyMatch(cell -> cell.deviceId().equals(id));
  }

  private static Measurement measured(BenchCell cell) {
    return Objects.requireNonNull(cell.measurement());
  }

  private static double median(BenchCell cell) {
    return measured(cell).kernelNanos().median();
  }

  private static String shape(BenchCell cell) {
    return oneCell(cell.model().isEmpty() ? cell.shape() : cell.model() + ": " + cell.shape());
  }

  static String words(BenchCell.Status status) {
    return status.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** The same where a sentence begins. */
  static String headline(BenchCell.Status status) {
    String words = words(status);
    return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
  }

  static String milliseconds(double nanos) {
    return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
  }

  private static String fma(Measurement m) {
    return percent(m.shareOfFmaCeiling()) + byTurns(m.shareOfPlainFmas());
  }

  private static String bandwidth(Measurement m) {
    return Double.isNaN(m.shareOfBandwidth())
        ? ""
        : percent(m.shareOfBandwidth()) + " " + m.bandwidthLevel() + byTurns(m.shareOfPlainReads());
  }

  private static String byTurns(double share) {
    return Double.isNaN(share) ? "" : " (" + percent(share) + ")";
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static String row(Collection<String> values) {
    return values.stream()
        .map(MarkdownReport::oneCell)
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  /** Text that ends neither its cell nor its row, and that no browser takes for an element. */
  static String oneCell(String text) {
    return text.replace("\\", "\\\\")
        .replace("|", "\\|")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replaceAll("\\R", " ");
  }

  /** A block of code whose fence is longer than any in the text. */
  static String fenced(String text) {
    String fence = "```";
    while (text.contains(fence)) {
      fence += "`";
    }
    return fence + "text\n" + text + "\n" + fence;
  }
}
