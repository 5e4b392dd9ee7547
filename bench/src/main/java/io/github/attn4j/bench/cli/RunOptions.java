package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that name kernels and devices. */
final class RunOptions {
  @Option(
      names = "--kernel",
      paramLabel = "IDS",
      completionCandidates = Candidates.Kernels.class,
      description =
          "Kernels by global id, comma-separated, * for anything: 'opencl:*,java:flash'. Default: all, or all of the chosen device's backend.")
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

  /**
   * The kernels that run: with a device, only those of its backend, for another backend's would run
   * elsewhere.
   *
   * @throws IllegalArgumentException naming kernel and device, if both are named and do not belong
   *     together
   */
  List<KernelVariant> kernels(Backends backends) {
    return kernels(backends, UnaryOperator.identity());
  }

  /** The same with another default: {@code choose} makes the list of ids from the option's. */
  List<KernelVariant> kernels(Backends backends, UnaryOperator<@Nullable String> choose) {
    List<KernelVariant> named = new ArrayList<>(backends.given());
    if (kernels != null || named.isEmpty()) { // a user's own run alone, unless others are named
      backends.kernels(choose.apply(kernels)).stream()
          .filter(kernel -> !named.contains(kernel))
          .forEach(named::add);
    }
    DeviceInfo chosen = device(backends);
    if (chosen == null) {
      return named;
    }
    List<KernelVariant> runnable =
        named.stream().filter(kernel -> kernel.backend().equals(chosen.backend())).toList();
    if ((kernels != null || !backends.given().isEmpty()) && runnable.size() < named.size()) {
      KernelVariant stranger =
          named.stream().filter(kernel -> !runnable.contains(kernel)).findFirst().orElseThrow();
      throw new IllegalArgumentException(
          "%s names %s, which does not run on --device %s (%s:%d, %s); name kernels of %s, or leave one of the options out"
              .formatted(
                  backends.given().contains(stranger) ? "--kernel-file" : "--kernel " + kernels,
                  stranger.globalId(),
                  device,
                  chosen.backend(),
                  chosen.index(),
                  chosen.name(),
                  chosen.backend()));
    }
    return runnable;
  }

  /** Whether --kernel was given. */
  boolean namesKernels() {
    return kernels != null;
  }

  @Nullable DeviceInfo device(Backends backends) {
    return device == null ? null : backends.device(device);
  }

  long seed() {
    return seed;
  }
}
