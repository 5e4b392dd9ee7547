package io.github.attn4j.core.report;

import java.util.List;

/**
 * All of a benchmark run: {@code report.json}.
 *
 * @param schemaVersion 1
 * @param environment where and how it ran
 * @param ceiling what cells are measured against
 * @param flopConvention what is counted
 * @param cells in the order of the sweep, which is not that in which they ran
 * @param complete false if the run was interrupted
 */
public record BenchReport(
    int schemaVersion,
    Environment environment,
    Ceiling ceiling,
    String flopConvention,
    List<BenchCell> cells,
    boolean complete) {
  /** Copies the list. */
  public BenchReport {
    cells = List.copyOf(cells);
  }
}
