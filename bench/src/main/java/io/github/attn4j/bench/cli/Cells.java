package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import picocli.CommandLine.ParseResult;

/** Each kernel on each problem: what {@code bench}, {@code trial} and {@code ab} measure. */
final class Cells {
  private Cells() {}

  /**
   * What {@code ./attn bench} measures with these options, in the order of the problems.
   *
   * @param backends with the kernels of the user's files
   * @param given what the user typed
   * @throws IllegalArgumentException if there is none
   */
  static List<CellSpec> of(
      Backends backends, RunOptions run, SweepOptions sweep, ParseResult given) {
    List<SweepOptions.Problem> problems = sweep.problems(given, run.seed());
    List<KernelVariant> kernels = kernels(backends, run, sweep.mode(given), problems);
    return of(backends, run, problems, kernels, (_, _) -> true);
  }

  /** The same in turns with peers, beside which other kernels are the default. */
  static List<CellSpec> besidePeers(
      Backends backends, RunOptions run, SweepOptions sweep, ParseResult given) {
    boolean byDefault = !run.namesKernels() && backends.given().isEmpty();
    return of(
        backends,
        run,
        sweep.problems(given, run.seed()),
        run.kernels(backends, PeerOptions::kernels),
        (problem, kernel) -> !byDefault || PeerOptions.isDefaultFor(problem.shape(), kernel));
  }

  private static List<CellSpec> of(
      Backends backends,
      RunOptions run,
      List<SweepOptions.Problem> problems,
      List<KernelVariant> kernels,
      BiPredicate<SweepOptions.Problem, KernelVariant> wanted) {
    DeviceInfo device = run.device(backends);
    List<CellSpec> cells = new ArrayList<>();
    for (SweepOptions.Problem problem : problems) {
      for (KernelVariant kernel : kernels) {
        if (!wanted.test(problem, kernel)) {
          continue;
        }
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
          "nothing to measure: none of the kernels that are chosen where --kernel names none runs on %s; name some with --kernel, or leave --device out"
              .formatted(device == null ? "the devices here" : "--device " + device.name()));
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
