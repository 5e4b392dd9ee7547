package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.bench.measure.PeerCell;
import io.github.attn4j.bench.measure.PeerRun;
import io.github.attn4j.bench.peer.PeerId;
import io.github.attn4j.bench.peer.PeerModule;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.report.AtomicFile;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.report.HtmlReport;
import io.github.attn4j.core.report.PeerRatio;
import io.github.attn4j.core.report.PeerReport;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.opencl.PreferredKernels;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The option that sets kernels against other projects' attention, and the run that follows. */
final class PeerOptions {
  /** What is measured where no kernel is named: the others are not made for this processor. */
  private static final String MANY_QUERIES = "opencl:flash_query_lanes";

  private static final String FEW_QUERIES = "opencl:flash_split_kv";

  @Option(
      names = "--peer",
      paramLabel = "PEER[,...]",
      split = ",",
      description =
          "Instead of a sweep, measure kernels (default: "
              + MANY_QUERIES
              + ", or "
              + FEW_QUERIES
              + " where few queries share a key-value head) in turns with other projects'"
              + " attention, and write peers.json and peers.html: torch, torch-folded,"
              + " torch-via-f32, torch-via-f32-folded, onnxruntime, onnxruntime-attention,"
              + " onnxruntime-attention-folded; * for anything. Over half precision torch and"
              + " torch-folded bring their forms by way of f32 along. Fetches their libraries,"
              + " once.")
  private @Nullable List<String> names;

  /** Whether it was given. */
  boolean asked() {
    return names != null;
  }

  /** The kernels of {@code --kernel}, or the defaults. */
  static String kernels(@Nullable String option) {
    return option == null ? MANY_QUERIES + "," + FEW_QUERIES : option;
  }

  /** Whether a kernel is the default for a problem; the other one has no place beside a rival. */
  static boolean isDefaultFor(Shape shape, KernelVariant kernel) {
    boolean few = PreferredKernels.areFew(shape.queryLength(), shape.queryHeads(), shape.kvHeads());
    return kernel.globalId().equals(few ? FEW_QUERIES : MANY_QUERIES);
  }

  /**
   * Measures and publishes.
   *
   * @param tunings who chooses what our kernels run with
   * @param ours a cell for each kernel and problem
   * @return the exit code
   */
  int run(
      Backends backends,
      Function<Backend, Tunings> tunings,
      List<CellSpec> ours,
      Environment environment,
      double cellLimitSeconds,
      double timeBudgetSeconds,
      Path output,
      ReportFiles files,
      WatchdogOption watchdogOption,
      CommandSpec command) {
    Voice voice = Voice.of(command);
    PrintWriter out = voice.out();
    List<PeerId> rivals = rivals();
    PeerModule module = PeerModule.find();
    rivals.forEach(module::load); // what cannot be loaded ends the command here, not in a fork
    for (CellSpec cell : ours) {
      DeviceInfo device = backends.device(cell.device());
      if (device.kind() != DeviceInfo.Kind.CPU) {
        out.printf(
            "not comparable: %s runs on %s, and the peers on the host's processor;"
                + " bench/peers/torch_gpu.py measures PyTorch on a GPU%n",
            cell.kernel(), device.name());
        out.flush();
        return ExitCode.NOTHING_TO_DO;
      }
    }
    List<PeerCell> cells = cells(rivals, ours);
    AtomicFile.requireWritable(output.resolve("peers.json")); // not found out after minutes
    AtomicFile.requireWritable(output.resolve("peers.html"));
    files.requireWritable();
    AtomicReference<@Nullable PeerRun> running = new AtomicReference<>();
    try (PublishOnce kept =
            new PublishOnce(complete -> {
              PeerRun found = running.get();
              if (found != null && (complete || found.any())) {
                publish(voice, output, files, found.report(complete));
              }
            });
        Watchdog watchdog =
            watchdogOption.watch(command.commandLine().getErr(), overdue -> kept.cutShort())) {
      PeerRun run =
          new PeerRun(
              backends, tunings, cells, environment, cellLimitSeconds, timeBudgetSeconds, watchdog);
      running.set(run);
      try (Progress progress = Progress.of(command, "peers", cells.size(), timeBudgetSeconds)) {
        run.run(cell -> {
          kept.pauseIfInterrupted();
          progress.step(cell.peer().id() + " " + cell.ours().spec().label());
        });
      }
      kept.complete();
      return exitCode(run.report(true));
    }
  }

  private List<PeerId> rivals() {
    return PeerId.named(names == null ? List.of() : names);
  }

  /** What {@link #run} would do; no library is loaded for it. */
  Plan plan(Backends backends, List<CellSpec> ours, double timeBudgetSeconds) {
    List<PeerId> rivals = rivals();
    return new Plan()
        .with(
            "cells",
            "%d: %d of ours, in turns with each peer"
                .formatted(cells(rivals, ours).size(), ours.size()))
        .kernels(ours, backends)
        .with("peers", String.join(", ", rivals.stream().map(PeerId::id).toList()))
        .takes(
            "at most %s (--time-budget); what launches take is not known before they run. The first run fetches the peers' libraries"
                .formatted(Progress.time(timeBudgetSeconds)));
  }

  /** A cell for each rival, each of its forms and each of ours, none of them twice. */
  static List<PeerCell> cells(List<PeerId> rivals, List<CellSpec> ours) {
    Set<PeerCell> cells = new LinkedHashSet<>();
    for (PeerId rival : rivals) {
      for (CellSpec cell : ours) {
        rival.formsFor(cell.spec()).forEach(form -> cells.add(new PeerCell(form, cell)));
      }
    }
    return new ArrayList<>(cells);
  }

  private static void publish(Voice voice, Path output, ReportFiles files, PeerReport report) {
    PrintWriter out = voice.out();
    voice.remarks().println(PeerTable.of(report));
    boolean wrong = report.ratios().stream().anyMatch(PeerOptions::isWrong);
    PeerTable.notes(report).forEach((wrong ? out : voice.remarks())::println);
    Path file = output.resolve("peers.json");
    ResultFiles written = new ResultFiles();
    boolean there = written.write(file, json -> Rescue.write(json, report));
    written.write(output.resolve("peers.html"), page -> HtmlReport.write(page, report));
    files.write(report, written);
    written.announce(voice, there ? file : null, report.complete(), " and peers.html");
  }

  static int exitCode(PeerReport report) {
    if (report.ratios().stream().anyMatch(row -> row.status() == BenchCell.Status.NEVER_ENDED)) {
      return ExitCode.WATCHDOG;
    }
    if (report.ratios().stream().anyMatch(PeerOptions::isWrong)) {
      return ExitCode.CHECK_FAILED;
    }
    boolean measured = report.ratios().stream().anyMatch(row -> row.times() != null);
    return measured ? ExitCode.OK : ExitCode.NOTHING_TO_DO;
  }

  private static boolean isWrong(PeerRatio row) {
    return row.status() == BenchCell.Status.FAILED || row.status() == BenchCell.Status.BUILD_FAILED;
  }
}
