package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.Report;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes what took minutes to measure: where its own place fails, as on a disk that is full by now,
 * into the temporary folder.
 */
final class Rescue {
  private Rescue() {}

  /**
   * Writes a report.
   *
   * @throws UncheckedIOException naming the file that could not be written, and the one that the
   *     report is in instead
   */
  static void write(Path file, Report report) {
    try {
      JsonReport.write(file, report);
    } catch (UncheckedIOException e) {
      throw kept(e, file, report);
    }
  }

  private static UncheckedIOException kept(UncheckedIOException e, Path file, Report report) {
    try {
      Path instead = Files.createTempDirectory("attn-report-").resolve(file.getFileName());
      JsonReport.write(instead, report);
      return new UncheckedIOException(
          "%s; the report is kept as %s, and ./attn report --json %s makes its other forms"
              .formatted(e.getMessage(), instead, instead),
          e.getCause());
    } catch (IOException again) {
      e.addSuppressed(again);
    } catch (UncheckedIOException again) {
      e.addSuppressed(again);
    }
    return e;
  }
}
