package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.PeerRatio;
import io.github.attn4j.core.report.PeerReport;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/** Ratios as a table for a terminal: a row a kernel, a rival and a problem. */
final class PeerTable {
  private PeerTable() {}

  static String of(PeerReport report) {
    return Table.of(report.ratios())
        .name("input", PeerRatio::input)
        .name("shape", PeerRatio::shape)
        .name("kernel", PeerRatio::kernel)
        .name("peer", PeerRatio::peer)
        .figure("our kernel", of(times -> milliseconds(times.ourKernelNanos().median())))
        .figure("ours", of(times -> milliseconds(times.ourNanos().median())))
        .figure("peer's", of(times -> milliseconds(times.peerNanos().median())))
        .figure("/ kernel", of(times -> "%.2f".formatted(times.kernelRatio().median())))
        .figure("peer's / ours", of(times -> "%.2f".formatted(times.ratio().median())))
        .figure(
            "p10..p90",
            of(times -> "%.2f..%.2f".formatted(times.ratio().p10(), times.ratio().p90())))
        .figure("+-", of(times -> "%.1f %%".formatted(times.halfWidthPercent())))
        .figure("rounds", of(times -> String.valueOf(times.ratio().samples())))
        .figure("GFLOP/s", of(times -> "%.1f".formatted(times.ourGflopsPerSecond())))
        .figure("peer's GFLOP/s", of(times -> "%.1f".formatted(times.peerGflopsPerSecond())))
        .figure(
            "err/budget",
            of(times ->
                "%.3f, %.3f".formatted(times.maxErrorOverBudget(), times.peerMaxErrorOverBudget())))
        .text();
  }

  /** What the table has no room for. */
  static List<String> notes(PeerReport report) {
    Set<String> lines = new LinkedHashSet<>();
    for (PeerRatio row : report.ratios()) {
      if (!row.note().isEmpty()) {
        lines.add("%s, %s, %s: %s".formatted(row.kernel(), row.peer(), row.shape(), row.note()));
      }
    }
    for (PeerRatio row : report.ratios()) {
      if (!row.peerVersion().isEmpty()) {
        lines.add(
            "%s: %s, %d threads; %s"
                .formatted(row.peer(), row.peerVersion(), row.threads(), row.peerMethod()));
      }
    }
    for (PeerReport.Mean mean : report.means()) {
      lines.add(
          "%s is %.2f times as fast as %s%s: geometric mean of %d cells, lowest %.2f"
              .formatted(
                  mean.kernel(),
                  mean.ratio(),
                  mean.peer(),
                  mean.types().equals("f32") ? "" : ", " + mean.types(),
                  mean.cells(),
                  mean.lowest()));
    }
    lines.add("timed: " + report.timedRegion());
    return new ArrayList<>(lines);
  }

  /** Of a row that was measured; of another its status. */
  private static Function<PeerRatio, String> of(Function<PeerRatio.Times, String> value) {
    return row -> {
      PeerRatio.Times times = row.times();
      return times == null
          ? row.status().name().toLowerCase(Locale.ROOT).replace('_', ' ')
          : value.apply(times);
    };
  }

  private static String milliseconds(double nanos) {
    return nanos < 1e7 ? "%.3f ms".formatted(nanos / 1e6) : "%.1f ms".formatted(nanos / 1e6);
  }
}
