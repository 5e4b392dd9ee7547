package io.github.attn4j.core.report;

import io.github.attn4j.core.check.Accuracy;
import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.UlpHistogram;
import java.util.List;

/**
 * Errors of one kernel over all cases of one type of O, in three ways: as shares of the budget,
 * beside the plain low-precision version, and in units in the last place.
 *
 * @param kernel global id
 * @param dtype type of Q and O, whose units the histogram of O has
 * @param cases that ran and were compared
 * @param maxErrorOverBudget the largest of the cases
 * @param medianErrorOverPlain the median over the cases of {@link Accuracy#errorOverPlain}; NaN
 *     where no case has one
 * @param maxErrorOverPlain the largest of them that is finite; NaN where no case has one
 * @param plainExact cases in which the plain version is exact and the kernel is not: they have no
 *     finite ratio
 * @param output of all elements of O
 * @param lse of all elements of LSE, in units of float32
 */
public record KernelAccuracy(
    String kernel,
    String dtype,
    int cases,
    double maxErrorOverBudget,
    double medianErrorOverPlain,
    double maxErrorOverPlain,
    int plainExact,
    UlpHistogram output,
    UlpHistogram lse) {

  /** Of a kernel's comparisons. */
  public static KernelAccuracy of(String kernel, String dtype, List<Comparison> comparisons) {
    double[] ratios =
        comparisons.stream()
            .mapToDouble(comparison -> comparison.accuracy().errorOverPlain())
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    UlpHistogram output = UlpHistogram.EMPTY;
    UlpHistogram lse = UlpHistogram.EMPTY;
    double worst = 0;
    int plainExact = 0;
    for (Comparison comparison : comparisons) {
      output = output.plus(comparison.accuracy().output());
      lse = lse.plus(comparison.accuracy().lse());
      worst = Math.max(worst, comparison.maxErrorOverBudget());
      plainExact += Double.isInfinite(comparison.accuracy().errorOverPlain()) ? 1 : 0;
    }
    return new KernelAccuracy(
        kernel,
        dtype,
        comparisons.size(),
        worst,
        ratios.length == 0 ? Double.NaN : ratios[ratios.length / 2],
        ratios.length == 0 ? Double.NaN : ratios[ratios.length - 1],
        plainExact,
        output,
        lse);
  }
}
