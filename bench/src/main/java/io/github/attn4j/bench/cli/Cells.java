package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Each kernel on each problem. */
final class Cells {
  private Cells() {}

  /**
   * In the order of the problems.
   *
   * @param device the chosen one; null for each backend's preferred one
   * @throws IllegalArgumentException if there is none
   */
  static List<CellSpec> of(
      Backends backends,
      List<KernelVariant> kernels,
      @Nullable DeviceInfo device,
      List<SweepOptions.Problem> problems,
      long seed) {
    List<CellSpec> cells = new ArrayList<>();
    for (SweepOptions.Problem problem : problems) {
      for (KernelVariant kernel : kernels) {
        DeviceInfo on = backends.deviceFor(kernel, device);
        cells.add(
            new CellSpec(
                kernel.globalId(),
                on.backend() + ":" + on.index(),
                problem.source(),
                problem.shape(),
                seed));
      }
    }
    if (cells.isEmpty()) {
      throw new IllegalArgumentException(
          "nothing to measure: none of the kernels runs on the chosen device; name some with --kernel, or leave --device out");
    }
    return cells;
  }
}
