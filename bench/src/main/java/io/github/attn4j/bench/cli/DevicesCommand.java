package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.DeviceInfo;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn devices}: what there is to run on, and what was looked for and not found. */
@Command(
    name = "devices",
    description = "Shows every device, and what was looked for and not found.",
    mixinStandardHelpOptions = true)
final class DevicesCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    Backends backends = attn.backends();
    List<DeviceInfo> devices = backends.devices();
    for (int index = 0; index < devices.size(); index++) {
      DeviceInfo device = devices.get(index);
      out.printf(
          "%d  %s:%d  %s%n   %s, driver %s, %d compute units, %.1f GiB%n",
          index,
          device.backend(),
          device.index(),
          device.name(),
          device.kind(),
          device.driver(),
          device.computeUnits(),
          device.memoryBytes() / (double) (1 << 30));
      out.printf("   caches: %s%n", caches(device));
      device.details().forEach((name, value) -> out.printf("   %s: %s%n", name, value));
    }
    backends.missing().forEach(line -> out.println("not found: " + line));
    out.flush();
    return devices.isEmpty() ? ExitCode.UNAVAILABLE : ExitCode.OK;
  }

  private static String caches(DeviceInfo device) {
    return device.caches().isEmpty()
        ? "unknown"
        : device.caches().stream()
            .map(cache -> "%s %,d KiB".formatted(cache.name(), cache.bytes() / 1024))
            .collect(Collectors.joining(", "));
  }
}
