package io.github.attn4j.core.report;

import io.github.attn4j.core.check.Accuracy;
import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.UlpHistogram;
import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Made-up reports with every kind of cell. */
final class SampleReports {
  /** Captured once: the second it holds would tell two samples of one test apart. */
  private static final Environment ENVIRONMENT =
      Environment.capture(
          List.of(device("opencl", "Abacus o"), device("java", "Abacus j"), device("x", "idle")),
          "./attn bench",
          1);

  private SampleReports() {}

  static BenchReport bench(String note) {
    return new BenchReport(
        BenchReport.SCHEMA_VERSION,
        ENVIRONMENT,
        List.of(ceiling("opencl:0"), ceiling("java:0")),
        "2 * pairs * (D + Dv)",
        List.of(
            new KernelTraits("opencl:naive", "4*B*Hq*Sq*Skv", true),
            new KernelTraits("opencl:flash", "0", false),
            new KernelTraits("java:flash", "threads * 4", false)),
        List.of(
            cell("opencl:naive", 128, BenchCell.Status.MEASURED, "", measurement(2e6, Double.NaN)),
            cell("opencl:naive", 256, BenchCell.Status.MEASURED, "", measurement(8e6, 2)),
            cell("java:flash", 256, BenchCell.Status.MEASURED, "", measurement(1e6, 1)),
            cell("opencl:naive", 512, BenchCell.Status.FAILED, note, null),
            cell("opencl:flash", 512, BenchCell.Status.BUILD_FAILED, "line 3: error", null),
            cell("opencl:naive", 1024, BenchCell.Status.SKIPPED, "skipped, predicted 14 s", null)),
        List.of(
            new Growth(
                "opencl:naive",
                "opencl:0",
                "normal",
                "B1 H8 D64 full",
                "N",
                2.01,
                0.03,
                true,
                List.of(
                    new Growth.Point(1024, 1024, 1e8, 0.5, false),
                    new Growth.Point(2048, 2048, 4e8, -0.5, false),
                    new Growth.Point(4096, 4096, 2.2e9, 37, true)))),
        List.of(
            new Crossover(
                "normal",
                "B1 H8 D64 full",
                "opencl:0",
                Double.NaN,
                "opencl:flash beats opencl:naive at every context from 128 to 4096")),
        new Noise(true, List.of("the FMA ceiling of opencl:0 drifted by 12.0 %")),
        true);
  }

  /** The same cells, measured in a mode over a paged cache of i8. */
  static BenchReport inMode(String mode) {
    BenchReport sample = bench("");
    return new BenchReport(
        sample.schemaVersion(),
        sample.environment(),
        sample.ceilings(),
        sample.flopConvention(),
        sample.kernels(),
        sample.cells().stream().map(cell -> Cells.stored(cell, "f16", "i8", mode, 64)).toList(),
        List.of(),
        List.of(),
        sample.noise(),
        true);
  }

  private static DeviceCeiling ceiling(String deviceId) {
    return new DeviceCeiling(
        deviceId,
        new Ceiling(500, "fma_16x8", 480, 3.5, List.of(new ShapeRate("fma_16x8", 500))),
        List.of(
            new BandwidthCeiling("L2", 1 << 20, 200, "read_16x4", 190, ""),
            new BandwidthCeiling("memory", 1 << 28, 20, "read_16x4", 19, "")));
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
        "",
        "B1 H8 S" + n + " D64 full",
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
        0,
        0,
        0,
        status,
        note,
        m,
        null);
  }

  private static Measurement measurement(double nanos, double speedup) {
    return new Measurement(
        around(nanos, 50),
        around(1.2 * nanos, 10),
        around(30e3, 50),
        around(10e3, 2),
        around(20e3, 7),
        30_000_000,
        true,
        1.4,
        true,
        1,
        0.7,
        1e9,
        1e9 / nanos,
        0.5,
        1 << 20,
        (1 << 20) / nanos,
        "L2",
        0.3,
        1 << 19,
        1 << 19,
        1 << 21,
        0.25,
        1000,
        16,
        4096,
        speedup,
        "BLOCK_KV=128 QUERY_TILES=2",
        around(0.8 * nanos, 20),
        around(0.9 * nanos, 20),
        1e3,
        12.5,
        around(nanos, 10));
  }

  private static Quantiles around(double median, int samples) {
    return new Quantiles(0.9 * median, median, 1.1 * median, samples);
  }

  static VerifyReport verify(String detail) {
    return new VerifyReport(
        VerifyReport.SCHEMA_VERSION,
        Environment.capture(List.of(), "./attn verify", 1),
        List.of(new KernelSummary("a:x", 3, 1, 1, 1, 0, Double.POSITIVE_INFINITY)),
        List.of(
            new VerifyCase(
                "a:x",
                "device",
                "one",
                "B1",
                "f16",
                "i8",
                "BLOCK_Q=4",
                "normal",
                "passed",
                0.5,
                0.9,
                3.25,
                "",
                0.1),
            new VerifyCase(
                "a:x",
                "device",
                "two",
                "B1",
                "f32",
                "f32",
                "",
                "normal",
                "INCORRECT",
                Double.POSITIVE_INFINITY,
                0,
                Double.NaN,
                detail,
                0.1),
            new VerifyCase(
                "a:x",
                "device",
                "three",
                "B1",
                "f32",
                "f32",
                "",
                "normal",
                "unsupported",
                Double.NaN,
                Double.NaN,
                Double.NaN,
                "D > 8",
                0)),
        List.of(KernelAccuracy.of("a:x", "f16", List.of(comparison()))),
        List.of(
            KernelRepeats.measured("a:x", "device", "p", "B1", false, 20, 3, 1e-6, 6, 0, 0),
            KernelRepeats.measured("a:x", "device", "p", "B1", true, 20, 0, 0, 6, 2, 2e-7),
            KernelRepeats.notMeasured("a:x", "device", "q", "B1", false, "BUILD FAILED", "line 7"),
            KernelRepeats.notMeasured(
                "a:x", "device", "q", "B1", true, "unsupported", "takes none")));
  }

  /** Of a result with an element of each sort. */
  private static Comparison comparison() {
    List<Long> counts = new ArrayList<>(Collections.nCopies(UlpHistogram.BINS, 0L));
    counts.set(0, 12_000L);
    counts.set(3, 300L);
    UlpHistogram ulps = new UlpHistogram(counts, 5, 6, 7, 8, 3.25);
    return new Comparison(12_318, 0, 0.5, null, 1, new Accuracy(0.9, 1, ulps, UlpHistogram.EMPTY));
  }
}
