package io.github.attn4j.core.report;

import org.jspecify.annotations.Nullable;

/**
 * What a measured cell shows. Times of launches are the device's own; see docs/benchmarking.md for
 * what is inside each.
 *
 * @param kernelNanos device time of a launch whose tensors an earlier launch has touched
 * @param coldKernelNanos the same right after the caches were filled with something else; null
 *     where less memory could be written than is sure to be beyond them, or where it never ran
 * @param hostOverheadNanos a launch's wall time less its device time
 * @param uploadNanos host to device, once for each input set
 * @param downloadNanos device to host, O and LSE, each time that they were checked
 * @param buildNanos building or loading the programs, for the first time in a fresh JVM
 * @param builtFromCache whether no program had to be given to the driver's compiler for that; one
 *     that keeps what it compiles, as PoCL does, is given each, and the time says what that took
 * @param halfWidthPercent half of the 95 % confidence interval of the median, in percent of it
 * @param settled whether that is small enough to stop; a cell that is not says so in its note
 * @param forks JVMs that were started for it, a sample of launches each
 * @param ceilingDropPercent how far the FMA ceiling just before or just after this cell lay below
 *     the run's best: a neighbour, or a processor that slows down
 * @param flops of one launch, by the report's convention
 * @param gflopsPerSecond flops over the median kernel time
 * @param shareOfFmaCeiling of the device's FMA ceiling in this run
 * @param compulsoryBytes what any implementation must move
 * @param gigabytesPerSecond compulsory bytes over the median kernel time, 10^9 a second
 * @param bandwidthLevel the fastest level of memory that holds the compulsory bytes; empty where
 *     the bandwidth was not measured
 * @param shareOfBandwidth of that level's bandwidth in this run; NaN (null in JSON) without one
 * @param scratchBytes allocated besides tensors and mask, counted where it is allocated
 * @param scratchFormulaBytes what the kernel's formula says
 * @param deviceBytes all that is allocated on the device
 * @param maxErrorOverBudget the largest error as a share of its budget
 * @param checkedElements how many elements were held against the oracle
 * @param checkedRows rows of each output that were held against the oracle
 * @param rows rows of an output: batch * query heads * queries
 * @param speedupOverJava java:flash's time over this one; NaN (null in JSON) where it was not
 *     measured beside it
 * @param tuning what the kernel ran with, as {@link io.github.attn4j.core.kernel.Tuning#label}
 *     writes it; empty where it has no parameters, and in reports before version 5
 * @param plainFmaNanos what as many independent multiply-adds as {@code flops} says took in slices
 *     between the kernel's own, device time: on a machine that others share, its rate is not what
 *     it was when the ceiling was measured. Null on other backends than OpenCL, and in reports
 *     before version 6
 * @param plainReadNanos the same of reading the compulsory bytes; null also where they are fewer
 *     than is sure to be beyond the caches
 * @param tokensPerSecond queries of all sequences, each counted once for all heads, over the median
 *     kernel time: tokens of this one layer's attention, not of a model
 * @param keyValueGigabytesPerSecond bytes of the keys and values that some query reaches, with
 *     their scales, moved once, over the median kernel time, 10^9 a second; NaN (null in JSON) in
 *     reports before version 7
 * @param roundNanos device time of a launch, averaged over a round: one launch on each input set,
 *     one right after the other. Unlike the fastest launches, rounds show what hits only some
 *     launches or only one of the input sets. Null where there was no whole round, and in reports
 *     before version 9
 */
public record Measurement(
    Quantiles kernelNanos,
    @Nullable Quantiles coldKernelNanos,
    Quantiles hostOverheadNanos,
    Quantiles uploadNanos,
    Quantiles downloadNanos,
    long buildNanos,
    boolean builtFromCache,
    double halfWidthPercent,
    boolean settled,
    int forks,
    double ceilingDropPercent,
    double flops,
    double gflopsPerSecond,
    double shareOfFmaCeiling,
    long compulsoryBytes,
    double gigabytesPerSecond,
    String bandwidthLevel,
    double shareOfBandwidth,
    long scratchBytes,
    long scratchFormulaBytes,
    long deviceBytes,
    double maxErrorOverBudget,
    long checkedElements,
    long checkedRows,
    long rows,
    double speedupOverJava,
    String tuning,
    @Nullable Quantiles plainFmaNanos,
    @Nullable Quantiles plainReadNanos,
    double tokensPerSecond,
    double keyValueGigabytesPerSecond,
    @Nullable Quantiles roundNanos) {

  /**
   * The rate as a share of plain multiply-adds' of the same moments, medians of both; NaN where
   * there were none.
   */
  public double shareOfPlainFmas() {
    return plainFmaNanos == null ? Double.NaN : plainFmaNanos.median() / kernelNanos.median();
  }

  /**
   * The compulsory bytes' rate as a share of plain reads' of the same moments, medians of both; NaN
   * where there were none.
   */
  public double shareOfPlainReads() {
    return plainReadNanos == null ? Double.NaN : plainReadNanos.median() / kernelNanos.median();
  }
}
