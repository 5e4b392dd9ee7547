package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.Measurement;
import io.github.attn4j.core.spec.AttentionSpec;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** What launches took in the report of an earlier run: for the estimate of a plan, no result. */
final class EarlierTimes {
  private final Map<List<Object>, Double> seconds = new HashMap<>();

  private EarlierTimes() {}

  /** Of a report, if it is there and can be read; else nothing is known. */
  static EarlierTimes of(Path file) {
    EarlierTimes times = new EarlierTimes();
    try {
      if (Files.isRegularFile(file) && JsonReport.read(file) instanceof BenchReport report) {
        report.cells().forEach(times::add);
      }
    } catch (InvalidFileException | UncheckedIOException e) {
      times.seconds.clear();
    }
    return times;
  }

  private void add(BenchCell cell) {
    Measurement measurement = cell.measurement();
    if (measurement != null) {
      seconds.put(
          List.of(
              cell.kernel(),
              cell.device(),
              cell.shape(),
              cell.input(),
              cell.dtype(),
              cell.kvDtype(),
              cell.pageSize()),
          measurement.kernelNanos().median() / 1e9);
    }
  }

  /** Of the same kernel, device and problem; empty where there is none. */
  OptionalDouble launchSeconds(CellSpec cell, String deviceName) {
    AttentionSpec spec = cell.spec();
    Double found =
        seconds.get(
            List.of(
                cell.kernel(),
                deviceName,
                spec.label(),
                cell.source().label(),
                spec.queryType().label(),
                spec.keyValueType().label(),
                cell.shape().storage().pageSize()));
    return found == null ? OptionalDouble.empty() : OptionalDouble.of(found);
  }
}
