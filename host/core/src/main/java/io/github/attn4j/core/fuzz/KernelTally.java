package io.github.attn4j.core.fuzz;

/**
 * One kernel over all cases of a run.
 *
 * @param kernel global id
 * @param device the device it ran on; empty where no case reached one
 * @param checks cases that it was held to, in two surroundings each
 * @param right of these, those it was right on
 * @param wrong those it was not
 * @param unsupported cases that it said it cannot compute
 * @param undecided cases of which nothing could be demanded
 * @param undecidedRows rows of which nothing could be demanded, in all cases
 * @param maxErrorOverBudget the largest error as a share of its budget, wrong results apart
 * @param worstCase number of the case with that error; -1 where there is none
 * @param worst that case in a few words
 * @param stopped whether it was wrong so often that it was left out from then on
 */
public record KernelTally(
    String kernel,
    String device,
    long checks,
    long right,
    long wrong,
    long unsupported,
    long undecided,
    long undecidedRows,
    double maxErrorOverBudget,
    long worstCase,
    String worst,
    boolean stopped) {
  /** Of a kernel that has not run. */
  static KernelTally of(String kernel) {
    return new KernelTally(kernel, "", 0, 0, 0, 0, 0, 0, 0, -1, "", false);
  }

  KernelTally plus(Verdict verdict, String ranOn, long number, FuzzCase drawn) {
    return switch (verdict) {
      case Verdict.Unsupported no ->
          new KernelTally(
              kernel,
              ranOn,
              checks,
              right,
              wrong,
              unsupported + 1,
              undecided,
              undecidedRows,
              maxErrorOverBudget,
              worstCase,
              worst,
              stopped);
      case Verdict.Undecided none ->
          new KernelTally(
              kernel,
              ranOn,
              checks + 1,
              right,
              wrong,
              unsupported,
              undecided + 1,
              undecidedRows + none.rows(),
              maxErrorOverBudget,
              worstCase,
              worst,
              stopped);
      case Verdict.Right yes -> {
        boolean worse = worstCase < 0 || yes.maxErrorOverBudget() > maxErrorOverBudget;
        yield new KernelTally(
            kernel,
            ranOn,
            checks + 1,
            right + 1,
            wrong,
            unsupported,
            undecided,
            undecidedRows + yes.undecidedRows(),
            worse ? yes.maxErrorOverBudget() : maxErrorOverBudget,
            worse ? number : worstCase,
            worse ? drawn.label() : worst,
            stopped);
      }
      case Verdict.Wrong no ->
          new KernelTally(
              kernel,
              ranOn,
              checks + 1,
              right,
              wrong + 1,
              unsupported,
              undecided,
              undecidedRows,
              maxErrorOverBudget,
              worstCase,
              worst,
              stopped);
    };
  }

  KernelTally stop() {
    return new KernelTally(
        kernel,
        device,
        checks,
        right,
        wrong,
        unsupported,
        undecided,
        undecidedRows,
        maxErrorOverBudget,
        worstCase,
        worst,
        true);
  }
}
