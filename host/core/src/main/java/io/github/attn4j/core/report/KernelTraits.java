package io.github.attn4j.core.report;

/**
 * What a kernel says of itself.
 *
 * @param kernel global id
 * @param scratchFormula bytes it allocates besides Q, K, V, O, LSE and the mask, as a formula
 * @param keepsScores whether the score matrix goes through memory, as it does not in fused kernels
 */
public record KernelTraits(String kernel, String scratchFormula, boolean keepsScores) {}
