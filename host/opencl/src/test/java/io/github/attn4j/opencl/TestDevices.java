package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.testing.Required;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;

/**
 * The device that tests run on. Without one they are skipped with the reason, or fail under
 * -Dattn.require=opencl.
 */
final class TestDevices {
  /**
   * Keeps what only tests compile out of the user's cache, where the driver has none of its own.
   */
  private static final Path PROGRAMS =
      Path.of(System.getProperty("basedir", ".")).resolve("target").resolve("test-programs");

  private TestDevices() {}

  static OpenClSession openPreferred() {
    return openPreferred(KernelSource::load);
  }

  /** A session whose programs are the caller's. */
  static OpenClSession openPreferred(UnaryOperator<String> sources) {
    OpenClBackend backend = new OpenClBackend(PROGRAMS);
    // Every spec's tuning would be a compilation of its own; those that ship have their own test.
    return backend.openSession(preferred(backend), Tunings.OF_THE_KERNELS, sources);
  }

  /** A session that takes the device for another one, tuned as its description has it. */
  static OpenClSession openDescribedAs(UnaryOperator<DeviceInfo> description) {
    return openDescribedAs(description, KernelSource::load);
  }

  /** The same, whose programs are the caller's. */
  static OpenClSession openDescribedAs(
      UnaryOperator<DeviceInfo> description, UnaryOperator<String> sources) {
    OpenClBackend backend = new OpenClBackend(PROGRAMS);
    return backend.openSession(
        description.apply(preferred(backend)), Tunings.OF_THE_KERNELS, sources);
  }

  /** A session that reaches the preferred device another way, described as it is. */
  static OpenClSession openReached(UnaryOperator<OpenClDevice> reach) {
    OpenClBackend backend = new OpenClBackend(PROGRAMS);
    DeviceInfo device = preferred(backend);
    OpenClDevice reached = reach.apply(backend.found(device));
    return new OpenClSession(
        reached,
        device,
        Tunings.OF_THE_KERNELS,
        reached.keepsPrograms() ? null : new ProgramCache(PROGRAMS),
        KernelSource::load);
  }

  /** With a cache of programs, whether or not the driver keeps them itself. */
  static OpenClSession openCaching(Path cacheFolder, UnaryOperator<String> sources) {
    OpenClBackend backend = new OpenClBackend(cacheFolder);
    DeviceInfo device = preferred(backend);
    return new OpenClSession(
        backend.found(device),
        device,
        Tunings.OF_THE_KERNELS,
        new ProgramCache(cacheFolder),
        sources);
  }

  /** A session for {@code flash_mma}: on what tensor cores there are, else on emulated ones. */
  static OpenClSession openWithTensorCores(UnaryOperator<String> sources) {
    return openWithTensorCores(Tunings.OF_THE_KERNELS, sources);
  }

  /** The same, with tunings of the caller's. */
  static OpenClSession openWithTensorCores(Tunings tunings, UnaryOperator<String> sources) {
    OpenClBackend backend = new OpenClBackend(PROGRAMS);
    DeviceInfo device = preferred(backend);
    return backend.openSession(
        MatrixUnits.of(device).usable() ? device : emulatingTensorCores(device), tunings, sources);
  }

  /** A device described so that it is given the emulation of tensor cores. */
  static DeviceInfo emulatingTensorCores(DeviceInfo device) {
    Map<String, String> details = new LinkedHashMap<>(device.details());
    details.put(MatrixUnits.EMULATED_DETAIL, "for tests");
    return with(device, device.largestWorkGroup(), details);
  }

  /** Skips the rest of a test, with the variant's own reason, where the device is not for it. */
  static void assumeSupported(OpenClKernel kernel, AttentionSpec spec, OpenClSession session) {
    if (kernel.supports(spec, session.device()) instanceof Support.No no) {
      Assumptions.abort(kernel.globalId() + ": " + no.reason());
    }
  }

  /** A device described with other limits than it has. */
  static DeviceInfo with(DeviceInfo device, int largestWorkGroup, Map<String, String> details) {
    return new DeviceInfo(
        device.backend(),
        device.index(),
        device.name(),
        device.kind(),
        device.driver(),
        device.computeUnits(),
        device.memoryBytes(),
        device.localBytes(),
        largestWorkGroup,
        device.caches(),
        details);
  }

  /** An NVIDIA GPU that is not here, of a compute capability such as 9.0. */
  static DeviceInfo tensorCoreGpu(String capability) {
    DeviceInfo device = gpu("NVIDIA Corporation", 48 << 10, 1024);
    Map<String, String> details = new LinkedHashMap<>(device.details());
    details.put(OpenClDevice.PLATFORM, "NVIDIA CUDA");
    details.put(MatrixUnits.COMPUTE_CAPABILITY, capability);
    return with(device, device.largestWorkGroup(), details);
  }

  /** A graphics processor that is not here. */
  static DeviceInfo gpu(String vendor, long localBytes, int largestWorkGroup) {
    return new DeviceInfo(
        OpenClBackend.ID,
        0,
        vendor,
        DeviceInfo.Kind.GPU,
        "none",
        100,
        1L << 34,
        localBytes,
        largestWorkGroup,
        List.of(),
        Map.of("vendor", vendor));
  }

  static DeviceInfo preferred(OpenClBackend backend) {
    List<DeviceInfo> devices = backend.devices();
    if (devices.isEmpty()) {
      Required.abort(OpenClBackend.ID, "no OpenCL device: " + String.join("; ", backend.missing()));
    }
    return devices.getFirst();
  }
}
