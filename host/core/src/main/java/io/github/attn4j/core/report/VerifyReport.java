package io.github.attn4j.core.report;

import java.util.List;

/**
 * All of a verification.
 *
 * @param schemaVersion {@value #SCHEMA_VERSION}
 * @param environment where and how it ran
 * @param kernels a summary each
 * @param cases in the order in which they ran
 */
public record VerifyReport(
    int schemaVersion,
    Environment environment,
    List<KernelSummary> kernels,
    List<VerifyCase> cases) {
  /** 2 added each case's types and tuning. */
  public static final int SCHEMA_VERSION = 2;

  /** Copies the lists. */
  public VerifyReport {
    kernels = List.copyOf(kernels);
    cases = List.copyOf(cases);
  }
}
