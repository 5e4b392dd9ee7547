package io.github.attn4j.core.report;

/**
 * Whether one kernel gives the same bits again, measured on one problem.
 *
 * @param kernel global id
 * @param device the device it really ran on
 * @param problem which one, in a few words
 * @param shape its spec
 * @param deterministic whether the spec asks for deterministic results: a kernel that takes such a
 *     spec promises equal bits, any other one promises nothing
 * @param runs launches on the same inputs; 0 where it did not run
 * @param differingRuns those whose O or LSE differ in any bit from the first one's
 * @param largestRunDifference between two of them, in O or LSE; infinite where one is not finite
 *     and the other is
 * @param sequences sequences that were computed alone and at two places of a batch, each place
 *     counted
 * @param differingSequences those whose bits in the batch are not those alone
 * @param largestBatchDifference as above
 * @param detail why it did not run; empty where it did
 */
public record KernelRepeats(
    String kernel,
    String device,
    String problem,
    String shape,
    boolean deterministic,
    int runs,
    int differingRuns,
    double largestRunDifference,
    int sequences,
    int differingSequences,
    double largestBatchDifference,
    String detail) {

  /** Whether it ran to its end. */
  public boolean measured() {
    return detail.isEmpty();
  }

  /** Whether bits differ although the kernel took a spec that asks for equal ones. */
  public boolean brokeItsWord() {
    return deterministic && measured() && differingRuns + differingSequences > 0;
  }
}
