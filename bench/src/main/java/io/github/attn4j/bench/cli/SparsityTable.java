package io.github.attn4j.bench.cli;

import io.github.attn4j.core.check.MaskQuality;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.BlockMapCost;
import io.github.attn4j.core.report.Sparsity;
import io.github.attn4j.core.report.Speedup;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What masks leave, gain and do to the result, as a table for a terminal: a row a masked cell. */
final class SparsityTable {
  private SparsityTable() {}

  /** Empty where no cell has a mask. */
  static Optional<String> of(BenchReport report) {
    List<BenchCell> masked =
        report.cells().stream().filter(cell -> cell.sparsity() != null).toList();
    return masked.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Table.of(masked)
                .name("input", BenchCell::input)
                .name("shape", BenchCell::shape)
                .name("kernel", BenchCell::kernel)
                .figure("pairs", figure(s -> percent(s.pairDensity())))
                .figure("64x64 blocks", figure(s -> percent(s.blockDensity())))
                .figure("map built in", figure(s -> of(s.blockMap(), SparsityTable::mapTime)))
                .figure("map", figure(s -> of(s.blockMap(), SparsityTable::mapBytes)))
                .figure("full mask", figure(s -> of(s.speedup(), SparsityTable::dense)))
                .figure("ideal", figure(s -> of(s.speedup(), gain -> times(gain.ideal()))))
                .figure("achieved", figure(s -> of(s.speedup(), SparsityTable::achieved)))
                .figure(
                    "achieved/ideal",
                    figure(s -> of(s.speedup(), gain -> "%.2f".formatted(gain.achievedOfIdeal()))))
                .figure("mass kept (p10)", figure(s -> of(s.quality(), SparsityTable::mass)))
                .figure("output error (p90)", figure(s -> of(s.quality(), SparsityTable::error)))
                .figure("empty rows", figure(s -> of(s.quality(), SparsityTable::emptyRows)))
                .text());
  }

  private static Function<BenchCell, String> figure(Function<Sparsity, String> value) {
    return cell -> value.apply(Objects.requireNonNull(cell.sparsity()));
  }

  private static <T> String of(@Nullable T part, Function<T, String> value) {
    return part == null ? "" : value.apply(part);
  }

  private static String mapTime(BlockMapCost map) {
    return "%.1f ms".formatted(map.buildNanos() / 1e6);
  }

  private static String mapBytes(BlockMapCost map) {
    return "%.1f KiB".formatted(map.bytes() / 1024.0);
  }

  private static String dense(Speedup gain) {
    return "%.3f ms".formatted(gain.denseNanos().median() / 1e6);
  }

  private static String achieved(Speedup gain) {
    return "%s (%s..%s)"
        .formatted(
            times(gain.achieved().median()),
            times(gain.achieved().p10()),
            times(gain.achieved().p90()));
  }

  private static String mass(MaskQuality quality) {
    return figures(quality.meanRetainedMass(), quality.p10RetainedMass());
  }

  private static String error(MaskQuality quality) {
    return figures(quality.meanOutputError(), quality.p90OutputError());
  }

  private static String emptyRows(MaskQuality quality) {
    return "%,d of %,d"
        .formatted(
            quality.emptyRows(), quality.rows() + quality.emptyRows() + quality.undefinedRows());
  }

  private static String figures(double mean, double quantile) {
    return Double.isNaN(mean) ? "no row" : "%.3f (%.3f)".formatted(mean, quantile);
  }

  /** Factors: two digits behind the point below ten, one above. */
  static String times(double factor) {
    return (factor < 10 ? "%.2fx" : "%.1fx").formatted(factor);
  }

  /** Less than a percent keeps its digits: 0.0 % would read as nothing. */
  private static String percent(double share) {
    return share >= 0.01 || share == 0
        ? "%.1f %%".formatted(100 * share)
        : "%.2g %%".formatted(100 * share);
  }
}
