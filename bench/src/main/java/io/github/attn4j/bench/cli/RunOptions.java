package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that name kernels and devices. */
final class RunOptions {
  @Option(
      names = "--kernel",
      paramLabel = "IDS",
      description =
          "Kernels by global id, comma-separated, * for anything: 'opencl:*,java:flash'. Default: all.")
  private @Nullable String kernels;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "Index, backend:index or part of a name from 'attn devices'. Default: a GPU before a CPU.")
  private @Nullable String device;

  @Option(
      names = "--seed",
      description = "Seed of all inputs. Default: ${DEFAULT-VALUE}.",
      defaultValue = "1")
  private long seed;

  List<KernelVariant> kernels(Backends backends) {
    return backends.kernels(kernels);
  }

  @Nullable DeviceInfo device(Backends backends) {
    return device == null ? null : backends.device(device);
  }

  long seed() {
    return seed;
  }
}
