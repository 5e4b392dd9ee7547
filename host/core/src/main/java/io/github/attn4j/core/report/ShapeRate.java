package io.github.attn4j.core.report;

/**
 * The rate of one instruction-parallel shape.
 *
 * @param name of the shape
 * @param gflopsPerSecond its best rate over the run
 */
public record ShapeRate(String name, double gflopsPerSecond) {}
