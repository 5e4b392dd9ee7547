package io.github.attn4j.core.report;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.List;
import java.util.Map;

/** Made-up reports with every kind of cell. */
final class SampleReports {
  private SampleReports() {}

  static BenchReport bench(String note) {
    return new BenchReport(
        BenchReport.SCHEMA_VERSION,
        Environment.capture(
            List.of(device("opencl", "Abacus o"), device("java", "Abacus j"), device("x", "idle")),
            "./attn bench",
            1),
        new Ceiling(500, "fma_16x8", 480, 3.5, List.of(new ShapeRate("fma_16x8", 500))),
        "2 * pairs * (D + Dv)",
        List.of(
            cell("opencl:naive", 128, BenchCell.Status.MEASURED, "", measurement(2e6, Double.NaN)),
            cell("opencl:naive", 256, BenchCell.Status.MEASURED, "", measurement(8e6, 2)),
            cell("java:flash", 256, BenchCell.Status.MEASURED, "", measurement(1e6, 1)),
            cell("opencl:naive", 512, BenchCell.Status.FAILED, note, null),
            cell("opencl:flash", 512, BenchCell.Status.BUILD_FAILED, "line 3: error", null),
            cell("opencl:naive", 1024, BenchCell.Status.SKIPPED, "skipped, predicted 14 s", null)),
        true);
  }

  private static DeviceInfo device(String backend, String name) {
    return new DeviceInfo(
        backend, 0, name, DeviceInfo.Kind.CPU, "driver 1", 2, 1 << 30, 0, 1, List.of(), Map.of());
  }

  private static BenchCell cell(
      String kernel,
      int n,
      BenchCell.Status status,
      String note,
      @org.jspecify.annotations.Nullable Measurement m) {
    return new BenchCell(
        kernel,
        kernel.replaceFirst(":.*", ":0"),
        "Abacus " + kernel.charAt(0),
        "B1 H8 S" + n + " D64 full",
        "normal",
        1,
        8,
        8,
        n,
        n,
        64,
        "full",
        status,
        note,
        m);
  }

  private static Measurement measurement(double nanos, double speedup) {
    return new Measurement(
        new Quantiles(nanos * 0.9, nanos, nanos * 1.1, 50),
        30e3,
        10,
        20,
        30,
        1e9,
        1e9 / nanos,
        0.5,
        1 << 20,
        1 << 19,
        1 << 21,
        0.25,
        1000,
        16,
        4096,
        speedup);
  }

  static VerifyReport verify(String detail) {
    return new VerifyReport(
        1,
        Environment.capture(List.of(), "./attn verify", 1),
        List.of(new KernelSummary("a:x", 3, 1, 1, 1, 0, Double.POSITIVE_INFINITY)),
        List.of(
            new VerifyCase("a:x", "device", "one", "B1", "normal", "passed", 0.5, "", 0.1),
            new VerifyCase(
                "a:x",
                "device",
                "two",
                "B1",
                "normal",
                "INCORRECT",
                Double.POSITIVE_INFINITY,
                detail,
                0.1),
            new VerifyCase(
                "a:x", "device", "three", "B1", "normal", "unsupported", Double.NaN, "D > 8", 0)));
  }
}
