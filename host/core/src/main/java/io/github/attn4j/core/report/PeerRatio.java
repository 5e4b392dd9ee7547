package io.github.attn4j.core.report;

import org.jspecify.annotations.Nullable;

/**
 * One kernel beside another project's attention on one problem, in alternating calls of one JVM.
 *
 * @param kernel global id of ours
 * @param deviceId the device it ran on: {@code backend:index}
 * @param device what the driver calls that device
 * @param peer id of the rival
 * @param peerVersion the rival's library; empty where it was never loaded
 * @param peerMethod what a call of it does, the path inside and who allocates its output; empty
 *     where it was never called
 * @param threads that the rival computed with: as many as the device has compute units
 * @param model whose attention it is; empty in a sweep
 * @param shape the spec in a few words
 * @param input where the data came from
 * @param batch B
 * @param queryHeads Hq
 * @param kvHeads Hkv
 * @param queryLength Sq
 * @param keyLength Skv
 * @param headDim D
 * @param valueDim Dv
 * @param dtype type of Q and O, as {@code --dtype} takes it
 * @param kvDtype type of K and V, as {@code --kv-dtype} takes it
 * @param mode what {@code --mode} measured: prefill, decode or chunked; empty without it
 * @param pageSize keys of a page of the cache; 0 where keys lie in a slot for each sequence
 * @param deterministic whether the merge order was fixed
 * @param mask the mask in a word
 * @param visiblePairs query-key pairs that the mask leaves
 * @param status whether there is a measurement; FAILED if either result is wrong, which the note
 *     says
 * @param note why not
 * @param times null unless measured
 */
public record PeerRatio(
    String kernel,
    String deviceId,
    String device,
    String peer,
    String peerVersion,
    String peerMethod,
    int threads,
    String model,
    String shape,
    String input,
    int batch,
    int queryHeads,
    int kvHeads,
    int queryLength,
    int keyLength,
    int headDim,
    int valueDim,
    String dtype,
    String kvDtype,
    String mode,
    int pageSize,
    boolean deterministic,
    String mask,
    long visiblePairs,
    BenchCell.Status status,
    String note,
    @Nullable Times times) {

  /**
   * Wall times of both, by the host's clock.
   *
   * @param ourKernelNanos the device's time within our call: what is left of the call is host
   *     overhead and reading
   * @param ourNanos of the call that launches and reads O and LSE into the host's arrays: what the
   *     ratio is taken of
   * @param peerNanos of the rival's call, its output then readable on the host
   * @param ratio the rival's time over ours, round by round: above 1 where ours is faster
   * @param kernelRatio the rival's time over the device's within our call: what is lost on the host
   *     shows between the two
   * @param halfWidthPercent half of the 95 % confidence interval of the ratio's median, in percent
   *     of it
   * @param flops of one computation, by the report's convention
   * @param ourGflopsPerSecond flops over the median of {@code ourNanos}
   * @param peerGflopsPerSecond flops over the median of {@code peerNanos}
   * @param maxErrorOverBudget our largest error as a share of its budget, O and LSE
   * @param peerMaxErrorOverBudget the rival's, O
   * @param checkedRows rows of each output that were held against the oracle
   * @param rows rows of an output
   * @param tuning what our kernel ran with, {@code NAME=VALUE} with spaces between; empty where it
   *     has no parameters
   */
  public record Times(
      Quantiles ourKernelNanos,
      Quantiles ourNanos,
      Quantiles peerNanos,
      Quantiles ratio,
      Quantiles kernelRatio,
      double halfWidthPercent,
      double flops,
      double ourGflopsPerSecond,
      double peerGflopsPerSecond,
      double maxErrorOverBudget,
      double peerMaxErrorOverBudget,
      long checkedRows,
      long rows,
      String tuning) {
    /** Adds the rates. */
    public static Times of(
        double flops,
        Quantiles ourKernelNanos,
        Quantiles ourNanos,
        Quantiles peerNanos,
        Quantiles ratio,
        Quantiles kernelRatio,
        double halfWidthPercent,
        double maxErrorOverBudget,
        double peerMaxErrorOverBudget,
        long checkedRows,
        long rows,
        String tuning) {
      return new Times(
          ourKernelNanos,
          ourNanos,
          peerNanos,
          ratio,
          kernelRatio,
          halfWidthPercent,
          flops,
          flops / ourNanos.median(),
          flops / peerNanos.median(),
          maxErrorOverBudget,
          peerMaxErrorOverBudget,
          checkedRows,
          rows,
          tuning);
    }
  }
}
