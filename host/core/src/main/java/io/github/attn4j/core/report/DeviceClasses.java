package io.github.attn4j.core.report;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The devices of a report's cells by class, so that cells of different reports find each other: CPU
 * or GPU, and where a backend has several devices of a kind in use, which one in the order of their
 * numbers. {@code opencl:0} may be a GPU here and a CPU there.
 */
public final class DeviceClasses {
  /** As text, the tenth device of a backend would come before its second. */
  private static final Comparator<String> BY_NUMBER =
      Comparator.comparing(DeviceClasses::backend)
          .thenComparingInt(DeviceClasses::number)
          .thenComparing(Comparator.naturalOrder());

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
    for (String id : deviceIds.stream().distinct().sorted(BY_NUMBER).toList()) {
      DeviceInfo device = devices.get(id);
      // A report of another tool may leave its devices out.
      String kind = device == null ? "unknown kind" : device.kind().name();
      int number = met.merge(backend(id) + kind, 1, Integer::sum);
      classes.put(id, number == 1 ? kind : kind + " " + number);
    }
  }

  private static String backend(String id) {
    return id.contains(":") ? id.substring(0, id.indexOf(':')) : id;
  }

  /** The index; of an id of another form, behind all that have one. */
  private static int number(String id) {
    String index = id.substring(id.indexOf(':') + 1);
    return index.matches("\\d{1,9}") ? Integer.parseInt(index) : Integer.MAX_VALUE;
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
