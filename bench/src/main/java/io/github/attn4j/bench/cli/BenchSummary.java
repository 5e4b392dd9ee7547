package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.BandwidthCeiling;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Crossover;
import io.github.attn4j.core.report.DeviceCeiling;
import io.github.attn4j.core.report.Growth;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a benchmark says besides its cells, as lines for a terminal. */
final class BenchSummary {
  private BenchSummary() {}

  static List<String> lines(BenchReport report) {
    List<String> lines = new ArrayList<>();
    report.growth().forEach(growth -> lines.add(growth(growth)));
    report.crossovers().forEach(crossover -> lines.add(crossover(crossover)));
    lines.add("ran on " + report.devicesUsed());
    report.ceilings().forEach(ceiling -> lines.add(ceiling(ceiling)));
    lines.add("GFLOP/s counts " + report.flopConvention());
    report.noise().reasons().forEach(reason -> lines.add("the machine was noisy: " + reason));
    return lines;
  }

  private static String growth(Growth growth) {
    String interval =
        Double.isNaN(growth.halfWidth())
            ? "two contexts only, no interval"
            : "+- %.3f".formatted(growth.halfWidth());
    String cliffs =
        growth.points().stream()
            .filter(Growth.Point::cliff)
            .map(point -> "; a cliff at N = " + point.length())
            .collect(Collectors.joining());
    return "%s, %s, %s: time grows as %s^%.3f (%s, N >= %d)%s"
        .formatted(
            growth.kernel(),
            growth.input(),
            growth.family(),
            growth.regressor().equals("N") ? "N" : "(" + growth.regressor() + ")",
            growth.exponent(),
            interval,
            Growth.LEAST_LENGTH,
            cliffs);
  }

  private static String crossover(Crossover crossover) {
    return "%s, %s on %s: %s"
        .formatted(
            crossover.input(), crossover.family(), crossover.deviceId(), crossover.statement());
  }

  private static String ceiling(DeviceCeiling ceiling) {
    String fma =
        "ceilings of %s: %.1f GFLOP/s (%s; a Vector API loop: %.1f), drift within the run %.1f %%"
            .formatted(
                ceiling.deviceId(),
                ceiling.fma().gflopsPerSecond(),
                ceiling.fma().shape(),
                ceiling.fma().javaGflopsPerSecond(),
                ceiling.fma().driftPercent());
    return ceiling.bandwidth().stream()
        .map(BenchSummary::bandwidth)
        .collect(Collectors.joining(", ", fma + "; reads ", ""));
  }

  private static String bandwidth(BandwidthCeiling level) {
    return "%s %.1f GB/s".formatted(level.level(), level.gigabytesPerSecond());
  }
}
