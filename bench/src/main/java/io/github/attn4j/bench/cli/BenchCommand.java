package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.bench.shape.Mode;
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
    if (sweep.mode(given) != Mode.SWEEP) {
      reported.expectTimeBudget(given, MODE_SECONDS);
    }
    List<CellSpec> cells =
        peers.asked()
            ? Cells.besidePeers(backends, run, sweep, given)
            : Cells.of(backends, run, sweep, given);
    return peers.asked()
        ? reported.runBeside(peers, command, backends, cells, run.seed())
        : reported.run(command, backends, cells, run.seed());
  }
}
