package io.github.attn4j.core.report;

/**
 * A sample's middle and spread.
 *
 * @param p10 a tenth of the sample is below
 * @param median half of it
 * @param p90 nine tenths
 * @param samples how many there were
 */
public record Quantiles(double p10, double median, double p90, int samples) {}
