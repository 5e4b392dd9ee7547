package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.bench.picture.TextLines;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a command would do and how long that takes, for {@link DryRun}. Nothing runs for it. */
final class Plan {
  /** What a line is about, with the space behind it. */
  private static final int LABEL = 8;

  private final List<String> lines = new ArrayList<>();

  /** A line: what it is about, in a word, and what there is to say. */
  Plan with(String what, String text) {
    int width = Math.max(2 * LABEL, Terminal.columns(Table.WIDEST) - LABEL);
    String label = what + " ".repeat(Math.max(1, LABEL - what.length()));
    for (String line : TextLines.broken(text, width)) {
      lines.add(label + line);
      label = " ".repeat(LABEL);
    }
    return this;
  }

  /** Which kernels, and the device of each. */
  Plan kernels(
      List<? extends KernelVariant> kernels, Backends backends, @Nullable DeviceInfo chosen) {
    Map<DeviceInfo, List<String>> byDevice = new LinkedHashMap<>();
    for (KernelVariant kernel : kernels) {
      byDevice
          .computeIfAbsent(backends.deviceFor(kernel, chosen), _ -> new ArrayList<>())
          .add(kernel.globalId());
    }
    byDevice.forEach((device, ids) -> {
      with("device", "%s:%d, %s".formatted(device.backend(), device.index(), device.name()));
      with("kernels", "%d: %s".formatted(ids.size(), String.join(", ", ids)));
    });
    return this;
  }

  /** The same of cells, which name their devices. */
  Plan kernels(List<CellSpec> cells, Backends backends) {
    Map<String, Set<String>> byDevice = new LinkedHashMap<>();
    for (CellSpec cell : cells) {
      byDevice.computeIfAbsent(cell.device(), _ -> new LinkedHashSet<>()).add(cell.kernel());
    }
    byDevice.forEach((device, ids) -> {
      with("device", "%s, %s".formatted(device, backends.device(device).name()));
      with("kernels", "%d: %s".formatted(ids.size(), String.join(", ", ids)));
    });
    return this;
  }

  /** How long, and how that is known; or that it is not. */
  Plan takes(String text) {
    return with("time", text);
  }

  /** What is printed. */
  List<String> lines() {
    return List.copyOf(lines);
  }
}
