package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.core.report.BandwidthCeiling;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.Crossover;
import io.github.attn4j.core.report.DeviceCeiling;
import io.github.attn4j.core.report.Growth;
import io.github.attn4j.core.report.Speedup;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a benchmark says besides its cells, as lines for a terminal. */
final class BenchSummary {
  private BenchSummary() {}

  static List<String> lines(BenchReport report) {
    List<String> lines = new ArrayList<>(sparsity(report));
    report.growth().forEach(growth -> lines.add(growth(growth)));
    report.crossovers().forEach(crossover -> lines.add(crossover(crossover)));
    lines.add("ran on " + report.devicesUsed());
    report.tuningsUsed().forEach(lines::add);
    report.ceilings().forEach(ceiling -> lines.add(ceiling(ceiling)));
    lines.add("GFLOP/s counts " + report.flopConvention());
    report.noise().reasons().forEach(reason -> lines.add("the machine was noisy: " + reason));
    return lines;
  }

  /** What each mask gains, and beside what that was measured. */
  private static List<String> sparsity(BenchReport report) {
    List<String> lines = new ArrayList<>();
    for (BenchCell cell : report.cells()) {
      Speedup gain = cell.sparsity() == null ? null : cell.sparsity().speedup();
      if (gain != null) {
        lines.add(
            "%s, %s, %s: %.2f of the ideal speed-up (%s of %s)"
                .formatted(
                    cell.kernel(),
                    cell.input(),
                    cell.shape(),
                    gain.achievedOfIdeal(),
                    SparsityTable.times(gain.achieved().median()),
                    SparsityTable.times(gain.ideal())));
      }
    }
    if (!lines.isEmpty()) {
      lines.add(
          "speed-up: over the same kernel on the same data without the mask, launched by turns with"
              + " it in one process; ideal: one over the density of 64x64 blocks");
    }
    boolean judged =
        report.cells().stream()
            .anyMatch(cell ->
                cell.sparsity() != null
                    && cell.sparsity().quality() != null
                    && !cell.input().equals(InputSource.MODEL.label()));
    if (judged) {
      lines.add(
          "mass and output error on generated inputs say little about quality: their scores favour"
              + " no key; --input model has a real model's");
    }
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
