package io.github.attn4j.core.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A kernel's {@link KernelRepeats} over all problems, as tables show them.
 *
 * @param kernel global id
 * @param deterministic whether the specs were deterministic, so that equal bits in batches were
 *     promised, too
 * @param problems how many it ran
 * @param runs "yes, 20", or how many runs differ and by how much; "-" where none ran
 * @param batches "yes", or how many sequences differ and by how much; "-" where none ran
 */
public record RepeatSummary(
    String kernel, boolean deterministic, int problems, String runs, String batches) {

  /** Kernel by kernel, plain specs first. */
  public static List<RepeatSummary> of(List<KernelRepeats> rows) {
    Map<String, List<KernelRepeats>> groups = new LinkedHashMap<>();
    for (KernelRepeats row : rows) {
      // Both at once, so that a kernel's two rows stand together.
      List<KernelRepeats> plain = groups.computeIfAbsent(row.kernel(), key -> new ArrayList<>());
      List<KernelRepeats> deterministic =
          groups.computeIfAbsent(row.kernel() + ", deterministic", key -> new ArrayList<>());
      (row.deterministic() ? deterministic : plain).add(row);
    }
    return groups.values().stream()
        .filter(group -> !group.isEmpty())
        .map(RepeatSummary::one)
        .toList();
  }

  /** What a kernel has given its word for. */
  public String promised() {
    return deterministic ? "in runs and in batches" : "in runs";
  }

  private static RepeatSummary one(List<KernelRepeats> group) {
    KernelRepeats first = group.getFirst();
    List<KernelRepeats> ran = group.stream().filter(KernelRepeats::measured).toList();
    if (ran.isEmpty()) {
      return new RepeatSummary(first.kernel(), first.deterministic(), 0, "-", "-");
    }
    return new RepeatSummary(
        first.kernel(),
        first.deterministic(),
        ran.size(),
        said(
            "runs",
            ran.stream().mapToInt(KernelRepeats::differingRuns).sum(),
            ran.stream().mapToInt(KernelRepeats::runs).sum(),
            ran.stream().mapToDouble(KernelRepeats::largestRunDifference).max().orElseThrow()),
        said(
            "sequences",
            ran.stream().mapToInt(KernelRepeats::differingSequences).sum(),
            ran.stream().mapToInt(KernelRepeats::sequences).sum(),
            ran.stream().mapToDouble(KernelRepeats::largestBatchDifference).max().orElseThrow()));
  }

  private static String said(String what, int differing, int all, double largest) {
    return differing == 0
        ? "yes, %d %s".formatted(all, what)
        : String.format(Locale.ROOT, "no, %d of %d, by %.1e", differing, all, largest);
  }
}
