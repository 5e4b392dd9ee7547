package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn kernel-source}: what a device's compiler is given. */
@Command(
    name = "kernel-source",
    description =
        "Prints the program that the device's compiler is given for a kernel: OpenCL C with its includes,"
            + " or what TornadoVM generates from Java, for one shape, since sizes are compiled in.",
    mixinStandardHelpOptions = true)
final class KernelSourceCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;

  @Parameters(
      paramLabel = "KERNEL",
      completionCandidates = Candidates.Kernels.class,
      arity = "0..1",
      description = "Global id, for example opencl:flash; may be left out with --kernel-file.")
  private @Nullable String kernel;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "Index, backend:index or part of a name from 'attn devices'. Default: a GPU before a CPU.")
  private @Nullable String device;

  @Option(
      names = "--n",
      paramLabel = "N",
      description = "Queries and keys. Default: ${DEFAULT-VALUE}.",
      defaultValue = "1024")
  private int length;

  @Option(
      names = "--heads",
      paramLabel = "H",
      description = "Heads. Default: ${DEFAULT-VALUE}.",
      defaultValue = "1")
  private int heads;

  @Option(
      names = "--d",
      paramLabel = "D",
      description = "Head dimension. Default: ${DEFAULT-VALUE}.",
      defaultValue = "64")
  private int headDim;

  @Option(
      names = "--mask",
      paramLabel = "MASK",
      completionCandidates = Candidates.Masks.class,
      description =
          "full, causal, window(LEFT,RIGHT), a preset, or a condition (docs/masks.md). Default: ${DEFAULT-VALUE}.",
      defaultValue = "full")
  private String mask = "full";

  @Mixin private MaskOptions maskOptions;
  @Mixin private KernelFileOptions kernelFiles;

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    Backends backends = kernelFiles.addTo(attn.backends());
    KernelVariant variant = kernel == null ? kernelFiles.only(backends) : backends.kernel(kernel);
    DeviceInfo chosen = device == null ? null : backends.device(device);
    if (chosen != null && !chosen.backend().equals(variant.backend())) {
      throw new IllegalArgumentException(
          "%s does not run on --device %s (%s:%d)"
              .formatted(variant.globalId(), device, chosen.backend(), chosen.index()));
    }
    DeviceInfo target = backends.deviceFor(variant, chosen);
    AttentionSpec spec =
        maskOptions
            .with(mask)
            .applyTo(AttentionSpec.builder().heads(heads).length(length).dim(headDim).build());
    if (variant.supports(spec, target) instanceof Support.No no) {
      throw new IllegalArgumentException(
          "%s does not compute %s: %s".formatted(variant.globalId(), spec.label(), no.reason()));
    }
    try (Session session = backends.backend(variant.backend()).open(target);
        StagedInputs staged =
            session.stage(AttentionInputs.generate(spec, InputFamily.NORMAL, 1))) {
      String source = session.source(variant, staged);
      out.printf("// %s for %s on %s%n", variant.globalId(), spec.label(), target.name());
      out.println(source.stripTrailing());
    }
    out.flush();
    return ExitCode.OK;
  }
}
