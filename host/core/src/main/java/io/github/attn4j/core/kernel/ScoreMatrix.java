package io.github.attn4j.core.kernel;

/**
 * What {@link Session#scores} reads.
 *
 * @param producer what computed it, for reports
 * @param values contiguous [batch, queryHeads, queryLength, kvLength]; of rows past a sequence's
 *     queries they say nothing
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ScoreMatrix(String producer, float[] values) {}
