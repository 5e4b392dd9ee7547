package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.CacheShape;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.spec.ElementType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What {@link Oclgrind} runs in a process of its own: rows that are appended to a cache, taken back
 * and shared, in a type that stores numbers and in both that have scales.
 */
public final class SanitizedAppends {
  private static final List<ElementType> TYPES =
      List.of(ElementType.F16, ElementType.I8, ElementType.F8E4M3);

  private SanitizedAppends() {}

  /** Arguments: a folder for compiled programs, then none, or a text and its replacement. */
  public static void main(String[] arguments) {
    UnaryOperator<String> sources =
        arguments.length > 1
            ? PlantedSource.replacing(arguments[1], arguments[2])
            : KernelSource::load;
    OpenClBackend backend = new OpenClBackend(Path.of(arguments[0]));
    DeviceInfo simulator = dividingAsTheHost(backend.devices().getFirst());
    System.out.println("device " + simulator.name());
    int right = 0;
    int played = 0;
    // As processors encode, an item a run, and as GPUs do, the items of a work-group.
    for (DeviceInfo.Kind kind : List.of(DeviceInfo.Kind.CPU, DeviceInfo.Kind.GPU)) {
      DeviceInfo device =
          KeySplitTest.described(
              simulator, kind, 1, simulator.largestWorkGroup(), simulator.localBytes());
      try (OpenClSession session = backend.openSession(device, Tunings.OF_THE_KERNELS, sources)) {
        for (ElementType type : TYPES) {
          played++;
          CacheShape shape = new CacheShape(2, 8, 5, type, 16, 7, 3);
          try (CacheHistory history = new CacheHistory(session, shape, 0)) {
            history.play(5);
            history.requireSameRows();
            right++;
          }
        }
      }
    }
    System.out.printf("right: %d of %d, unsupported 0%n", right, played);
  }

  /** The simulator computes with the host's floats, though it does not say so. */
  private static DeviceInfo dividingAsTheHost(DeviceInfo device) {
    Map<String, String> details = new LinkedHashMap<>(device.details());
    details.put(OpenClDevice.FLOAT_DIVISION, OpenClDevice.CORRECTLY_ROUNDED);
    details.put(OpenClDevice.DENORMALS, OpenClDevice.KEPT);
    return TestDevices.with(device, device.largestWorkGroup(), details);
  }
}
