package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.AtomicFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Files that commands write every case to, in the forms that programs read. */
final class CaseFileOptions {
  @Option(names = "--json", paramLabel = "FILE", description = "Writes every case to a JSON file.")
  private @Nullable Path json;

  @Option(
      names = "--junit",
      paramLabel = "FILE",
      description = "Writes every case to a JUnit XML file.")
  private @Nullable Path junit;

  /** What to write, and null for nothing. */
  @Nullable Path json() {
    return json;
  }

  /** The same. */
  @Nullable Path junit() {
    return junit;
  }

  /**
   * Before a run: not found out after minutes.
   *
   * @throws java.io.UncheckedIOException naming a file that cannot be written
   */
  void requireWritable() {
    requireWritable(json);
    requireWritable(junit);
  }

  /** The same of one file; nothing of null. */
  static void requireWritable(@Nullable Path file) {
    if (file != null) {
      AtomicFile.requireWritable(file);
    }
  }
}
