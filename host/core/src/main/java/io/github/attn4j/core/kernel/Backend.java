package io.github.attn4j.core.kernel;

import java.util.List;

/** A way to reach devices: discovers them and opens sessions on them. */
public interface Backend {
  /** Short id, for example {@code opencl}. */
  String id();

  /** Devices found, the preferred one first; empty where there are none. */
  List<DeviceInfo> devices();

  /**
   * What was looked for and not found, one line each with the way out; empty where nothing is
   * missing.
   */
  List<String> missing();

  /** Every kernel variant of this backend. */
  List<? extends KernelVariant> kernels();

  /**
   * Opens a device.
   *
   * @throws BackendException.Unavailable if it cannot be opened
   */
  Session open(DeviceInfo device);
}
