package io.github.attn4j.core.report;

/**
 * A cell that only one of two versions has.
 *
 * @param in name of the version that has it
 * @param missingIn name of the one that has not
 * @param cell which
 * @param status what came of it
 */
public record UnmatchedCell(
    String in, String missingIn, CellIdentity cell, BenchCell.Status status) {}
