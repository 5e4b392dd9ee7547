package io.github.attn4j.bench;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.tornado.TornadoBackend;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The backends there are, and how options name their devices and kernels. */
public final class Backends {
  private final List<Backend> all;
  private final List<KernelVariant> given;

  /** All backends of this build. */
  public Backends() {
    this(List.of(new OpenClBackend(), new JavaBackend(), new TornadoBackend()));
  }

  /** These backends, in the order in which {@code --device} counts their devices. */
  public Backends(List<? extends Backend> all) {
    this(all, List.of());
  }

  private Backends(List<? extends Backend> all, List<? extends KernelVariant> given) {
    this.all = List.copyOf(all);
    this.given = List.copyOf(given);
  }

  /**
   * The same and kernels that a user brings, each of one of these backends.
   *
   * @throws IllegalArgumentException where two of them have one id
   */
  public Backends with(List<? extends KernelVariant> kernels) {
    Set<String> ids = new HashSet<>();
    for (KernelVariant kernel : kernels) {
      if (!ids.add(kernel.globalId())) {
        throw new IllegalArgumentException(
            "two of the files are %s: give one of their descriptors another id"
                .formatted(kernel.globalId()));
      }
    }
    return new Backends(all, kernels);
  }

  /** Kernels that a user brings, in their order; none otherwise. */
  public List<KernelVariant> given() {
    return given;
  }

  /** Every backend, devices or none. */
  public List<Backend> all() {
    return all;
  }

  /** Every device of every backend, in the order in which {@code --device} counts them. */
  public List<DeviceInfo> devices() {
    return all.stream().flatMap(backend -> backend.devices().stream()).toList();
  }

  /** What was looked for and not found. */
  public List<String> missing() {
    return all.stream().flatMap(backend -> backend.missing().stream()).toList();
  }

  /** The backend of a kernel or a device. */
  public Backend backend(String id) {
    return all.stream()
        .filter(backend -> backend.id().equals(id))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("no backend '" + id + "'; there are " + ids()));
  }

  /**
   * The device a kernel runs on: the chosen one if it is of the kernel's backend, otherwise that
   * backend's preferred one.
   *
   * @throws BackendException.Unavailable if the backend has no device
   */
  public DeviceInfo deviceFor(KernelVariant kernel, @Nullable DeviceInfo chosen) {
    if (chosen != null && chosen.backend().equals(kernel.backend())) {
      return chosen;
    }
    Backend backend = backend(kernel.backend());
    if (backend.devices().isEmpty()) {
      throw new BackendException.Unavailable(
          "%s has no device to run on: %s"
              .formatted(kernel.globalId(), String.join("; ", backend.missing())));
    }
    return backend.devices().getFirst();
  }

  /**
   * The device that an option names: an index of {@link #devices}, {@code backend:index}, or a part
   * of a name.
   *
   * @throws BackendException.Unavailable if none or several match
   */
  public DeviceInfo device(String option) {
    List<DeviceInfo> devices = devices();
    List<DeviceInfo> matching = new ArrayList<>();
    for (int index = 0; index < devices.size(); index++) {
      DeviceInfo device = devices.get(index);
      boolean byNumber =
          option.equals(String.valueOf(index))
              || option.equals(device.backend() + ":" + device.index());
      boolean byName =
          !option.matches("\\d+")
              && device.name().toLowerCase(Locale.ROOT).contains(option.toLowerCase(Locale.ROOT));
      if (byNumber || byName) {
        matching.add(device);
      }
    }
    if (matching.size() != 1) {
      throw new BackendException.Unavailable(
          "--device %s matches %d of the %d devices; ./attn devices lists them"
              .formatted(option, matching.size(), devices.size()));
    }
    return matching.getFirst();
  }

  /**
   * Kernels that a comma-separated list of global ids names, a user's own among them; {@code *}
   * stands for anything. With no list, every kernel whose backend has a device.
   *
   * @throws BackendException.Unavailable without a list, if no backend has a device
   */
  public List<KernelVariant> kernels(@Nullable String option) {
    List<KernelVariant> known = new ArrayList<>(given);
    all.forEach(backend -> known.addAll(backend.kernels()));
    if (option == null) {
      List<KernelVariant> runnable =
          known.stream().filter(kernel -> !backend(kernel.backend()).devices().isEmpty()).toList();
      if (runnable.isEmpty()) {
        throw new BackendException.Unavailable(
            "no device for any kernel: " + String.join("; ", missing()));
      }
      return runnable;
    }
    List<KernelVariant> chosen = new ArrayList<>();
    for (String pattern : option.split(",", -1)) {
      Pattern regex = Pattern.compile(Pattern.quote(pattern.strip()).replace("*", "\\E.*\\Q"));
      List<KernelVariant> matching =
          known.stream().filter(kernel -> regex.matcher(kernel.globalId()).matches()).toList();
      if (matching.isEmpty()) {
        throw new IllegalArgumentException(
            "no kernel '%s'; there are %s"
                .formatted(
                    pattern,
                    String.join(", ", known.stream().map(KernelVariant::globalId).toList())));
      }
      matching.stream().filter(kernel -> !chosen.contains(kernel)).forEach(chosen::add);
    }
    return chosen;
  }

  /** One kernel by its global id. */
  public KernelVariant kernel(String globalId) {
    List<KernelVariant> found = kernels(globalId);
    if (found.size() != 1) {
      throw new IllegalArgumentException(
          "'" + globalId + "' names " + found.size() + " kernels, not one");
    }
    return found.getFirst();
  }

  private String ids() {
    return String.join(", ", all.stream().map(Backend::id).toList());
  }
}
