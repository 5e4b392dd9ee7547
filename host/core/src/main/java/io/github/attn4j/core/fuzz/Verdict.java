package io.github.attn4j.core.fuzz;

/** How a kernel did on a case, within both surroundings. */
public sealed interface Verdict {
  /**
   * Right, and heedless of its surroundings.
   *
   * @param maxErrorOverBudget the largest error as a share of its budget
   * @param undecidedRows rows of which nothing could be demanded
   */
  record Right(double maxErrorOverBudget, long undecidedRows) implements Verdict {}

  /**
   * Nothing could be demanded of any row.
   *
   * @param rows how many there were
   */
  record Undecided(long rows) implements Verdict {}

  /** The variant says it cannot compute this. */
  record Unsupported(String reason) implements Verdict {}

  /**
   * Wrong.
   *
   * @param kind in which way
   * @param detail the worst element, or what a device said
   * @param maxErrorOverBudget NaN where nothing was compared
   */
  record Wrong(Kind kind, String detail, double maxErrorOverBudget) implements Verdict {}

  /** Ways to be wrong, the plainest first. */
  enum Kind {
    /** The program does not build. */
    BUILD_FAILED,
    /** The device refused or failed. */
    LAUNCH_FAILED,
    /** There was not enough memory for a problem as small as these. */
    OUT_OF_MEMORY,
    /** A launch did not come back in the time that the watchdog gave it. */
    NEVER_ENDED,
    /** Elements beside the output have changed. */
    WRITES_OUTSIDE,
    /** Over budget, whatever lies around the tensors. */
    WRONG_RESULT,
    /** What lies around the tensors matters. */
    READS_OUTSIDE
  }
}
