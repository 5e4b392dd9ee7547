package io.github.attn4j.core.report;

import java.util.List;

/**
 * One cell of two versions.
 *
 * @param against name of the new version; the base is the report's first
 * @param cell what was measured
 * @param verdict what became of it
 * @param measure what the ratio is of: "time", or what it is relative to
 * @param ratio the new version's cost over the base's, above 1 is slower; NaN (null in JSON)
 *     without one
 * @param lower bound of it
 * @param upper bound of it
 * @param base the base's figures
 * @param now the new version's
 * @param pairs of trials that it was decided by; empty where reports were compared
 */
public record RegressionRow(
    String against,
    CellIdentity cell,
    Verdict verdict,
    String measure,
    double ratio,
    double lower,
    double upper,
    CellSide base,
    CellSide now,
    List<TrialPair> pairs) {
  /** Copies the list. */
  public RegressionRow {
    pairs = List.copyOf(pairs);
  }
}
