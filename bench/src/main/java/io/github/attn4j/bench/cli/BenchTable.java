package io.github.attn4j.bench.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** A benchmark as a table for a terminal: a row a cell. */
final class BenchTable {
  private BenchTable() {}

  static String of(BenchReport report) {
    boolean modes = report.cells().stream().anyMatch(cell -> !cell.mode().isEmpty());
    boolean types = report.cells().stream().anyMatch(cell -> !cell.types().equals("f32"));
    List<ColumnData<BenchCell>> columns = new ArrayList<>();
    boolean inputs = report.cells().stream().map(BenchCell::input).distinct().count() > 1;
    if (modes) {
      columns.add(text("mode", BenchCell::mode));
    }
    if (!modes || inputs) {
      columns.add(text("input", BenchCell::input));
    }
    columns.add(text("shape", BenchCell::shape));
    if (modes || types) {
      columns.add(text("Q/O", BenchCell::dtype));
      columns.add(text("K/V", BenchCell::kvDtype));
    }
    columns.add(text("kernel", BenchCell::kernel));
    columns.add(figure("median", m -> milliseconds(m.kernelNanos().median())));
    columns.add(
        figure(
            "p10..p90",
            m -> milliseconds(m.kernelNanos().p10()) + ".." + milliseconds(m.kernelNanos().p90())));
    if (modes) {
      columns.add(figure("tokens/s", m -> "%,.0f".formatted(m.tokensPerSecond())));
      columns.add(figure("KV GB/s", m -> "%.1f".formatted(m.keyValueGigabytesPerSecond())));
      columns.add(figure("of bandwidth", BenchTable::bandwidth));
      columns.add(figure("of plain reads", m -> percent(m.shareOfPlainReads())));
    }
    columns.add(figure("GFLOP/s", m -> "%.1f".formatted(m.gflopsPerSecond())));
    columns.add(figure("of FMA peak", m -> "%.1f %%".formatted(100 * m.shareOfFmaCeiling())));
    columns.add(figure("by turns", m -> percent(m.shareOfPlainFmas())));
    if (!modes) {
      columns.add(figure("GB/s", m -> "%.1f".formatted(m.gigabytesPerSecond())));
      columns.add(figure("of bandwidth", BenchTable::bandwidth));
      columns.add(figure("by turns", m -> percent(m.shareOfPlainReads())));
      columns.add(figure("scratch", m -> "%.1f MiB".formatted(m.scratchBytes() / 1048576.0)));
    }
    columns.add(figure("rows checked", m -> share(m.checkedRows(), m.rows())));
    columns.add(figure("err/budget", m -> "%.3f".formatted(m.maxErrorOverBudget())));
    columns.add(figure("host +us", m -> "%.0f".formatted(m.hostOverheadNanos().median() / 1e3)));
    columns.add(
        figure(
            "vs java",
            m -> Double.isNaN(m.speedupOverJava()) ? "" : "%.2fx".formatted(m.speedupOverJava())));
    return AsciiTable.getTable(report.cells(), columns);
  }

  private static ColumnData<BenchCell> text(String header, Function<BenchCell, String> value) {
    return new Column().header(header).dataAlign(HorizontalAlign.LEFT).with(value);
  }

  private static ColumnData<BenchCell> figure(String header, Function<Measurement, String> value) {
    return new Column()
        .header(header)
        .with(cell -> {
          Measurement measurement = cell.measurement();
          return measurement == null
              ? cell.status().name().toLowerCase(Locale.ROOT).replace('_', ' ')
              : value.apply(measurement);
        });
  }

  /** Empty where the bandwidth was not measured. */
  private static String bandwidth(Measurement m) {
    return m.bandwidthLevel().isEmpty()
        ? ""
        : "%.1f %% %s".formatted(100 * m.shareOfBandwidth(), m.bandwidthLevel());
  }

  private static String percent(double share) {
    return Double.isNaN(share) ? "" : "%.1f %%".formatted(100 * share);
  }

  /** "100 %" means all of them, nothing less. */
  private static String share(long part, long whole) {
    return part == whole ? "100 %" : "%.1f %%".formatted(Math.min(99.9, 100.0 * part / whole));
  }

  private static String milliseconds(double nanos) {
    return nanos < 1e7 ? "%.3f ms".formatted(nanos / 1e6) : "%.1f ms".formatted(nanos / 1e6);
  }
}
