package io.github.attn4j.core.report;

import java.util.List;

/**
 * The peak rate of float32 fused multiply-adds in this run.
 *
 * @param gflopsPerSecond the best of all shapes and repetitions
 * @param shape which shape that was
 * @param javaGflopsPerSecond a plain Vector API loop on the host's cores, for comparison
 * @param driftPercent the largest repetition over the smallest, minus 1: how steady the machine was
 * @param shapes every shape's best
 */
public record Ceiling(
    double gflopsPerSecond,
    String shape,
    double javaGflopsPerSecond,
    double driftPercent,
    List<ShapeRate> shapes) {
  /** Copies the list. */
  public Ceiling {
    shapes = List.copyOf(shapes);
  }
}
