package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ParseResult;

/** Each kernel on each problem. */
final class Cells {
  private Cells() {}

  /**
   * What {@code ./attn bench} measures with these options, without peers, in the order of the
   * problems.
   *
   * @param given what the user typed
   * @throws IllegalArgumentException if there is none
   */
  static List<CellSpec> of(
      Backends backends, RunOptions run, SweepOptions sweep, ParseResult given) {
    List<SweepOptions.Problem> problems = sweep.problems(given, run.seed());
    DeviceInfo device = run.device(backends);
    List<CellSpec> cells = new ArrayList<>();
    for (SweepOptions.Problem problem : problems) {
      for (KernelVariant kernel : kernels(backends, run, sweep.mode(given), problems)) {
        DeviceInfo on = backends.deviceFor(kernel, device);
        cells.add(
            new CellSpec(
                kernel.globalId(),
                on.backend() + ":" + on.index(),
                problem.source(),
                problem.shape(),
                run.seed()));
      }
    }
    if (cells.isEmpty()) {
      throw new IllegalArgumentException(
          "nothing to measure: none of the kernels runs on the chosen device; name some with --kernel, or leave --device out");
    }
    return cells;
  }

  private static List<KernelVariant> kernels(
      Backends backends, RunOptions run, Mode mode, List<SweepOptions.Problem> problems) {
    if (mode == Mode.SWEEP) {
      return run.kernels(backends);
    }
    List<AttentionSpec> specs =
        problems.stream().map(problem -> problem.shape().spec()).distinct().toList();
    return run.kernels(
        backends,
        named ->
            named == null ? ModeKernels.of(mode, specs, backends, run.device(backends)) : named);
  }
}
