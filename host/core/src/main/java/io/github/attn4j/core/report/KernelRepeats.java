package io.github.attn4j.core.report;

import java.util.Locale;

/**
 * Whether one kernel gives the same bits again, measured on one problem. In every run of a spec it
 * has to; whether a sequence's bits follow from the sequence alone is promised where the spec is
 * deterministic, and of others said.
 *
 * @param kernel global id
 * @param device the device it really ran on
 * @param problem which one, in a few words
 * @param shape its spec
 * @param deterministic whether the spec asks for deterministic results: a kernel that takes such a
 *     spec promises equal bits in batches, too
 * @param status {@value #PASSED}, {@value #OTHER_BITS} where a promise was broken, otherwise why it
 *     did not run, as {@link VerifyCase#status} has it
 * @param runs launches on the same inputs; 0 where it did not run
 * @param differingRuns those whose O or LSE differ in any bit from the first one's
 * @param largestRunDifference between two of them, in O or LSE; infinite where one is not finite
 *     and the other is
 * @param sequences sequences that were computed alone and at two places of a batch, each place
 *     counted
 * @param differingSequences those whose bits in the batch are not those alone
 * @param largestBatchDifference as above
 * @param detail which promise was broken, or why it did not run; otherwise empty
 */
public record KernelRepeats(
    String kernel,
    String device,
    String problem,
    String shape,
    boolean deterministic,
    String status,
    int runs,
    int differingRuns,
    double largestRunDifference,
    int sequences,
    int differingSequences,
    double largestBatchDifference,
    String detail) {
  /** The status where all that was promised was kept. */
  public static final String PASSED = "passed";

  /** The status where bits differ that must not. */
  public static final String OTHER_BITS = "OTHER BITS";

  /** What ran to its end: the status follows from the figures. */
  public static KernelRepeats measured(
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
      double largestBatchDifference) {
    boolean batchesBreak = deterministic && differingSequences > 0;
    StringBuilder broken = new StringBuilder();
    if (differingRuns > 0) {
      broken.append(
          String.format(
              Locale.ROOT,
              "%d of %d runs on the same inputs differ from the first, by %.1e at most",
              differingRuns,
              runs,
              largestRunDifference));
    }
    if (batchesBreak) {
      broken
          .append(broken.isEmpty() ? "" : "; ")
          .append(
              String.format(
                  Locale.ROOT,
                  "%d of %d sequences in a batch differ from the same ones alone, by %.1e at most,"
                      + " although the spec is deterministic",
                  differingSequences,
                  sequences,
                  largestBatchDifference));
    }
    return new KernelRepeats(
        kernel,
        device,
        problem,
        shape,
        deterministic,
        broken.isEmpty() ? PASSED : OTHER_BITS,
        runs,
        differingRuns,
        largestRunDifference,
        sequences,
        differingSequences,
        largestBatchDifference,
        broken.toString());
  }

  /**
   * What did not run, or not to its end.
   *
   * @param status why, in a word or two
   * @param detail the reason
   */
  public static KernelRepeats notMeasured(
      String kernel,
      String device,
      String problem,
      String shape,
      boolean deterministic,
      String status,
      String detail) {
    return new KernelRepeats(
        kernel, device, problem, shape, deterministic, status, 0, 0, 0, 0, 0, 0, detail);
  }

  /** Whether it ran to its end. */
  public boolean measured() {
    return status.equals(PASSED) || brokeItsWord();
  }

  /** Whether bits differ that the kernel has promised to be equal. */
  public boolean brokeItsWord() {
    return status.equals(OTHER_BITS);
  }

  /** Whether there is something to look at: a broken promise, or a failure of the device. */
  public boolean failed() {
    return !(status.equals(PASSED) || status.equals("unsupported"));
  }

  /** For lines about it: kernel, device, problem, kind of spec, and what is wrong. */
  public String describe() {
    return "%s: %s on %s, %s (%s), %s spec, launched again and again: %s"
        .formatted(
            status,
            kernel,
            device,
            problem,
            shape,
            deterministic ? "deterministic" : "plain",
            detail);
  }
}
