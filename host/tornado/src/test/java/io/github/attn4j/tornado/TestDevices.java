package io.github.attn4j.tornado;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * The device that tests run on. Without one they are skipped with the reason, or fail under
 * -Dattn.require=tornado.
 */
final class TestDevices {
  private TestDevices() {}

  static TornadoSession openPreferred() {
    TornadoBackend backend = new TornadoBackend();
    return backend.openSession(preferred(backend));
  }

  /** The same device called a GPU, so that it runs what GPUs do. */
  static TornadoSession openAsGpu() {
    TornadoBackend backend = new TornadoBackend();
    return backend.openSession(asGpu(preferred(backend)));
  }

  static DeviceInfo asGpu(DeviceInfo device) {
    return new DeviceInfo(
        device.backend(),
        device.index(),
        device.name(),
        DeviceInfo.Kind.GPU,
        device.driver(),
        device.computeUnits(),
        device.memoryBytes(),
        device.localBytes(),
        device.largestWorkGroup(),
        device.caches(),
        device.details());
  }

  static DeviceInfo preferred(Backend backend) {
    List<DeviceInfo> devices = backend.devices();
    if (devices.isEmpty()) {
      String reason = "no TornadoVM device: " + String.join("; ", backend.missing());
      if (System.getProperty("attn.require", "").contains("tornado")) {
        throw new AssertionError(reason);
      }
      Assumptions.abort(reason);
    }
    return devices.getFirst();
  }
}
