package io.github.attn4j.bench.cli;

import static java.util.Objects.requireNonNull;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.BlockMeter;
import io.github.attn4j.bench.measure.LayerMeter;
import io.github.attn4j.core.cost.LayerTimes;
import io.github.attn4j.core.cost.ModelReport;
import io.github.attn4j.core.cost.StoredTypes;
import io.github.attn4j.core.cost.TransformerPresets;
import io.github.attn4j.core.cost.TransformerShape;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.report.AtomicFile;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.ElementType;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn model}: what a transformer costs in parameters, arithmetic, memory and time. */
@Command(
    name = "model",
    description = {
      "Counts a transformer's parameters, operations and bytes, each with its formula, times its layer's attention on this device, and runs one block of it there.",
      "For example: attn model --preset gpt3; attn model --d-model 512 --heads 8 --layers 6 --vocabulary 32000 --no-times. See docs/model.md."
    },
    mixinStandardHelpOptions = true)
final class ModelCommand implements Callable<Integer> {
  /** What ceilings and checks take besides: seen here, on two cores. */
  private static final double CEILING_SECONDS = 8;

  /** Of {@code --seconds}, for the block, on top of it. */
  private static final double BLOCK_SHARE = 0.5;

  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private TransformerOptions transformer;
  @Mixin private RunOptions runOptions;
  @Mixin private WatchdogOption watchdogOption;
  @Mixin private DryRun dryRun;

  @Option(names = "--list", description = "Lists the presets with their sources, and ends.")
  private boolean list;

  @Option(
      names = "--context",
      paramLabel = "N",
      split = ",",
      description = "Tokens of a sequence, comma-separated. Default: ${DEFAULT-VALUE}.",
      defaultValue = "512,2048,8192,32768,131072")
  private List<Integer> contexts = new ArrayList<>();

  @Option(
      names = "--weights",
      paramLabel = "TYPE",
      description = "Type of the weights. Default: ${DEFAULT-VALUE}.",
      defaultValue = "f16")
  private String weights = "f16";

  @Option(
      names = "--cache",
      paramLabel = "TYPE",
      description = "Type of cached keys and values. Default: ${DEFAULT-VALUE}.",
      defaultValue = "f16")
  private String cache = "f16";

  @Option(
      names = "--scores",
      paramLabel = "TYPE",
      description = "Type of a score matrix, where a kernel keeps one. Default: ${DEFAULT-VALUE}.",
      defaultValue = "f32")
  private String scores = "f32";

  @Option(names = "--no-times", description = "Counts only; no device is opened.")
  private boolean withoutTimes;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description =
          "Time for running attention over all contexts; the device's ceilings take a few seconds more, one block half as much again. Default: ${DEFAULT-VALUE}.",
      defaultValue = "15")
  private double seconds;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Writes everything as JSON; the schema is docs/model.schema.json.")
  private @Nullable Path json;

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    if (list) {
      TransformerPresets.all().forEach(shape -> out.println(line(shape)));
      out.flush();
      return ExitCode.OK;
    }
    if (!(seconds > 0)) {
      throw new IllegalArgumentException(
          "--seconds %s is no time to measure in: give more than 0, or --no-times"
              .formatted(seconds));
    }
    if (json != null) {
      AtomicFile.requireWritable(json);
    }
    StoredTypes types =
        new StoredTypes(
            type("--weights", weights), type("--cache", cache), type("--scores", scores));
    ModelReport counted = ModelReport.of(transformer.shape(), types, contexts);
    if (withoutTimes && !dryRun.asked()) {
      publish(out, counted);
      return ExitCode.OK;
    }
    if (withoutTimes) {
      return dryRun.print(plan(counted).takes("no time: it only counts (--no-times)"));
    }
    BlockMeter.requireAddressable(counted);
    AtomicReference<ModelReport> found = new AtomicReference<>(counted);
    Backends backends = attn.backends();
    KernelVariant kernel = ModeKernels.only(runOptions, backends, "times are those of one kernel");
    if (dryRun.asked()) {
      return dryRun.print(
          plan(counted)
              .kernels(List.of(kernel), backends, runOptions.device(backends))
              .takes(
                  "about %s: %.0f s of attention (--seconds), %.0f s of a block, some %.0f s of ceilings and checks as seen here"
                      .formatted(
                          Progress.time(expectedSeconds()),
                          seconds,
                          seconds * BLOCK_SHARE,
                          CEILING_SECONDS)));
    }
    try (PublishOnce kept =
            new PublishOnce(complete -> {
              ModelReport report = requireNonNull(found.get());
              if (complete || report.times() != null) {
                publish(out, report);
                if (!complete) {
                  out.println("cut short; what was found before is kept");
                  out.flush();
                }
              }
            });
        Watchdog watchdog =
            watchdogOption.watch(command.commandLine().getErr(), overdue -> kept.cutShort())) {
      try (Progress progress = Progress.timed(command, "model", expectedSeconds())) {
        progress.say(kernel.globalId());
        measure(
            counted,
            backends,
            kernel,
            watchdog,
            times -> {
              kept.pauseIfInterrupted();
              found.set(counted.with(times));
            });
      }
      kept.complete();
    }
    return ExitCode.OK;
  }

  private double expectedSeconds() {
    return seconds + CEILING_SECONDS + seconds * BLOCK_SHARE;
  }

  private Plan plan(ModelReport counted) {
    return new Plan()
        .with("model", counted.shape().name())
        .with(
            "contexts", String.join(", ", contexts.stream().map(n -> "%,d".formatted(n)).toList()));
  }

  private void publish(PrintWriter out, ModelReport report) {
    ModelTable.lines(report).forEach(out::println);
    if (json != null) {
      JsonReport.write(json, report);
      out.println("json: " + json);
    }
    out.flush();
  }

  private void measure(
      ModelReport report,
      Backends backends,
      KernelVariant kernel,
      Watchdog watchdog,
      Consumer<LayerTimes> found) {
    Voice.of(command)
        .note(
            "measuring %s for some %.0f s; --no-times leaves it out"
                .formatted(kernel.globalId(), expectedSeconds()));
    DeviceInfo device = backends.deviceFor(kernel, runOptions.device(backends));
    LayerTimes times =
        LayerMeter.measure(
            report,
            backends,
            kernel,
            device,
            LayerMeter.Rates.of(backends, device),
            seconds,
            // Inputs, what is made of them, and the oracle's copies have to fit beside each other.
            Runtime.getRuntime().maxMemory() / 8,
            runOptions.seed(),
            watchdog,
            found);
    BlockMeter.measure(
        report,
        times,
        backends,
        kernel,
        device,
        new BlockMeter.Share(seconds * BLOCK_SHARE, Runtime.getRuntime().maxMemory() / 2),
        watchdog,
        runOptions.seed(),
        found);
  }

  private static ElementType type(String option, String label) {
    try {
      return ElementType.parse(label);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("%s %s".formatted(option, e.getMessage()), e);
    }
  }

  private static String line(TransformerShape shape) {
    return "%-17s d_model %,6d, %3d heads of %3d on %3d, %3d layers; %s"
        .formatted(
            shape.name(),
            shape.modelDim(),
            shape.queryHeads(),
            shape.headDim(),
            shape.kvHeads(),
            shape.layers(),
            shape.source());
  }
}
