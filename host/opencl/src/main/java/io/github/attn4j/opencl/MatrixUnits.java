package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.Map;

/** What a device multiplies small matrices with, as far as a kernel here has code for it. */
enum MatrixUnits {
  /** None, or none that a kernel here knows. */
  NONE,

  /**
   * NVIDIA's tensor cores of compute capability 8.0 or more, through the PTX that NVIDIA's own
   * OpenCL takes: another one over the same device may not know its instructions.
   */
  TENSOR_CORES,

  /**
   * Tensor cores played by plain OpenCL, for the proof of a kernel's index arithmetic on any
   * device. No device describes itself so: only tests do, by {@link #EMULATED_DETAIL}.
   */
  EMULATED;

  /** The detail that says which compute capability a device has; only NVIDIA's have one. */
  static final String COMPUTE_CAPABILITY = "compute capability";

  /** The detail by which tests ask for the emulation; its value does not count. */
  static final String EMULATED_DETAIL = "emulated tensor cores";

  private static final int FIRST_MAJOR = 8;

  /** Part of the name of the platform whose compiler knows the instructions. */
  private static final String COMPILER = "NVIDIA";

  static MatrixUnits of(DeviceInfo device) {
    Map<String, String> details = device.details();
    if (details.containsKey(EMULATED_DETAIL)) {
      return EMULATED;
    }
    String capability = details.get(COMPUTE_CAPABILITY);
    return capability != null
            && major(capability) >= FIRST_MAJOR
            && details.getOrDefault(OpenClDevice.PLATFORM, "").contains(COMPILER)
        ? TENSOR_CORES
        : NONE;
  }

  boolean usable() {
    return this != NONE;
  }

  private static int major(String capability) {
    return Integer.parseInt(capability.substring(0, capability.indexOf('.')));
  }
}
