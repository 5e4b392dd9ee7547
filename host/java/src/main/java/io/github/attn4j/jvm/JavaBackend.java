package io.github.attn4j.jvm;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.HostCaches;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Computes on the processor that the JVM runs on, with the Vector API on every core: the baseline
 * that devices are held against, and what runs where there is none. Needs {@code
 * --add-modules=jdk.incubator.vector}.
 */
public final class JavaBackend implements Backend {
  /** Its id. */
  public static final String ID = "java";

  private static final int THREADS = Runtime.getRuntime().availableProcessors();
  private static final String MODULE = "jdk.incubator.vector";

  /** Threads of a session: every processor this JVM was given. */
  static int threads() {
    return THREADS;
  }

  static boolean vectorsAvailable() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public List<DeviceInfo> devices() {
    if (!vectorsAvailable()) {
      return List.of();
    }
    Map<String, String> details = new LinkedHashMap<>();
    details.put("vector bits", Integer.toString(VectorMath.SPECIES.vectorBitSize()));
    processorLine("cpu MHz").ifPresent(clock -> details.put("clock", clock + " MHz when asked"));
    details.put("architecture", System.getProperty("os.arch", "unknown"));
    details.put("JVM", System.getProperty("java.vm.name", "unknown"));
    return List.of(
        new DeviceInfo(
            ID,
            0,
            processorName(),
            DeviceInfo.Kind.CPU,
            "JDK " + Runtime.version(),
            THREADS,
            Runtime.getRuntime().maxMemory(),
            0,
            1,
            HostCaches.ofThisMachine().levels(THREADS),
            details));
  }

  @Override
  public List<String> missing() {
    return vectorsAvailable()
        ? List.of()
        : List.of(
            "module %s is not loaded: start the JVM with --add-modules=%s"
                .formatted(MODULE, MODULE));
  }

  @Override
  public List<JavaKernel> kernels() {
    return List.of(JavaKernel.values());
  }

  @Override
  public Session open(DeviceInfo device, Tunings tunings) {
    if (!vectorsAvailable()) {
      throw new BackendException.Unavailable(missing().get(0));
    }
    if (!device.backend().equals(ID) || device.index() != 0) {
      throw new BackendException.Unavailable(
          "the Java backend has one device, java:0, but %s:%d was asked for"
              .formatted(device.backend(), device.index()));
    }
    return new JavaSession(device, tunings);
  }

  private static String processorName() {
    return processorLine("model name").orElseGet(JavaBackend::architectureName);
  }

  /** What Linux says of the first processor in a file; empty elsewhere. */
  private static Optional<String> processorLine(String key) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException | java.io.UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private static String architectureName() {
    return System.getProperty("os.arch", "unknown") + " processor";
  }
}
