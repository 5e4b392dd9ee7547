package io.github.attn4j.core.report;

import java.util.List;
import java.util.stream.Collectors;

/**
 * All of a benchmark run: {@code report.json}.
 *
 * @param schemaVersion {@value #SCHEMA_VERSION}
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
  /** 2 added each cell's device and its checked rows. */
  public static final int SCHEMA_VERSION = 2;

  /** Copies the list. */
  public BenchReport {
    cells = List.copyOf(cells);
  }

  /** The devices of the cells, each with its id before its name, as a line of text. */
  public String devicesUsed() {
    return cells.stream()
        .map(cell -> cell.deviceId() + " " + cell.device())
        .distinct()
        .collect(Collectors.joining("; "));
  }
}
