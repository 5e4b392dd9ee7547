package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.AtomicFile;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.CsvReport;
import io.github.attn4j.core.report.MarkdownReport;
import io.github.attn4j.core.report.Report;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that write a benchmark report in other forms beside its JSON. */
final class ReportFiles {
  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description = "Write the cells as CSV: a row a cell, every figure a column.")
  private @Nullable Path csv;

  @Option(
      names = "--markdown",
      paramLabel = "FILE",
      description = "Write the report as a Markdown document, as CI servers show it.")
  private @Nullable Path markdown;

  /** Whether a file was asked for. */
  boolean any() {
    return csv != null || markdown != null;
  }

  /** Whether a table of cells was asked for, which only a sweep has. */
  boolean cells() {
    return csv != null;
  }

  /** Finds out before a run whether what was asked for can be written. */
  void requireWritable() {
    if (csv != null) {
      AtomicFile.requireWritable(csv);
    }
    if (markdown != null) {
      AtomicFile.requireWritable(markdown);
    }
  }

  /** Writes what was asked for. */
  void write(Report report, ResultFiles written) {
    if (csv != null) {
      if (!(report instanceof BenchReport bench)) {
        throw new IllegalArgumentException(
            "--csv %s: only a sweep's cells have columns, and this report holds ratios to peers; leave it out"
                .formatted(csv));
      }
      written.write(csv, file -> CsvReport.write(file, bench));
    }
    written.write(markdown, file -> AtomicFile.write(file, MarkdownReport.markdown(report)));
  }
}
