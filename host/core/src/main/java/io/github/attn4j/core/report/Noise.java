package io.github.attn4j.core.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Whether the run can be trusted to a few percent.
 *
 * @param noisy whether two runs may differ by more than 5 % in ratio to their ceilings
 * @param reasons what was seen, a line each; empty unless noisy
 */
public record Noise(boolean noisy, List<String> reasons) {
  /** Copies the list. */
  public Noise {
    reasons = List.copyOf(reasons);
  }

  /** What drift of a ceiling, or of what lies around a cell, is too much. */
  public static final double MOST_DRIFT_PERCENT = 5;

  /** Cells that may be disturbed without the run being so. */
  private static final double DISTURBED_SHARE = 0.05;

  /** Cells shorter than this are left out: waking threads outweighs what the machine does. */
  private static final double LEAST_NANOS = 1e6;

  /** What a run's ceilings and cells say of the machine it ran on. */
  public static Noise of(List<DeviceCeiling> ceilings, List<BenchCell> cells) {
    List<String> reasons = new ArrayList<>();
    for (DeviceCeiling ceiling : ceilings) {
      if (ceiling.fma().driftPercent() > MOST_DRIFT_PERCENT) {
        reasons.add(
            String.format(
                Locale.ROOT,
                "the FMA ceiling of %s drifted by %.1f %% within the run",
                ceiling.deviceId(),
                ceiling.fma().driftPercent()));
      }
    }
    List<Measurement> counted =
        cells.stream()
            .map(BenchCell::measurement)
            .filter(Objects::nonNull)
            .filter(m -> m.kernelNanos().median() >= LEAST_NANOS)
            .toList();
    add(
        reasons,
        counted.stream().filter(m -> m.ceilingDropPercent() > MOST_DRIFT_PERCENT).count(),
        counted.size(),
        "ran beside a ceiling more than %.0f %% below the run's best"
            .formatted(MOST_DRIFT_PERCENT));
    add(
        reasons,
        counted.stream().filter(m -> !m.settled()).count(),
        counted.size(),
        "did not settle");
    return new Noise(!reasons.isEmpty(), reasons);
  }

  private static void add(List<String> reasons, long disturbed, int all, String what) {
    if (disturbed > DISTURBED_SHARE * all) {
      reasons.add("%d of %d cells of 1 ms or more %s".formatted(disturbed, all, what));
    }
  }
}
