package io.github.attn4j.core.reference;

/**
 * The oracle's answer for the rows of a sample.
 *
 * @param sample which rows
 * @param o [rows, valueDim]
 * @param lse [rows], natural log; -inf for a row without visible key
 * @param outputCondition [rows], max over d of sum over visible j of p_j (1 + a_j) |v_jd|, where
 *     a_j bounds the score's own magnitude: what one unit of relative rounding error in scores,
 *     weights and products can move an output by
 * @param lseCondition [rows], the same for LSE: 1 + |lse| + sum of p_j a_j
 * @param outputMagnitude [rows], max over d of sum over visible j of p_j |v_jd|: how large the
 *     partial sums of an output can grow
 * @param visibleKeys [rows], how many terms those sums have
 * @param outputDoubt [rows], how far an output may be off because a score modifier compares what
 *     float32 may find either way, and so hides a pair or shows it; infinite where that leaves
 *     nothing to demand of the row
 * @param lseDoubt [rows], the same for LSE; infinite in the same rows
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ReferenceResult(
    RowSample sample,
    double[] o,
    double[] lse,
    double[] outputCondition,
    double[] lseCondition,
    double[] outputMagnitude,
    int[] visibleKeys,
    double[] outputDoubt,
    double[] lseDoubt) {}
