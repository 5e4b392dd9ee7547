package io.github.attn4j.bench.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.TemporaryFolder;
import io.github.attn4j.bench.shape.Storage;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.ElementTypes;
import io.github.attn4j.opencl.Oclgrind;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.opencl.SanitizedCases;
import io.github.attn4j.opencl.SanitizedSubject;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn sanitize}: OpenCL kernels on a device that reports their faults. */
@Command(
    name = "sanitize",
    description =
        "Runs OpenCL kernels on Oclgrind, which reports accesses out of bounds, data races and"
            + " reads of what was never written, over tails, masks, batches and gaps; --grid cache"
            + " over pages and packed sequences; --full everything: each kernel with its own tuning"
            + " and three odd ones, and the kernels around attention.",
    mixinStandardHelpOptions = true)
final class SanitizeCommand implements Callable<Integer> {
  private static final String ALL = "opencl:*";

  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;

  @Mixin private KernelFileOptions kernelFiles;

  @Option(
      names = "--kernel",
      paramLabel = "IDS",
      description = "OpenCL kernels by global id, comma-separated, * for anything. Default: all.",
      defaultValue = ALL)
  private String kernels = ALL;

  @Option(
      names = "--grid",
      description = "Which grid: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.",
      defaultValue = "LARGE")
  private SanitizedCases.Grid grid = SanitizedCases.Grid.LARGE;

  @Mixin private TypeOptions types;

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

  @Option(
      names = "--full",
      description =
          "Everything: all grids, each kernel with its own tuning and three odd ones, and"
              + " support/block_kinds.cl, read_bandwidth.cl, fma_ceiling.cl and append_kv.cl, which"
              + " --kernel may name, too.")
  private boolean full;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      description = "With --full: processes at once. Default: one a processor.")
  private int jobs = Runtime.getRuntime().availableProcessors();

  /** A kernel on the cases of a pair of types, and what came of it. */
  private record Row(SanitizedCases cases, Oclgrind.Outcome outcome) {
    String types() {
      ElementTypes pair = cases.types();
      return pair != null
          ? pair.label()
          : cases.grid() == SanitizedCases.Grid.CACHE ? "the grid's own" : "f32";
    }
  }

  @Override
  public Integer call() {
    if (full) {
      return all();
    }
    List<KernelVariant> chosen = chosen();
    TuningOptions.requireParameters(Tuning.parse(tuning), chosen);
    List<SanitizedCases> grids = grids();
    Oclgrind oclgrind = Oclgrind.find();
    PrintWriter out = command.commandLine().getOut();
    List<Row> rows = new ArrayList<>();
    try (Terminal progress = Terminal.progress("sanitize", (long) chosen.size() * grids.size())) {
      for (KernelVariant kernel : chosen) {
        for (SanitizedCases cases : grids) {
          rows.add(new Row(cases, run(oclgrind, kernel, cases)));
          progress.step(kernel.globalId());
        }
      }
    }
    print(out, rows);
    out.flush();
    return exitCode(rows.stream().map(Row::outcome).toList());
  }

  /** A user's own alone, unless others are named. */
  private List<KernelVariant> chosen() {
    Backends backends = kernelFiles.addTo(attn.backends(), command.commandLine().getOut());
    List<KernelVariant> chosen = new ArrayList<>(backends.given());
    if (chosen.isEmpty() || command.commandLine().getParseResult().hasMatchedOption("--kernel")) {
      backends.kernels(kernels).stream()
          .filter(kernel -> !chosen.contains(kernel))
          .forEach(chosen::add);
    }
    for (KernelVariant kernel : chosen) {
      if (!kernel.backend().equals(OpenClBackend.ID)) {
        throw new IllegalArgumentException(
            "%s is no OpenCL kernel: Oclgrind runs only those".formatted(kernel.globalId()));
      }
    }
    return chosen;
  }

  private int all() {
    for (String other :
        List.of("--grid", "--tuning", "--dtype", "--kv-dtype", KernelFileOptions.FILE)) {
      if (command.commandLine().getParseResult().hasMatchedOption(other)) {
        throw new IllegalArgumentException(
            "--full takes every grid, type and tuning of the suite's kernels: leave %s out"
                .formatted(other));
      }
    }
    if (jobs < 1) {
      throw new IllegalArgumentException("--jobs %d: at least 1".formatted(jobs));
    }
    PrintWriter out = command.commandLine().getOut();
    List<SanitizedSubject> subjects = FullSanitization.chosen(kernels.equals(ALL) ? "*" : kernels);
    List<FullSanitization.Row> rows =
        new FullSanitization(Oclgrind.find(), Duration.ofSeconds(limitSeconds), out)
            .run(subjects, jobs);
    FullSanitization.print(out, rows);
    out.flush();
    return exitCode(rows.stream().map(FullSanitization.Row::outcome).toList());
  }

  /**
   * A kernel that refuses all its cases failed none, and alone it leaves nothing checked. A program
   * that does not build is the answer only where nothing was found in the others.
   */
  static int exitCode(List<Oclgrind.Outcome> outcomes) {
    List<Oclgrind.Outcome> bad =
        outcomes.stream().filter(one -> !one.clean() && !one.refusedAll()).toList();
    if (!bad.isEmpty() && bad.stream().allMatch(Oclgrind.Outcome::onlyBuildsFailed)) {
      return ExitCode.BUILD_FAILED;
    }
    if (!bad.isEmpty()) {
      return ExitCode.CHECK_FAILED;
    }
    return outcomes.stream().anyMatch(Oclgrind.Outcome::clean)
        ? ExitCode.OK
        : ExitCode.NOTHING_TO_DO;
  }

  /** The grid in each pair of types; in its own where none was named. */
  private List<SanitizedCases> grids() {
    if (!types.given()) {
      return List.of(new SanitizedCases(grid, null));
    }
    List<SanitizedCases> grids = new ArrayList<>();
    for (Storage pair : types.storages()) {
      SanitizedCases cases =
          new SanitizedCases(grid, new ElementTypes(pair.queryType(), pair.keyValueType()));
      if (cases.cases().isEmpty()) {
        throw new IllegalArgumentException(
            "%s: --grid %s has no case of %s; leave %s out, or take --grid small"
                .formatted(
                    types.name(),
                    grid.name().toLowerCase(Locale.ROOT),
                    pair.label(),
                    types.name()));
      }
      grids.add(cases);
    }
    return grids;
  }

  private Oclgrind.Outcome run(Oclgrind oclgrind, KernelVariant kernel, SanitizedCases cases) {
    Duration limit = Duration.ofSeconds(limitSeconds);
    try (TemporaryFolder folder = TemporaryFolder.create("attn-sanitize-")) {
      return oclgrind.run(kernel, cases, Tuning.parse(tuning), folder.path(), limit);
    }
  }

  private static void print(PrintWriter out, List<Row> rows) {
    out.println(
        AsciiTable.getTable(
            rows,
            columns(
                List.of(
                    new Column()
                        .header("kernel")
                        .dataAlign(HorizontalAlign.LEFT)
                        .with(row -> row.outcome().name()),
                    new Column().header("types").dataAlign(HorizontalAlign.LEFT).with(Row::types)),
                Row::outcome)));
    explain(out, rows.stream().map(Row::outcome).toList());
  }

  /** A table's columns: those that say what ran, and what came of it. */
  static <T> List<ColumnData<T>> columns(
      List<ColumnData<T>> ofWhatRan, Function<T, Oclgrind.Outcome> outcome) {
    List<ColumnData<T>> columns = new ArrayList<>(ofWhatRan);
    columns.add(count("cases", row -> outcome.apply(row).cases()));
    columns.add(count("right", row -> outcome.apply(row).right()));
    columns.add(count("unsupported", row -> outcome.apply(row).unsupported()));
    columns.add(count("findings", row -> outcome.apply(row).findings().size()));
    columns.add(
        new Column()
            .header("uninitialized reads")
            .with(row -> outcome.apply(row).checksUninitialized() ? "checked" : "not checked"));
    columns.add(
        new Column().header("seconds").with(row -> "%.1f".formatted(outcome.apply(row).seconds())));
    return columns;
  }

  private static <T> ColumnData<T> count(String header, ToIntFunction<T> number) {
    return new Column().header(header).with(row -> String.valueOf(number.applyAsInt(row)));
  }

  /** What was refused, what is not clean, and what was not looked for. */
  static void explain(PrintWriter out, List<Oclgrind.Outcome> outcomes) {
    for (Oclgrind.Outcome outcome : outcomes) {
      if (outcome.refusedAll()) {
        out.printf(
            "%s: not checked, for it refuses each of the %d cases here: %s%n",
            outcome.name(), outcome.unsupported(), String.join("; ", outcome.refusals()));
      } else if (!outcome.clean()) {
        out.printf(
            "%s: %s; the whole output:%n%s%n",
            outcome.name(),
            outcome.exitCode() < 0
                ? "stopped at the limit"
                : "exit code %d, %d findings"
                    .formatted(outcome.exitCode(), outcome.findings().size()),
            outcome.output());
      }
    }
    if (outcomes.stream().anyMatch(o -> !o.checksUninitialized())) {
      out.println(
          "not checked: Oclgrind forgets between launches what the first one wrote, and its check of"
              + " uninitialized reads crashes in flash_split_kv (docs/sanitizers.md)");
    }
  }
}
