package io.github.attn4j.bench.measure;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * How long each kernel's launches have taken so far, and what that says about others. Time is taken
 * to grow as the operations do, which holds within a factor of two or three where N doubles a few
 * times, and prefers the measurement of the most similar size.
 */
final class LaunchTimes {
  private record Launch(double flops, double seconds) {
    double secondsPerFlop() {
      return seconds / flops;
    }
  }

  private final Map<String, List<Launch>> measured = new HashMap<>();
  private final Map<String, Launch> probed = new HashMap<>();

  /** A measured launch of the cell. */
  void add(CellSpec cell, double seconds) {
    measured
        .computeIfAbsent(cell.kernel(), kernel -> new ArrayList<>())
        .add(new Launch(ShapeCounts.of(cell.shape()).flops(), seconds));
  }

  /** An estimate of {@link LaunchProbe}; it counts until the kernel is measured. */
  void addProbed(CellSpec cell, double seconds) {
    probed.put(cell.kernel(), new Launch(ShapeCounts.of(cell.shape()).flops(), seconds));
  }

  private List<Launch> known(String kernel) {
    List<Launch> launches = measured.get(kernel);
    Launch probe = probed.get(kernel);
    return launches != null ? launches : probe != null ? List.of(probe) : List.of();
  }

  /** Seconds of one launch; empty where the kernel is unknown. */
  OptionalDouble predict(CellSpec cell) {
    double flops = ShapeCounts.of(cell.shape()).flops();
    return known(cell.kernel()).stream()
        .min((a, b) -> Double.compare(distance(a.flops(), flops), distance(b.flops(), flops)))
        .map(nearest -> OptionalDouble.of(nearest.secondsPerFlop() * flops))
        .orElseGet(OptionalDouble::empty);
  }

  /**
   * How many times the fastest kernel's time a kernel took, each on the first problem it met;
   * infinite where it is unknown.
   */
  double slowness(String kernel) {
    List<Launch> launches = known(kernel);
    if (launches.isEmpty()) {
      return Double.POSITIVE_INFINITY;
    }
    double own = launches.getFirst().secondsPerFlop();
    double fastest =
        measured.values().stream()
            .mapToDouble(all -> all.getFirst().secondsPerFlop())
            .min()
            .orElse(own);
    return own / fastest;
  }

  private static double distance(double a, double b) {
    return Math.abs(Math.log(a / b));
  }
}
