package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code ./attn bench}: checks and times attention as the context grows. */
@Command(
    name = "bench",
    description =
        "Checks and times kernels on a model's Q, K, V, then on generated ones as the context grows;"
            + " behind a mask, also against the same kernel without it. With --mode as a server runs"
            + " attention: prompts, and decoding over a cache.",
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  /** What a mode's few cells take; who wants them known better asks for more by --time-budget. */
  private static final double MODE_SECONDS = 60;

  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private RunOptions run;
  @Mixin private KernelFileOptions kernelFiles;
  @Mixin private SweepOptions sweep;
  @Mixin private ReportedRun reported;
  @Mixin private PeerOptions peers;

  @Override
  public Integer call() {
    Backends backends = kernelFiles.addTo(attn.backends(), Voice.of(command).remarks());
    ParseResult given = command.commandLine().getParseResult();
    DeviceInfo device = run.device(backends);
    List<SweepOptions.Problem> problems = sweep.problems(given, run.seed());
    Mode mode = sweep.mode(given);
    List<KernelVariant> kernels;
    if (mode != Mode.SWEEP) {
      reported.expectTimeBudget(given, MODE_SECONDS);
    }
    if (peers.asked()) {
      kernels = run.kernels(backends, PeerOptions::kernels);
    } else if (mode == Mode.SWEEP) {
      kernels = run.kernels(backends);
    } else {
      List<AttentionSpec> specs =
          problems.stream().map(problem -> problem.shape().spec()).distinct().toList();
      kernels =
          run.kernels(
              backends,
              named -> named == null ? ModeKernels.of(mode, specs, backends, device) : named);
    }
    List<CellSpec> cells = new ArrayList<>();
    for (SweepOptions.Problem problem : problems) {
      for (KernelVariant kernel : kernels) {
        if (peers.asked()
            && !run.namesKernels()
            && backends.given().isEmpty()
            && !PeerOptions.isDefaultFor(problem.shape(), kernel)) {
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
    return peers.asked()
        ? reported.runBeside(peers, command, backends, cells, run.seed())
        : reported.run(command, backends, cells, run.seed());
  }
}
