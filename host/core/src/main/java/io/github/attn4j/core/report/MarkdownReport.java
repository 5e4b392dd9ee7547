package io.github.attn4j.core.report;

import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.kernel.DeviceInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;

/** Tables for documents, generated from reports so that no number is typed by hand. */
public final class MarkdownReport {
  private MarkdownReport() {}

  /** A row a cell. */
  public static String benchTable(BenchReport report) {
    StringBuilder table =
        new StringBuilder(
            "| input | shape | kernel | device | median ms | p10..p90 ms | GFLOP/s | of FMA peak | scratch MiB | rows checked | error / budget |\n");
    table.append("|---|---|---|---|--:|--:|--:|--:|--:|--:|--:|\n");
    for (BenchCell cell : report.cells()) {
      Measurement m = cell.measurement();
      table.append(
          "| %s | %s | `%s` | `%s` | "
              .formatted(cell.input(), cell.shape(), cell.kernel(), cell.deviceId()));
      if (m == null) {
        String why = cell.note().isEmpty() ? cell.status().name() : cell.note();
        table.append(oneCell(why)).append(" | | | | | | |\n");
      } else {
        table.append(
            String.format(
                Locale.ROOT,
                "%.3f | %.3f..%.3f | %.1f | %.1f %% | %.1f | %,d of %,d | %.3f |\n",
                m.kernelNanos().median() / 1e6,
                m.kernelNanos().p10() / 1e6,
                m.kernelNanos().p90() / 1e6,
                m.gflopsPerSecond(),
                100 * m.shareOfFmaCeiling(),
                m.scratchBytes() / 1048576.0,
                m.checkedRows(),
                m.rows(),
                m.maxErrorOverBudget()));
      }
    }
    Environment environment = report.environment();
    table.append(
        String.format(
            Locale.ROOT,
            "\n`%s` on %s (%d cores), %s, %s; FMA ceiling %s. GFLOP/s counts %s.\n",
            environment.commandLine(),
            environment.cpu(),
            environment.cores(),
            environment.jdk(),
            environment.devices().stream()
                .filter(device -> used(report, device))
                .map(device ->
                    "`%s:%d` is %s, driver %s"
                        .formatted(
                            device.backend(), device.index(), device.name(), device.driver()))
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
            report.flopConvention()));
    return table.toString();
  }

  private static boolean used(BenchReport report, DeviceInfo device) {
    String id = device.backend() + ":" + device.index();
    return report.cells().stream().anyMatch(cell -> cell.deviceId().equals(id));
  }

  /** Text that neither ends its cell nor its row. */
  private static String oneCell(String text) {
    return text.replace("|", "\\|").replaceAll("\\R", " ");
  }

  /**
   * Puts a report's table between a document's marker lines; the file changes whole or not at all.
   *
   * @throws InvalidFileException if the document lacks either line
   * @throws UncheckedIOException if it cannot be read or written
   */
  public static void update(Path document, String marker, BenchReport report) {
    String before;
    try {
      before = Files.readString(document);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s (%s)".formatted(document, e), e);
    }
    String after;
    try {
      after = replaceBetween(before, marker, benchTable(report));
    } catch (IllegalArgumentException e) {
      throw new InvalidFileException(document, String.valueOf(e.getMessage()));
    }
    AtomicFile.write(document, after);
  }

  /**
   * Puts a table between the lines {@code <!-- name:begin -->} and {@code <!-- name:end -->} of a
   * document.
   *
   * @throws IllegalArgumentException if the document lacks either line
   */
  public static String replaceBetween(String document, String marker, String table) {
    String begin = "<!-- " + marker + ":begin -->";
    String end = "<!-- " + marker + ":end -->";
    int from = document.indexOf(begin);
    int to = document.indexOf(end, Math.max(from, 0));
    if (from < 0 || to < 0) {
      throw new IllegalArgumentException(
          "the document has no lines '%s' and '%s'".formatted(begin, end));
    }
    return document.substring(0, from + begin.length())
        + "\n"
        + table.strip()
        + "\n"
        + document.substring(to);
  }
}
