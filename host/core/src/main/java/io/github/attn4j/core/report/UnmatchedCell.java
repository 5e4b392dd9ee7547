package io.github.attn4j.core.report;

/**
 * A cell that only one of two versions has.
 *
 * @param in name of the version that has it
 * @param missingIn name of the one that has not
 * @param inBase whether the one that has it is the base; both may have one name
 * @param cell which
 * @param status what came of it
 */
public record UnmatchedCell(
    String in, String missingIn, boolean inBase, CellIdentity cell, BenchCell.Status status) {
  /** Whether the base measured what the new version has not: coverage that was lost. */
  public boolean lost() {
    return inBase && status == BenchCell.Status.MEASURED;
  }
}
