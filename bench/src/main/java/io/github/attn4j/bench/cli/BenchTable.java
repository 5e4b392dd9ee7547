package io.github.attn4j.bench.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Measurement;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** A benchmark as a table for a terminal: a row a cell. */
final class BenchTable {
  private BenchTable() {}

  static String of(BenchReport report) {
    return AsciiTable.getTable(
        report.cells(),
        List.of(
            text("input", BenchCell::input),
            text("shape", BenchCell::shape),
            text("kernel", BenchCell::kernel),
            figure("median", m -> milliseconds(m.kernelNanos().median())),
            figure(
                "p10..p90",
                m ->
                    milliseconds(m.kernelNanos().p10())
                        + ".."
                        + milliseconds(m.kernelNanos().p90())),
            figure("GFLOP/s", m -> "%.1f".formatted(m.gflopsPerSecond())),
            figure("of FMA peak", m -> "%.1f %%".formatted(100 * m.shareOfFmaCeiling())),
            figure("by turns", m -> percent(m.shareOfPlainFmas())),
            figure("GB/s", m -> "%.1f".formatted(m.gigabytesPerSecond())),
            figure("of bandwidth", BenchTable::bandwidth),
            figure("by turns", m -> percent(m.shareOfPlainReads())),
            figure("scratch", m -> "%.1f MiB".formatted(m.scratchBytes() / 1048576.0)),
            figure("rows checked", m -> share(m.checkedRows(), m.rows())),
            figure("err/budget", m -> "%.3f".formatted(m.maxErrorOverBudget())),
            figure("host +us", m -> "%.0f".formatted(m.hostOverheadNanos().median() / 1e3)),
            figure(
                "vs java",
                m ->
                    Double.isNaN(m.speedupOverJava())
                        ? ""
                        : "%.2fx".formatted(m.speedupOverJava()))));
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
