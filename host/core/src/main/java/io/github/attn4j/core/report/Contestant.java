package io.github.attn4j.core.report;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A version that takes part, or the report of one.
 *
 * @param name as rows refer to it: what the user wrote
 * @param origin the file or folder
 * @param version of the build
 * @param gitCommit that it was built from, or "unknown"
 * @param gitDirty whether it had uncommitted changes
 * @param startedAt ISO-8601, UTC: when its run, or its first trial, began
 * @param devices that its cells ran on, each with its id before its name
 */
public record Contestant(
    String name,
    String origin,
    String version,
    String gitCommit,
    boolean gitDirty,
    String startedAt,
    List<String> devices) {
  private static final int SHORT_COMMIT = 12;

  /** Copies the list. */
  public Contestant {
    devices = List.copyOf(devices);
  }

  /** What a report says of its own origin. */
  public static Contestant of(String name, String origin, Report report) {
    Environment environment = report.environment();
    List<String> devices =
        switch (report) {
          case BenchReport bench ->
              bench.cells().stream().map(c -> c.deviceId() + " " + c.device()).toList();
          case PeerReport peers ->
              peers.ratios().stream().map(r -> r.deviceId() + " " + r.device()).toList();
        };
    return new Contestant(
        name,
        origin,
        environment.version(),
        environment.gitCommit(),
        environment.gitDirty(),
        environment.startedAt(),
        devices.stream().distinct().collect(Collectors.toList()));
  }

  /** The commit in short, with a star where it had changes. */
  public String commit() {
    String shortened =
        gitCommit.length() > SHORT_COMMIT ? gitCommit.substring(0, SHORT_COMMIT) : gitCommit;
    return gitDirty ? shortened + "*" : shortened;
  }
}
