package io.github.attn4j.core.result;

/**
 * What a launch wrote.
 *
 * @param o the output's buffer, addressed through the spec's output layout, gaps included
 * @param lse log-sum-exp of each row's scores, natural log, contiguous [batch, queryHeads,
 *     queryLength]; -inf for empty rows
 */
@SuppressWarnings(
    "ArrayRecordComponent") // large tensors: copied nowhere, compared by check.Comparison only
public record AttentionOutput(float[] o, float[] lse) {}
