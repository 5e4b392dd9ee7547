package io.github.attn4j.core.report;

import io.github.attn4j.core.spec.ElementTypes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All of a run against other projects' attention: {@code peers.json}.
 *
 * @param schemaVersion {@value #SCHEMA_VERSION}
 * @param environment where and how it ran
 * @param flopConvention what is counted
 * @param timedRegion what the times contain, on both sides
 * @param ratios in the order of the sweep
 * @param complete false if the run was interrupted
 */
public record PeerReport(
    int schemaVersion,
    Environment environment,
    String flopConvention,
    String timedRegion,
    List<PeerRatio> ratios,
    boolean complete)
    implements Report {
  /** 2 added types, modes and pages; 3 the status of what never ended. */
  public static final int SCHEMA_VERSION = 3;

  /** The same on both sides, but for the copy that only ours contains. */
  public static final String TIMED_REGION =
      "wall time of a call, by the host's clock, on inputs that lie in the host's memory already;"
          + " ours: launching, waiting, and copying O and LSE into Java arrays;"
          + " the peer's: its call until it returns, O then readable in native memory, not copied";

  /** Copies the list. */
  public PeerReport {
    ratios = List.copyOf(ratios);
  }

  /**
   * A kernel's geometric mean against a rival over all measured cells of the same types.
   *
   * @param types as {@link BenchCell#types}
   */
  public record Mean(
      String kernel, String peer, String types, int cells, double ratio, double lowest) {}

  /** The means, each kernel, rival and types once, in the order in which they first appear. */
  public List<Mean> means() {
    Map<List<String>, List<Double>> medians = new LinkedHashMap<>();
    for (PeerRatio row : ratios) {
      if (row.times() != null) {
        medians
            .computeIfAbsent(
                List.of(row.kernel(), row.peer(), ElementTypes.label(row.dtype(), row.kvDtype())),
                _ -> new ArrayList<>())
            .add(row.times().ratio().median());
      }
    }
    List<Mean> means = new ArrayList<>();
    medians.forEach((contest, values) ->
        means.add(
            new Mean(
                contest.get(0),
                contest.get(1),
                contest.get(2),
                values.size(),
                Math.exp(values.stream().mapToDouble(Math::log).average().orElseThrow()),
                values.stream().mapToDouble(Double::doubleValue).min().orElseThrow())));
    return means;
  }
}
