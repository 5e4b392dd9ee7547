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

  private final Map<String, List<Launch>> byKernel = new HashMap<>();

  /** A launch of the cell's kernel on a problem of the cell's size. */
  void add(CellSpec cell, double seconds) {
    byKernel
        .computeIfAbsent(cell.kernel(), kernel -> new ArrayList<>())
        .add(new Launch(cell.spec().flops(), seconds));
  }

  /** Seconds of one launch; empty where the kernel is unknown. */
  OptionalDouble predict(CellSpec cell) {
    double flops = cell.spec().flops();
    return byKernel.getOrDefault(cell.kernel(), List.of()).stream()
        .min((a, b) -> Double.compare(distance(a.flops(), flops), distance(b.flops(), flops)))
        .map(nearest -> OptionalDouble.of(nearest.secondsPerFlop() * flops))
        .orElseGet(OptionalDouble::empty);
  }

  /**
   * How many times the fastest kernel's time a kernel took, each on the first problem it met;
   * infinite where it is unknown.
   */
  double slowness(String kernel) {
    List<Launch> launches = byKernel.get(kernel);
    if (launches == null) {
      return Double.POSITIVE_INFINITY;
    }
    double fastest =
        byKernel.values().stream()
            .mapToDouble(all -> all.getFirst().secondsPerFlop())
            .min()
            .orElseThrow();
    return launches.getFirst().secondsPerFlop() / fastest;
  }

  private static double distance(double a, double b) {
    return Math.abs(Math.log(a / b));
  }
}
