package io.github.attn4j.bench.conform;

import io.github.attn4j.core.check.Comparison;

/**
 * One output of a case, judged.
 *
 * @param name the operator's own
 * @param producer what computed it
 * @param ours what was computed, held against the oracle within its derived budget
 * @param file the standard's expected values, held against the oracle
 * @param shareOfStandard the largest difference between both as a share of the standard's tolerance
 */
record OutputCheck(
    String name, String producer, Comparison ours, Comparison file, double shareOfStandard) {

  boolean passed() {
    return ours.passed() && file.passed();
  }

  boolean meetsStandard() {
    return shareOfStandard <= 1;
  }

  /** Why it is wrong, and, where the standard's tolerance would let it pass, why that decides. */
  String describe() {
    StringBuilder text = new StringBuilder();
    if (!ours.passed()) {
      text.append(
          "%s from %s is %.3g of its budget off the oracle in %d of %d elements%s"
              .formatted(
                  name,
                  producer,
                  ours.maxErrorOverBudget(),
                  ours.failedElements(),
                  ours.checkedElements(),
                  worst(ours)));
    }
    if (!file.passed()) {
      text.append(text.isEmpty() ? "" : "; ")
          .append(
              "the file's %s is %.3g of its budget off the oracle in %d of %d elements%s, so that the case does not mean what it was taken for, or the file is wrong"
                  .formatted(
                      name,
                      file.maxErrorOverBudget(),
                      file.failedElements(),
                      file.checkedElements(),
                      worst(file)));
    }
    if (meetsStandard()) {
      text.append(
          "; it meets the standard's tolerance (%.3g of it), but that tolerance is the same for every shape and type, while the budget is what this very row costs in its type (docs/numerics.md): whoever misses it does so for another reason than rounding"
              .formatted(shareOfStandard));
    }
    return text.toString();
  }

  private static String worst(Comparison comparison) {
    return comparison.worst() == null ? "" : ", worst " + comparison.worst().describe();
  }
}
