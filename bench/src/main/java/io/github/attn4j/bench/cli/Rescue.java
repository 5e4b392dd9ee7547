package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.Report;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

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
    write(
        file,
        path -> JsonReport.write(path, report),
        ", and ./attn report --json %s makes its other forms");
  }

  /**
   * The same of a report that {@code ./attn report} does not read.
   *
   * @param form writes it to a file
   */
  static void write(Path file, Consumer<Path> form) {
    write(file, form, "");
  }

  private static void write(Path file, Consumer<Path> form, String wayOn) {
    try {
      form.accept(file);
    } catch (UncheckedIOException e) {
      throw kept(e, file, form, wayOn);
    }
  }

  private static UncheckedIOException kept(
      UncheckedIOException e, Path file, Consumer<Path> form, String wayOn) {
    try {
      Path instead = Files.createTempDirectory("attn-report-").resolve(file.getFileName());
      form.accept(instead);
      return new UncheckedIOException(
          "%s; the report is kept as %s%s"
              .formatted(e.getMessage(), instead, wayOn.formatted(instead)),
          e.getCause());
    } catch (IOException again) {
      e.addSuppressed(again);
    } catch (UncheckedIOException again) {
      e.addSuppressed(again);
    }
    return e;
  }
}
