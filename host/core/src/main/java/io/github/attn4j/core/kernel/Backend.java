package io.github.attn4j.core.kernel;

import java.util.List;

/**
 * A way to reach devices: discovers them and opens sessions on them, any number at once; what
 * threads may do with those says {@link Session}.
 */
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
   * What its kernels run with unless told otherwise: their own defaults, or better ones it ships.
   */
  default Tunings tunings() {
    return Tunings.OF_THE_KERNELS;
  }

  /**
   * Opens a device, with the backend's {@link #tunings}.
   *
   * @throws BackendException.Unavailable if it cannot be opened
   */
  default Session open(DeviceInfo device) {
    return open(device, tunings());
  }

  /**
   * Opens the preferred device.
   *
   * @throws BackendException.Unavailable if there is none, with what is missing and the way out
   */
  default Session open() {
    List<DeviceInfo> devices = devices();
    if (devices.isEmpty()) {
      throw new BackendException.Unavailable(
          "backend %s has no device here: %s".formatted(id(), String.join("; ", missing())));
    }
    return open(devices.getFirst());
  }

  /**
   * Opens a device.
   *
   * @param tunings who chooses what kernels run with
   * @throws BackendException.Unavailable if it cannot be opened
   */
  Session open(DeviceInfo device, Tunings tunings);
}
