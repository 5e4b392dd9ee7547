package io.github.attn4j.core.report;

/**
 * What a measured cell shows.
 *
 * @param kernelNanos device time of a launch
 * @param hostOverheadNanos median of a launch's wall time less its device time
 * @param uploadNanos host to device
 * @param downloadNanos device to host
 * @param buildNanos building or loading the programs
 * @param flops of one launch, by the report's convention
 * @param gflopsPerSecond flops over the median kernel time
 * @param shareOfFmaCeiling of the run's FMA ceiling
 * @param compulsoryBytes what any implementation must move
 * @param scratchBytes allocated besides tensors and mask
 * @param deviceBytes all that is allocated on the device
 * @param maxErrorOverBudget the largest error as a share of its budget
 * @param checkedElements how many elements were held against the oracle
 * @param checkedRows rows of each output that were held against the oracle
 * @param rows rows of an output: batch * query heads * queries
 * @param speedupOverJava java:flash's time over this one; NaN (null in JSON) where it was not
 *     measured beside it
 */
public record Measurement(
    Quantiles kernelNanos,
    double hostOverheadNanos,
    long uploadNanos,
    long downloadNanos,
    long buildNanos,
    double flops,
    double gflopsPerSecond,
    double shareOfFmaCeiling,
    long compulsoryBytes,
    long scratchBytes,
    long deviceBytes,
    double maxErrorOverBudget,
    long checkedElements,
    long checkedRows,
    long rows,
    double speedupOverJava) {}
