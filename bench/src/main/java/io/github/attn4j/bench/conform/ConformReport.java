package io.github.attn4j.bench.conform;

import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.JunitXml;
import io.github.attn4j.core.report.KernelSummary;
import io.github.attn4j.core.report.VerifyCase;
import io.github.attn4j.core.report.VerifyReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All of a conformance run, as JSON has it.
 *
 * @param schemaVersion {@value #SCHEMA_VERSION}
 * @param environment where and how it ran
 * @param kernels a summary each, the oracle's first
 * @param rows case by case
 */
public record ConformReport(
    int schemaVersion,
    Environment environment,
    List<KernelSummary> kernels,
    List<ConformRow> rows) {
  /** 2 added folders. */
  public static final int SCHEMA_VERSION = 2;

  /** Copies the lists. */
  public ConformReport {
    kernels = List.copyOf(kernels);
    rows = List.copyOf(rows);
  }

  /** Sums up rows. */
  public static ConformReport of(Environment environment, List<ConformRow> rows) {
    Map<String, List<ConformRow>> byKernel = new LinkedHashMap<>();
    rows.forEach(row -> byKernel.computeIfAbsent(row.kernel(), _ -> new ArrayList<>()).add(row));
    List<KernelSummary> kernels = new ArrayList<>();
    byKernel.forEach((kernel, own) -> kernels.add(summary(kernel, own)));
    return new ConformReport(SCHEMA_VERSION, environment, kernels, rows);
  }

  private static KernelSummary summary(String kernel, List<ConformRow> rows) {
    int passed = count(rows, ConformRow.Status.PASSED);
    int incorrect = count(rows, ConformRow.Status.INCORRECT);
    int unsupported = count(rows, ConformRow.Status.UNSUPPORTED);
    return new KernelSummary(
        kernel,
        rows.size(),
        passed,
        incorrect,
        unsupported,
        rows.size() - passed - incorrect - unsupported,
        rows.stream()
            .mapToDouble(ConformRow::shareOfBudget)
            .filter(share -> !Double.isNaN(share))
            .max()
            .orElse(0));
  }

  private static int count(List<ConformRow> rows, ConformRow.Status status) {
    return Math.toIntExact(rows.stream().filter(row -> row.status() == status).count());
  }

  /** Whether any row has a status. */
  public boolean any(ConformRow.Status status) {
    return rows.stream().anyMatch(row -> row.status() == status);
  }

  /** Writes the rows as JUnit XML, each output with its producer as a property of its test case. */
  public void writeJunit(Path file) {
    // Told apart by what they are: cases of one name in two folders may be equal in all they hold.
    IdentityHashMap<VerifyCase, Map<String, String>> outputs = new IdentityHashMap<>();
    List<VerifyCase> cases = new ArrayList<>();
    for (ConformRow row : rows) {
      VerifyCase verifyCase = verifyCase(row);
      cases.add(verifyCase);
      outputs.put(verifyCase, properties(row));
    }
    JunitXml.write(
        file,
        new VerifyReport(
            VerifyReport.SCHEMA_VERSION, environment, kernels, cases, List.of(), List.of()),
        key -> outputs.getOrDefault(key, Map.of()));
  }

  private static VerifyCase verifyCase(ConformRow row) {
    return new VerifyCase(
        row.kernel(),
        row.device(),
        row.name(),
        row.shape(),
        row.dtype(),
        row.dtype(),
        "",
        "opset " + row.opset(),
        row.status().label(),
        row.shareOfBudget(),
        Double.NaN,
        Double.NaN,
        row.detail(),
        row.seconds());
  }

  private static Map<String, String> properties(ConformRow row) {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("folder", row.folder());
    for (ConformRow.Output output : row.outputs()) {
      properties.put(
          output.name(),
          "%s; %.3g of the budget, the file %.3g of its own, %.3g of the standard's tolerance"
              .formatted(
                  output.producer(),
                  output.shareOfBudget(),
                  output.fileShareOfBudget(),
                  output.shareOfStandard()));
    }
    return properties;
  }
}
