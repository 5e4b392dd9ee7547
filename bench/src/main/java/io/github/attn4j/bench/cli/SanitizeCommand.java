package io.github.attn4j.bench.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.opencl.Oclgrind;
import io.github.attn4j.opencl.OpenClKernel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn sanitize}: OpenCL kernels on a device that reports their faults. */
@Command(
    name = "sanitize",
    description =
        "Runs OpenCL kernels on Oclgrind, which reports accesses out of bounds, data races and reads"
            + " of what was never written, over tails, masks, batches and gaps.",
    mixinStandardHelpOptions = true)
final class SanitizeCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;

  @Option(
      names = "--kernel",
      paramLabel = "IDS",
      description = "OpenCL kernels by global id, comma-separated, * for anything. Default: all.",
      defaultValue = "opencl:*")
  private String kernels = "opencl:*";

  @Option(
      names = "--grid",
      description = "Which grid: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.",
      defaultValue = "LARGE")
  private Grid grid = Grid.LARGE;

  @Option(
      names = "--limit",
      paramLabel = "SECONDS",
      description = "Stops a kernel that takes longer. Default: ${DEFAULT-VALUE}.",
      defaultValue = "900")
  private int limitSeconds = 900;

  @Option(
      names = "--tuning",
      paramLabel = "NAME=VALUE[,...]",
      description =
          "Values of tuning parameters instead of the kernels' own defaults, which run otherwise:"
              + " what the tuner found is for other devices than Oclgrind's.",
      defaultValue = "")
  private String tuning = "";

  /** A grid by name. */
  enum Grid {
    /** What the test suite runs. */
    SMALL,
    /** More lengths, masks and dimensions. */
    LARGE
  }

  @Override
  public Integer call() {
    List<OpenClKernel> chosen = new ArrayList<>();
    for (KernelVariant kernel : attn.backends().kernels(kernels)) {
      if (!(kernel instanceof OpenClKernel openCl)) {
        throw new IllegalArgumentException(
            "%s is no OpenCL kernel: Oclgrind runs only those".formatted(kernel.globalId()));
      }
      chosen.add(openCl);
    }
    TuningOptions.requireParameters(Tuning.parse(tuning), List.copyOf(chosen));
    Oclgrind oclgrind = Oclgrind.find();
    PrintWriter out = command.commandLine().getOut();
    List<Oclgrind.Outcome> outcomes = new ArrayList<>();
    try (Terminal progress = Terminal.progress("sanitize", chosen.size())) {
      for (OpenClKernel kernel : chosen) {
        outcomes.add(run(oclgrind, kernel));
        progress.step(kernel.globalId());
      }
    }
    print(out, outcomes);
    out.flush();
    return outcomes.stream().allMatch(Oclgrind.Outcome::clean)
        ? ExitCode.OK
        : ExitCode.CHECK_FAILED;
  }

  private Oclgrind.Outcome run(Oclgrind oclgrind, OpenClKernel kernel) {
    try {
      Path folder = Files.createTempDirectory("attn-sanitize");
      try {
        return oclgrind.run(
            kernel,
            grid == Grid.LARGE,
            Tuning.parse(tuning),
            folder,
            Duration.ofSeconds(limitSeconds));
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a temporary folder", e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (java.util.stream.Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static void print(PrintWriter out, List<Oclgrind.Outcome> outcomes) {
    out.println(
        AsciiTable.getTable(
            outcomes,
            List.of(
                new Column()
                    .header("kernel")
                    .dataAlign(HorizontalAlign.LEFT)
                    .with(outcome -> outcome.kernel().globalId()),
                new Column().header("cases").with(outcome -> String.valueOf(outcome.cases())),
                new Column().header("right").with(outcome -> String.valueOf(outcome.right())),
                new Column()
                    .header("unsupported")
                    .with(outcome -> String.valueOf(outcome.unsupported())),
                new Column()
                    .header("findings")
                    .with(outcome -> String.valueOf(outcome.findings().size())),
                new Column()
                    .header("uninitialized reads")
                    .with(outcome ->
                        Oclgrind.checksUninitialized(outcome.kernel()) ? "checked" : "not checked"),
                new Column().header("seconds").with(o -> "%.1f".formatted(o.seconds())))));
    for (Oclgrind.Outcome outcome : outcomes) {
      if (!outcome.clean()) {
        out.printf(
            "%s: %s; the whole output:%n%s%n",
            outcome.kernel().globalId(),
            outcome.exitCode() < 0
                ? "stopped at the limit"
                : "exit code %d, %d findings"
                    .formatted(outcome.exitCode(), outcome.findings().size()),
            outcome.output());
      }
    }
    if (outcomes.stream().anyMatch(o -> !Oclgrind.checksUninitialized(o.kernel()))) {
      out.println(
          "not checked: Oclgrind forgets between launches what the first one wrote, and would"
              + " report every read of a later one");
    }
  }
}
