package io.github.attn4j.core.report;

/**
 * How one kernel did over all cases.
 *
 * @param kernel global id
 * @param cases how many it was given
 * @param passed right within budget
 * @param incorrect wrong
 * @param unsupported said it cannot, with a reason
 * @param failed did not build, did not run or did not fit
 * @param maxErrorOverBudget the largest over all cases
 */
public record KernelSummary(
    String kernel,
    int cases,
    int passed,
    int incorrect,
    int unsupported,
    int failed,
    double maxErrorOverBudget) {}
