package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Measurement;
import java.util.Locale;
import java.util.function.Function;

/** A benchmark as a table for a terminal: a row a cell. */
final class BenchTable {
  private BenchTable() {}

  static String of(BenchReport report) {
    boolean modes = report.cells().stream().anyMatch(cell -> !cell.mode().isEmpty());
    boolean types = report.cells().stream().anyMatch(cell -> !cell.types().equals("f32"));
    boolean inputs = report.cells().stream().map(BenchCell::input).distinct().count() > 1;
    Table<BenchCell> table = Table.of(report.cells());
    if (modes) {
      table.name("mode", BenchCell::mode);
    }
    if (!modes || inputs) {
      table.name("input", BenchCell::input);
    }
    table.name("shape", BenchCell::shape);
    if (modes || types) {
      table.name("Q/O", BenchCell::dtype).name("K/V", BenchCell::kvDtype);
    }
    table
        .name("kernel", BenchCell::kernel)
        .figure("median", of(m -> milliseconds(m.kernelNanos().median())))
        .figure(
            "p10..p90",
            of(m ->
                milliseconds(m.kernelNanos().p10()) + ".." + milliseconds(m.kernelNanos().p90())));
    if (modes) {
      table
          .figure("tokens/s", of(m -> "%,.0f".formatted(m.tokensPerSecond())))
          .figure("KV GB/s", of(m -> "%.1f".formatted(m.keyValueGigabytesPerSecond())))
          .figure("of bandwidth", of(BenchTable::bandwidth))
          .figure("of plain reads", of(m -> percent(m.shareOfPlainReads())));
    }
    table
        .figure("GFLOP/s", of(m -> "%.1f".formatted(m.gflopsPerSecond())))
        .figure("of FMA peak", of(m -> "%.1f %%".formatted(100 * m.shareOfFmaCeiling())))
        .figure("by turns", of(m -> percent(m.shareOfPlainFmas())));
    if (!modes) {
      table
          .figure("GB/s", of(m -> "%.1f".formatted(m.gigabytesPerSecond())))
          .figure("of bandwidth", of(BenchTable::bandwidth))
          .figure("by turns", of(m -> percent(m.shareOfPlainReads())))
          .figure("scratch", of(m -> "%.1f MiB".formatted(m.scratchBytes() / 1048576.0)));
    }
    return table
        .figure("rows checked", of(m -> share(m.checkedRows(), m.rows())))
        .figure("err/budget", of(m -> "%.3f".formatted(m.maxErrorOverBudget())))
        .figure("host +us", of(m -> "%.0f".formatted(m.hostOverheadNanos().median() / 1e3)))
        .figure(
            "vs java",
            of(m ->
                Double.isNaN(m.speedupOverJava()) ? "" : "%.2fx".formatted(m.speedupOverJava())))
        .text();
  }

  /** Of a cell that was measured; of another its status. */
  private static Function<BenchCell, String> of(Function<Measurement, String> value) {
    return cell -> {
      Measurement measurement = cell.measurement();
      return measurement == null
          ? cell.status().name().toLowerCase(Locale.ROOT).replace('_', ' ')
          : value.apply(measurement);
    };
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
