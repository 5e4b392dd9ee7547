package io.github.attn4j.core.report;

/**
 * What it takes to know which blocks a kernel has to visit; no part of kernel times.
 *
 * @param buildNanos wall time of building it on the host, for the first time in a fresh JVM
 * @param bytes what it occupies
 */
public record BlockMapCost(long buildNanos, long bytes) {}
