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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
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

  private static final int LIMIT_SECONDS = 900;

  /** Of the longest grid on emulated tensor cores, which takes 900 s where others compute, too. */
  private static final int LIMIT_SECONDS_OF_FULL = 3600;

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
      description = "Stops a kernel that takes longer. Default: 900, and 3600 with --full.")
  private @Nullable Integer limitSeconds;

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
          "Everything: all grids, each kernel with its own tuning and three odd ones, and the files"
              + " of kernels/opencl/support and layers, which --kernel may name, too: 'layers/*'.")
  private boolean full;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      description = "With --full: processes at once. Default: one a processor.")
  private int jobs = Runtime.getRuntime().availableProcessors();

  private int limitSeconds() {
    return limitSeconds != null ? limitSeconds : full ? LIMIT_SECONDS_OF_FULL : LIMIT_SECONDS;
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
    int planned = chosen.size() * grids.size();
    SanitizerRows rows =
        new SanitizerRows(
            Voice.of(command), Progress.of(command, "sanitize", planned), "types", planned);
    try (PublishOnce kept = rows.keeping()) {
      int place = 0;
      for (KernelVariant kernel : chosen) {
        for (SanitizedCases cases : grids) {
          String label = kernel.globalId() + " " + words(cases);
          rows.run(place++, label, () -> row(oclgrind, kernel, cases));
        }
      }
      kept.complete();
    }
    return exitCode(rows.outcomes());
  }

  /** The types of cases. */
  private static String words(SanitizedCases cases) {
    ElementTypes pair = cases.types();
    return pair != null
        ? pair.label()
        : cases.grid() == SanitizedCases.Grid.CACHE ? "the grid's own" : "f32";
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
    Oclgrind oclgrind = Oclgrind.find();
    SanitizerRows rows =
        new SanitizerRows(
            Voice.of(command),
            Progress.of(command, "sanitize", subjects.size()),
            "tuning",
            subjects.size());
    try (PublishOnce kept = rows.keeping()) {
      new FullSanitization(oclgrind, Duration.ofSeconds(limitSeconds()), rows).run(subjects, jobs);
      kept.complete();
    }
    return exitCode(rows.outcomes());
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
            Progress.time(Math.ceil((double) processes / atOnce) * limitSeconds()),
            processes,
            atOnce,
            limitSeconds());
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

  private SanitizerRows.Row row(Oclgrind oclgrind, KernelVariant kernel, SanitizedCases cases) {
    Duration limit = Duration.ofSeconds(limitSeconds());
    try (TemporaryFolder folder = TemporaryFolder.create("attn-sanitize-")) {
      return new SanitizerRows.Row(
          kernel.globalId(),
          words(cases),
          oclgrind.run(kernel, cases, Tuning.parse(tuning), folder.path(), limit));
    }
  }
}
