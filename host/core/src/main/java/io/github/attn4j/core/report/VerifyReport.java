package io.github.attn4j.core.report;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;

/**
 * All of a verification.
 *
 * @param schemaVersion {@value #SCHEMA_VERSION}
 * @param environment where and how it ran
 * @param kernels a summary each
 * @param cases in the order in which they ran
 * @param accuracy of each kernel in each type of O that it was compared in
 * @param repeats whether each kernel gives equal bits again; empty where that was not asked
 */
public record VerifyReport(
    int schemaVersion,
    Environment environment,
    List<KernelSummary> kernels,
    List<VerifyCase> cases,
    List<KernelAccuracy> accuracy,
    List<KernelRepeats> repeats) {
  /** 2 added each case's types and tuning, 3 errors in three ways and repeats, 4 their status. */
  public static final int SCHEMA_VERSION = 4;

  /** Copies the lists. */
  public VerifyReport {
    kernels = List.copyOf(kernels);
    cases = List.copyOf(cases);
    accuracy = List.copyOf(accuracy);
    repeats = List.copyOf(repeats);
  }

  /** Cases that did not pass, and of each kernel the one that came nearest to its budget. */
  public List<VerifyCase> casesToLookAt() {
    Map<String, VerifyCase> nearest =
        cases.stream()
            .filter(one -> !Double.isNaN(one.maxErrorOverBudget()))
            .collect(
                Collectors.toMap(
                    VerifyCase::kernel,
                    one -> one,
                    BinaryOperator.maxBy(
                        Comparator.comparingDouble(VerifyCase::maxErrorOverBudget))));
    return cases.stream()
        .filter(one ->
            !(one.status().equals("passed") || one.status().equals("unsupported"))
                || one.equals(nearest.get(one.kernel())))
        .toList();
  }

  /** The same with what was found by launching kernels again. */
  public VerifyReport withRepeats(List<KernelRepeats> found) {
    return new VerifyReport(schemaVersion, environment, kernels, cases, accuracy, found);
  }
}
