package io.github.attn4j.core.layer;

/**
 * A layer's result held against the oracle.
 *
 * @param checked elements that were compared
 * @param failed those over budget, or not finite where the oracle is, or the reverse, or written
 *     where nothing was to be
 * @param largestErrorOverBudget the largest error as a share of its budget; infinite where
 *     finiteness differs
 * @param worst where that was, in words; empty if nothing was compared
 */
public record LayerComparison(
    long checked, long failed, double largestErrorOverBudget, String worst) {
  /** Whether every element is within budget, and there was one at least. */
  public boolean passed() {
    return failed == 0 && checked > 0;
  }
}
