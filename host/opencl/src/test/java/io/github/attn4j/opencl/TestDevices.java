package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * The device that tests run on. Without one they are skipped with the reason, or fail under
 * -Dattn.require=opencl.
 */
final class TestDevices {
  private TestDevices() {}

  static OpenClSession openPreferred() {
    OpenClBackend backend = new OpenClBackend();
    return backend.openSession(preferred(backend));
  }

  static DeviceInfo preferred(OpenClBackend backend) {
    List<DeviceInfo> devices = backend.devices();
    if (devices.isEmpty()) {
      String reason = "no OpenCL device: " + String.join("; ", backend.missing());
      if (System.getProperty("attn.require", "").contains("opencl")) {
        throw new AssertionError(reason);
      }
      Assumptions.abort(reason);
    }
    return devices.getFirst();
  }
}
