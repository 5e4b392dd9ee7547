package io.github.attn4j.tornado;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.HostCaches;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.TornadoTargetDevice;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/** The devices of every driver that the SDK was built with. */
final class TornadoDevices {
  /** Detail with the driver that a device is reached by. */
  static final String THROUGH = "through";

  private TornadoDevices() {}

  /**
   * A device.
   *
   * @param info as reports show it
   * @param device as TornadoVM takes it
   */
  record Found(DeviceInfo info, TornadoDevice device) {}

  /** Frees what a plan holds on a device, which every other plan survives. */
  static void free(TornadoExecutionPlan plan, Found found) {
    try {
      plan.close();
    } catch (TornadoExecutionPlanException e) {
      BackendException failure =
          new BackendException.LaunchFailed("freeing memory on " + found.info().name() + ": " + e);
      failure.initCause(e);
      throw failure;
    } finally {
      // Freeing a plan raises a flag on the device at which all others refuse to run.
      found.device().getDeviceContext().setResetToFalse();
    }
  }

  /** GPUs first, otherwise in TornadoVM's order. */
  static List<Found> find() {
    TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
    List<TornadoDevice> devices = new ArrayList<>();
    for (int index = 0; index < runtime.getNumBackends(); index++) {
      TornadoBackend driver = runtime.getBackend(index);
      for (int number = 0; number < driver.getNumDevices(); number++) {
        devices.add(driver.getDevice(number));
      }
    }
    devices.sort(Comparator.comparing(device -> kind(device) == DeviceInfo.Kind.GPU ? 0 : 1));
    List<Found> found = new ArrayList<>();
    for (TornadoDevice device : devices) {
      found.add(new Found(info(found.size(), device), device));
    }
    return found;
  }

  private static DeviceInfo info(int index, TornadoDevice device) {
    TornadoTargetDevice target = device.getPhysicalDevice();
    DeviceInfo.Kind kind = kind(device);
    Map<String, String> details = new LinkedHashMap<>();
    details.put("platform", device.getPlatformName().strip());
    details.put(THROUGH, device.getTornadoVMBackend().toString());
    details.put("largest buffer", "%,d bytes".formatted(device.getMaxAllocMemory()));
    long largestGroup = 1;
    for (long size : target.getDeviceMaxWorkGroupSize()) {
      largestGroup = Math.max(largestGroup, size);
    }
    int computeUnits = target.getDeviceMaxComputeUnits();
    return new DeviceInfo(
        io.github.attn4j.tornado.TornadoBackend.ID,
        index,
        target.getDeviceName().strip(),
        kind,
        "TornadoVM, " + device.getDeviceOpenCLCVersion().strip(),
        computeUnits,
        device.getMaxGlobalMemory(),
        device.getDeviceLocalMemorySize(),
        (int) Math.min(Integer.MAX_VALUE, largestGroup),
        kind == DeviceInfo.Kind.CPU ? HostCaches.ofThisMachine().levels(computeUnits) : List.of(),
        details);
  }

  private static DeviceInfo.Kind kind(TornadoDevice device) {
    return switch (device.getDeviceType()) {
      case TornadoDeviceType.CPU -> DeviceInfo.Kind.CPU;
      case TornadoDeviceType.GPU -> DeviceInfo.Kind.GPU;
      default -> DeviceInfo.Kind.OTHER;
    };
  }
}
