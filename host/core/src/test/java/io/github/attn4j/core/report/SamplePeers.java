package io.github.attn4j.core.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Made-up ratios with every kind of row. */
final class SamplePeers {
  private SamplePeers() {}

  static PeerReport of(String note, boolean complete) {
    return new PeerReport(
        PeerReport.SCHEMA_VERSION,
        SampleReports.bench("").environment(),
        "2 * pairs * (D + Dv)",
        PeerReport.TIMED_REGION,
        List.of(
            row("torch", 512, BenchCell.Status.MEASURED, "", times(4)),
            row("torch", 1024, BenchCell.Status.MEASURED, "", times(1)),
            row("onnxruntime", 512, BenchCell.Status.MEASURED, "", times(0.5)),
            row("onnxruntime", 1024, BenchCell.Status.FAILED, note, null),
            row("torch", 2048, BenchCell.Status.SKIPPED, "skipped, predicted 14 s", null)),
        complete);
  }

  static PeerReport unmeasured() {
    PeerReport full = of("none", false);
    return new PeerReport(
        full.schemaVersion(),
        full.environment(),
        full.flopConvention(),
        full.timedRegion(),
        full.ratios().stream().filter(row -> row.times() == null).toList(),
        false);
  }

  private static PeerRatio row(
      String peer, int n, BenchCell.Status status, String note, PeerRatio.@Nullable Times times) {
    return new PeerRatio(
        "opencl:flash",
        "opencl:0",
        "Abacus o",
        peer,
        times == null ? "" : peer + " 1.0",
        times == null ? "" : "beads | moved by hand",
        2,
        "",
        "B1 H8 S%d D64 full".formatted(n),
        "normal",
        1,
        8,
        8,
        n,
        n,
        64,
        64,
        "f32",
        "f32",
        "",
        0,
        false,
        "full",
        8L * n * n,
        status,
        note,
        times);
  }

  private static PeerRatio.Times times(double ratio) {
    return PeerRatio.Times.of(
        1e9,
        around(9e5),
        around(1e6),
        around(ratio * 1e6),
        around(ratio),
        around(1.1 * ratio),
        Double.POSITIVE_INFINITY,
        0.25,
        0.125,
        16,
        4096,
        "BLOCK_KV=128");
  }

  private static Quantiles around(double median) {
    return new Quantiles(0.9 * median, median, 1.1 * median, 40);
  }
}
