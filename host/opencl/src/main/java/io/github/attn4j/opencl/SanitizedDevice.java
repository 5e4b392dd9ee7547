package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Oclgrind}'s device is taken for, so that what kernels do on devices that are not here
 * is looked at, too.
 */
public enum SanitizedDevice {
  /** As it describes itself: a processor. */
  CPU {
    @Override
    DeviceInfo.Kind kind() {
      return DeviceInfo.Kind.CPU;
    }
  },
  /** Work-groups as graphics processors have them. */
  GPU {
    @Override
    DeviceInfo.Kind kind() {
      return DeviceInfo.Kind.GPU;
    }
  },
  /** A processor for which plain OpenCL plays tensor cores. */
  TENSOR_CORES {
    @Override
    DeviceInfo.Kind kind() {
      return DeviceInfo.Kind.CPU;
    }

    @Override
    void describe(Map<String, String> details) {
      details.put(MatrixUnits.EMULATED_DETAIL, "for the sanitizer");
    }
  };

  /** What the simulator has, too; more work-items would only take longer. */
  private static final int LARGEST_WORK_GROUP = 1024;

  private static final long LOCAL_BYTES = 32 << 10;

  /** The detail by which scratch goes through the host between two stages. */
  private static final String HANDS_OVER = "scratch between stages";

  /** How the device is asked to group work-items. */
  abstract DeviceInfo.Kind kind();

  void describe(Map<String, String> details) {}

  /** Those that a kernel runs differently on. */
  static List<SanitizedDevice> of(OpenClVariant kernel) {
    return switch (kernel) {
      case OpenClKernel shipped ->
          switch (shipped) {
            case FLASH_MMA -> List.of(TENSOR_CORES);
            case FLASH_SPLIT_KV -> List.of(CPU, GPU);
            default -> List.of(CPU);
          };
      case GivenKernel given -> List.of(CPU);
    };
  }

  /**
   * A device, described so. Whatever it is, one unit, memory and work-groups are those of the
   * simulator, so that another device is given the same programs and launches. The simulator
   * computes with the host's floats, though it does not say so.
   */
  DeviceInfo describe(DeviceInfo device) {
    Map<String, String> details = new LinkedHashMap<>(device.details());
    details.put(OpenClDevice.FLOAT_DIVISION, OpenClDevice.CORRECTLY_ROUNDED);
    details.put(OpenClDevice.DENORMALS, OpenClDevice.KEPT);
    details.put(HANDS_OVER, "through the host");
    describe(details);
    return new DeviceInfo(
        device.backend(),
        device.index(),
        device.name(),
        kind(),
        device.driver(),
        1,
        device.memoryBytes(),
        LOCAL_BYTES,
        LARGEST_WORK_GROUP,
        device.caches(),
        details);
  }

  /**
   * What happens between two stages of a kernel. Oclgrind 21.10 forgets from launch to launch what
   * the first one wrote: it calls even a constant that naive_scores stores uninitialized in
   * naive_softmax. What the host has read and written again it knows, so scratch goes that way, and
   * reads of what was never written are looked for nearly anywhere. What a stage leaves out of
   * scratch shows in the result instead, since scratch starts as NaN.
   */
  static @Nullable Runnable between(OpenClSession session, @Nullable cl_mem scratch, long bytes) {
    if (scratch == null || !session.device().details().containsKey(HANDS_OVER)) {
      return null;
    }
    return () -> session.transfer().upload(scratch, session.transfer().download(scratch, bytes));
  }
}
