package io.github.attn4j.core.report;

/**
 * One kernel on one case.
 *
 * @param kernel global id
 * @param device the device it really ran on
 * @param name what the case is there for
 * @param shape the spec in a few words
 * @param dtype type of Q and O
 * @param kvDtype type of K and V
 * @param tuning what the kernel ran with, as {@link io.github.attn4j.core.kernel.Tuning#label}
 *     writes it; empty where it has no parameters, and where it cannot compute the case
 * @param input where the data came from
 * @param status {@link io.github.attn4j.core.run.Evaluation#label}, or DEVICE LOST or NEVER ENDED
 *     for the check that this cut short
 * @param maxErrorOverBudget the largest error as a share of its budget; NaN (null in JSON) where
 *     nothing was compared
 * @param errorOverPlain the largest error of O over that of the plain low-precision version; NaN
 *     where nothing was compared or both are exact
 * @param maxUlps the largest error of O in units in the last place; NaN where none was compared
 * @param detail worst element, reason or build log; empty where it passed
 * @param seconds staging, launch and check together
 */
public record VerifyCase(
    String kernel,
    String device,
    String name,
    String shape,
    String dtype,
    String kvDtype,
    String tuning,
    String input,
    String status,
    double maxErrorOverBudget,
    double errorOverPlain,
    double maxUlps,
    String detail,
    double seconds) {}
