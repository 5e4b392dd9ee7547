package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.opencl.OpenClKernel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which kernels a mode measures where none is named: those that are made for its shapes. By the
 * kind of device and not by what they support: one that cannot compute a cell is to say so, and not
 * to give way to a slower one without a word. Only tensor cores are asked for, which few devices
 * have and not all types can use; a single query would leave most of their rows empty.
 */
final class ModeKernels {
  private static final String SPLIT_KEYS = "opencl:flash_split_kv";
  private static final String ON_PROCESSORS = "opencl:flash_query_lanes";
  private static final String ON_GPUS = "opencl:flash";
  private static final String ON_TENSOR_CORES = OpenClKernel.FLASH_MMA.globalId();
  private static final String OPENCL = "opencl";
  private static final String JAVA = "java";
  private static final String WITHOUT_OPENCL = "java:flash";

  private ModeKernels() {}

  /**
   * The option's value that names them.
   *
   * @param specs what is to be measured
   */
  static String of(
      Mode mode, List<AttentionSpec> specs, Backends backends, @Nullable DeviceInfo chosen) {
    DeviceInfo device = openClDevice(backends, chosen);
    if (device == null) {
      return chosen == null || chosen.backend().equals(JAVA)
          ? WITHOUT_OPENCL
          : chosen.backend() + ":*";
    }
    List<String> kernels = new ArrayList<>();
    if (mode != Mode.PREFILL) {
      kernels.add(SPLIT_KEYS);
    }
    kernels.add(device.kind() == DeviceInfo.Kind.CPU ? ON_PROCESSORS : ON_GPUS);
    if (mode != Mode.DECODE
        && specs.stream()
            .anyMatch(
                spec -> OpenClKernel.FLASH_MMA.supports(spec, device) instanceof Support.Yes)) {
      kernels.add(ON_TENSOR_CORES);
    }
    return String.join(",", kernels);
  }

  /**
   * The kernel of a command that runs a single one: the named one, or a prefill's on the device.
   *
   * @param why what takes one kernel, as the error is to begin
   * @throws IllegalArgumentException naming them, where several come into question
   */
  static KernelVariant only(RunOptions options, Backends backends, String why) {
    List<KernelVariant> kernels =
        options.kernels(
            backends,
            named ->
                named != null
                    ? named
                    : of(Mode.PREFILL, List.of(), backends, options.device(backends)));
    if (kernels.size() != 1) {
      throw new IllegalArgumentException(
          "%s, and %s %d: %s"
              .formatted(
                  why,
                  options.namesKernels() ? "--kernel names" : "without --kernel there are",
                  kernels.size(),
                  String.join(", ", kernels.stream().map(KernelVariant::globalId).toList())));
    }
    return kernels.getFirst();
  }

  /** The chosen device, or the preferred one; null where another backend's was chosen. */
  private static @Nullable DeviceInfo openClDevice(Backends backends, @Nullable DeviceInfo chosen) {
    if (chosen != null) {
      return chosen.backend().equals(OPENCL) ? chosen : null;
    }
    return backends.all().stream()
        .filter(backend -> backend.id().equals(OPENCL))
        .map(Backend::devices)
        .filter(devices -> !devices.isEmpty())
        .map(List::getFirst)
        .findFirst()
        .orElse(null);
  }
}
