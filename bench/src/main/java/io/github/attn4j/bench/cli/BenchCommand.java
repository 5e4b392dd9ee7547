package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn bench}: checks and times attention as the context grows. */
@Command(
    name = "bench",
    description =
        "Checks and times kernels on a model's Q, K, V, then on generated ones as the context grows;"
            + " behind a mask, also against the same kernel without it.",
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private RunOptions run;
  @Mixin private SweepOptions sweep;
  @Mixin private ReportedRun reported;
  @Mixin private PeerOptions peers;

  @Override
  public Integer call() {
    Backends backends = attn.backends();
    List<KernelVariant> kernels =
        peers.asked() ? run.kernels(backends, PeerOptions::kernels) : run.kernels(backends);
    DeviceInfo device = run.device(backends);
    List<CellSpec> cells = new ArrayList<>();
    for (SweepOptions.Problem problem : sweep.problems(command.commandLine().getParseResult())) {
      for (KernelVariant kernel : kernels) {
        if (peers.asked()
            && !run.namesKernels()
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
    return peers.asked()
        ? reported.runBeside(peers, command, backends, cells, run.seed())
        : reported.run(command, backends, cells, run.seed());
  }
}
