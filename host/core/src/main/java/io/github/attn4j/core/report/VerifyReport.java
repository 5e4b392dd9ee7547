package io.github.attn4j.core.report;

import java.util.List;

/**
 * All of a verification.
 *
 * @param schemaVersion 1
 * @param environment where and how it ran
 * @param kernels a summary each
 * @param cases in the order in which they ran
 */
public record VerifyReport(
    int schemaVersion,
    Environment environment,
    List<KernelSummary> kernels,
    List<VerifyCase> cases) {
  /** Copies the lists. */
  public VerifyReport {
    kernels = List.copyOf(kernels);
    cases = List.copyOf(cases);
  }
}
