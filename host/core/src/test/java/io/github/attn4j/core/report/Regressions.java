package io.github.attn4j.core.report;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Made-up reports of two versions. */
final class Regressions {
  private Regressions() {}

  static Environment environment(String device, DeviceInfo.Kind kind) {
    Environment own = Environment.capture(List.of(), "./attn compare", 1);
    return new Environment(
        own.tool(),
        own.version(),
        "0123456789abcdef",
        false,
        own.os(),
        "cpu",
        2,
        own.jdk(),
        List.of(
            new DeviceInfo(
                "opencl", 0, device, kind, "driver 1", 2, 1 << 30, 0, 1, List.of(), Map.of())),
        own.startedAt(),
        own.commandLine(),
        1);
  }

  /** A cell of a kernel, as it was measured on a device that gave as much as that. */
  static BenchCell cell(String kernel, int length, double nanos, double fmaGflops) {
    return cell(
        kernel, length, BenchCell.Status.MEASURED, "", measurement(nanos, fmaGflops, false));
  }

  static BenchCell cell(
      String kernel,
      int length,
      BenchCell.Status status,
      String note,
      @Nullable Measurement measurement) {
    return new BenchCell(
        kernel,
        "opencl:0",
        "device",
        "",
        "B1 H8 S%d D64 full".formatted(length),
        "normal",
        1,
        8,
        8,
        length,
        length,
        64,
        64,
        "f32",
        "f32",
        "",
        0,
        false,
        "full",
        8L * length * length,
        0,
        0,
        0,
        status,
        note,
        measurement,
        null);
  }

  /** The same cell, tuned. */
  static BenchCell tuned(BenchCell like, String tuning) {
    Measurement m = java.util.Objects.requireNonNull(like.measurement());
    return cell(
        like.kernel(),
        like.keyLength(),
        like.status(),
        like.note(),
        new Measurement(
            m.kernelNanos(),
            m.coldKernelNanos(),
            m.hostOverheadNanos(),
            m.uploadNanos(),
            m.downloadNanos(),
            m.buildNanos(),
            m.builtFromCache(),
            m.halfWidthPercent(),
            m.settled(),
            m.forks(),
            m.ceilingDropPercent(),
            m.flops(),
            m.gflopsPerSecond(),
            m.shareOfFmaCeiling(),
            m.compulsoryBytes(),
            m.gigabytesPerSecond(),
            m.bandwidthLevel(),
            m.shareOfBandwidth(),
            m.scratchBytes(),
            m.scratchFormulaBytes(),
            m.deviceBytes(),
            m.maxErrorOverBudget(),
            m.checkedElements(),
            m.checkedRows(),
            m.rows(),
            m.speedupOverJava(),
            tuning,
            m.plainFmaNanos(),
            m.plainReadNanos(),
            m.tokensPerSecond(),
            m.keyValueGigabytesPerSecond(),
            m.roundNanos()));
  }

  /** Of 1e9 operations. */
  static Measurement measurement(double nanos, double fmaGflops, boolean byTurns) {
    return measurement(nanos, nanos, fmaGflops, byTurns);
  }

  /** The same where launches are not all alike: the fastest and a round differ. */
  static Measurement measurement(
      double nanos, double roundNanos, double fmaGflops, boolean byTurns) {
    Quantiles quantiles = new Quantiles(nanos, nanos, nanos, 10);
    Quantiles plain = new Quantiles(1e9 / fmaGflops, 1e9 / fmaGflops, 1e9 / fmaGflops, 10);
    return new Measurement(
        quantiles,
        null,
        quantiles,
        quantiles,
        quantiles,
        1,
        true,
        1,
        true,
        1,
        0,
        1e9,
        1e9 / nanos,
        1e9 / nanos / fmaGflops,
        1 << 20,
        1,
        "memory",
        0.01,
        0,
        0,
        0,
        0.5,
        1,
        1,
        1,
        Double.NaN,
        "",
        byTurns ? plain : null,
        null,
        1,
        1,
        new Quantiles(roundNanos, roundNanos, roundNanos, 10));
  }

  static BenchReport report(Environment environment, BenchCell... cells) {
    return new BenchReport(
        BenchReport.SCHEMA_VERSION,
        environment,
        List.of(),
        "2 * visible pairs * (D + Dv)",
        List.of(),
        List.of(cells),
        List.of(),
        List.of(),
        new Noise(false, List.of()),
        true);
  }

  static BenchReport report(BenchCell... cells) {
    return report(environment("device", DeviceInfo.Kind.CPU), cells);
  }

  static RegressionRule rule(double threshold, boolean gate) {
    return new RegressionRule(threshold, gate, false, Double.NaN, 0, 0);
  }

  static RegressionReport compare(BenchReport base, BenchReport now)
      throws ReportComparison.NotComparable {
    return compare(base, now, rule(0.05, true));
  }

  static RegressionReport compareAllowingMissing(BenchReport base, BenchReport now)
      throws ReportComparison.NotComparable {
    return compare(base, now, new RegressionRule(0.05, true, true, Double.NaN, 0, 0));
  }

  private static RegressionReport compare(BenchReport base, BenchReport now, RegressionRule rule)
      throws ReportComparison.NotComparable {
    return ReportComparison.of(
        environment("device", DeviceInfo.Kind.CPU),
        List.of(
            new ReportComparison.Named("a.json", "a.json", base),
            new ReportComparison.Named("b.json", "b.json", now)),
        rule,
        false);
  }
}
