package io.github.attn4j.bench.cli;

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
import java.util.stream.Collectors;
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

  /** What a case takes on Oclgrind: seen over --grid small, 1.2 to 2.8 s on two busy cores. */
  private static final double CASE_SECONDS = 1.8;

  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;

  @Mixin private KernelFileOptions kernelFiles;
  @Mixin private DryRun dryRun;

  @Option(
      names = "--kernel",
      paramLabel = "IDS",
      completionCandidates = Candidates.OpenClKernels.class,
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
    if (dryRun.asked()) {
      long cases = grids.stream().mapToLong(grid -> grid.cases().size()).sum() * chosen.size();
      return dryRun.print(
          plan(chosen.stream().map(KernelVariant::globalId).toList(), cases)
              .takes(time(cases, chosen.size() * grids.size(), 1)));
    }
    Oclgrind oclgrind = Oclgrind.find();
    Voice voice = Voice.of(command);
    List<Row> rows = new ArrayList<>();
    try (Progress progress =
        Progress.of(command, "sanitize", (long) chosen.size() * grids.size())) {
      for (KernelVariant kernel : chosen) {
        for (SanitizedCases cases : grids) {
          progress.say(kernel.globalId());
          rows.add(new Row(cases, run(oclgrind, kernel, cases)));
          progress.step(kernel.globalId());
        }
      }
    }
    print(voice, rows);
    voice.out().flush();
    return exitCode(rows.stream().map(Row::outcome).toList());
  }

  /** A user's own alone, unless others are named. */
  private List<KernelVariant> chosen() {
    Backends backends = kernelFiles.addTo(attn.backends(), Voice.of(command).remarks());
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
    List<SanitizedSubject> subjects = FullSanitization.chosen(kernels.equals(ALL) ? "*" : kernels);
    if (dryRun.asked()) {
      return dryRun.print(
          new Plan()
              .with(
                  "runs",
                  "%d, %d at once: kernels with their own tunings and odd ones, over every grid, each in a process of Oclgrind"
                      .formatted(subjects.size(), jobs))
              .with(
                  "kernels",
                  subjects.stream()
                      .map(SanitizedSubject::id)
                      .distinct()
                      .collect(Collectors.joining(", ")))
              .takes(limit(subjects.size(), jobs) + ", and it is not known before"));
    }
    Voice voice = Voice.of(command);
    List<FullSanitization.Row> rows;
    try (Progress progress = Progress.of(command, "sanitize", subjects.size())) {
      rows =
          new FullSanitization(Oclgrind.find(), Duration.ofSeconds(limitSeconds), voice, progress)
              .run(subjects, jobs);
    }
    FullSanitization.print(voice, rows);
    voice.out().flush();
    return exitCode(rows.stream().map(FullSanitization.Row::outcome).toList());
  }

  private static Plan plan(List<String> ids, long cases) {
    return new Plan()
        .with("device", "Oclgrind, a process for each kernel; no device of this machine")
        .with("kernels", "%d: %s".formatted(ids.size(), String.join(", ", ids)))
        .with("cases", "%d over all kernels".formatted(cases));
  }

  private String time(long cases, int processes, int atOnce) {
    return "about %s: %.1f s for each case, as seen over --grid small on two busy cores, from 1.2 to 2.8 s by kernel; larger cases take longer. %s"
        .formatted(Progress.time(cases * CASE_SECONDS), CASE_SECONDS, limit(processes, atOnce));
  }

  private String limit(int processes, int atOnce) {
    return "At most %s: %d processes, %d at once, each stopped after %d s (--limit)"
        .formatted(
            Progress.time(Math.ceil((double) processes / atOnce) * limitSeconds),
            processes,
            atOnce,
            limitSeconds);
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

  private static void print(Voice voice, List<Row> rows) {
    Table<Row> table =
        Table.of(rows).name("kernel", row -> row.outcome().name()).name("types", Row::types);
    voice.remarks().println(with(table, Row::outcome).text());
    List<Oclgrind.Outcome> outcomes = rows.stream().map(Row::outcome).toList();
    explain(voice, outcomes);
    long bad = outcomes.stream().filter(one -> !one.clean() && !one.refusedAll()).count();
    voice
        .out()
        .printf(
            "%d runs: %s, %s; %,d cases right, %d findings%n",
            rows.size(),
            outcomes.stream().filter(Oclgrind.Outcome::clean).count() + " clean",
            bad == 0 ? "none failed" : voice.bad(bad + " failed"),
            outcomes.stream().mapToInt(Oclgrind.Outcome::right).sum(),
            outcomes.stream().mapToInt(one -> one.findings().size()).sum());
  }

  /** What ran, and what came of it. */
  static <T> Table<T> with(Table<T> ofWhatRan, Function<T, Oclgrind.Outcome> outcome) {
    return ofWhatRan
        .figure("cases", row -> String.valueOf(outcome.apply(row).cases()))
        .figure("right", row -> String.valueOf(outcome.apply(row).right()))
        .figure("unsupported", row -> String.valueOf(outcome.apply(row).unsupported()))
        .figure("findings", row -> String.valueOf(outcome.apply(row).findings().size()))
        .figure(
            "uninitialized reads",
            row -> outcome.apply(row).checksUninitialized() ? "checked" : "not checked")
        .figure("seconds", row -> "%.1f".formatted(outcome.apply(row).seconds()));
  }

  /** What was refused, what is not clean, and what was not looked for. */
  static void explain(Voice voice, List<Oclgrind.Outcome> outcomes) {
    PrintWriter out = voice.out();
    for (Oclgrind.Outcome outcome : outcomes) {
      if (outcome.refusedAll()) {
        out.printf(
            "%s: not checked, for it refuses each of the %d cases here: %s%n",
            outcome.name(), outcome.unsupported(), String.join("; ", outcome.refusals()));
      } else if (!outcome.clean()) {
        out.printf(
            "%s: %s; the whole output:%n%s%n",
            outcome.name(),
            voice.bad(
                outcome.exitCode() < 0
                    ? "stopped at the limit"
                    : "exit code %d, %d findings"
                        .formatted(outcome.exitCode(), outcome.findings().size())),
            outcome.output());
      }
    }
    if (outcomes.stream().anyMatch(o -> !o.checksUninitialized())) {
      voice
          .remarks()
          .println(
              "not checked: Oclgrind forgets between launches what the first one wrote, and its check of"
                  + " uninitialized reads crashes in flash_split_kv (docs/sanitizers.md)");
    }
  }
}
