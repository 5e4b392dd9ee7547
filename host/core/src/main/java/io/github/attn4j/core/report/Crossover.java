package io.github.attn4j.core.report;

/**
 * From which context on the best fused kernel beats the best one that keeps its scores in memory.
 *
 * @param input where the data came from
 * @param family the shape without its lengths, {@link Families}
 * @param deviceId where both ran
 * @param length where the lines of their times cross, between two measured contexts by
 *     interpolation of the logarithms; NaN (null in JSON) where they do not cross
 * @param statement the finding as a sentence
 */
public record Crossover(
    String input, String family, String deviceId, double length, String statement) {}
