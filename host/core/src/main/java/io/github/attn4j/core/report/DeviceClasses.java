package io.github.attn4j.core.report;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The devices of a report's cells by class, so that cells of different reports find each other: CPU
 * or GPU, and where a backend has several devices of a kind in use, which one in the order of their
 * numbers. {@code opencl:0} may be a GPU here and a CPU there.
 */
public final class DeviceClasses {
  private final Map<String, String> classes = new LinkedHashMap<>();
  private final Map<String, DeviceInfo> devices = new LinkedHashMap<>();

  /**
   * Of a report.
   *
   * @param deviceIds {@code backend:index} of the cells
   */
  public DeviceClasses(Environment environment, Collection<String> deviceIds) {
    for (DeviceInfo device : environment.devices()) {
      devices.put(device.backend() + ":" + device.index(), device);
    }
    Map<String, Integer> met = new LinkedHashMap<>();
    for (String id : new TreeSet<>(deviceIds)) {
      DeviceInfo device = devices.get(id);
      // A report of another tool may leave its devices out.
      String kind = device == null ? "unknown kind" : device.kind().name();
      String backend = id.contains(":") ? id.substring(0, id.indexOf(':')) : id;
      int number = met.merge(backend + kind, 1, Integer::sum);
      classes.put(id, number == 1 ? kind : kind + " " + number);
    }
  }

  /** The class of a device of the report's cells. */
  public String of(String deviceId) {
    return Objects.requireNonNull(classes.get(deviceId), deviceId);
  }

  /** What the report says of a device. */
  Optional<DeviceInfo> device(String deviceId) {
    return Optional.ofNullable(devices.get(deviceId));
  }
}
