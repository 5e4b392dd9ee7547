package io.github.attn4j.core.report;

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
  /** The first one. */
  public static final int SCHEMA_VERSION = 1;

  /** The same on both sides, but for the copy that only ours contains. */
  public static final String TIMED_REGION =
      "wall time of a call, by the host's clock, on inputs that lie in the host's memory already;"
          + " ours: launching, waiting, and copying O and LSE into Java arrays;"
          + " the peer's: its call until it returns, O then readable in native memory, not copied";

  /** Copies the list. */
  public PeerReport {
    ratios = List.copyOf(ratios);
  }

  /** A kernel's geometric mean against a rival over all measured cells. */
  public record Mean(String kernel, String peer, int cells, double ratio, double lowest) {}

  /** The means, each kernel and rival once, in the order in which they first appear. */
  public List<Mean> means() {
    Map<List<String>, List<Double>> medians = new LinkedHashMap<>();
    for (PeerRatio row : ratios) {
      if (row.times() != null) {
        medians
            .computeIfAbsent(List.of(row.kernel(), row.peer()), _ -> new ArrayList<>())
            .add(row.times().ratio().median());
      }
    }
    List<Mean> means = new ArrayList<>();
    medians.forEach((pair, values) ->
        means.add(
            new Mean(
                pair.getFirst(),
                pair.getLast(),
                values.size(),
                Math.exp(values.stream().mapToDouble(Math::log).average().orElseThrow()),
                values.stream().mapToDouble(Double::doubleValue).min().orElseThrow())));
    return means;
  }
}
