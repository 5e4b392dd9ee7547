package io.github.attn4j.core.report;

/**
 * One version's part in a row. What there is no figure of is NaN (null in JSON).
 *
 * @param device what the driver calls it
 * @param status whether there is a measurement
 * @param note why not, or what to know about it; may be empty
 * @param kernelNanos median device time of a launch; in ratios to a peer, wall time of our call
 * @param shareOfFma of the multiply-add rate, by turns with the kernel where both versions have
 *     that, and otherwise of the run's ceiling
 * @param shareOfBandwidth of the read bandwidth, likewise
 * @param overJava how many times as fast as java:flash in the same run
 * @param overPeer how many times as fast as the row's peer, in turns with it
 * @param halfWidthPercent half of the median's 95 % interval within the run, in percent
 */
public record CellSide(
    String device,
    BenchCell.Status status,
    String note,
    double kernelNanos,
    double shareOfFma,
    double shareOfBandwidth,
    double overJava,
    double overPeer,
    double halfWidthPercent) {}
