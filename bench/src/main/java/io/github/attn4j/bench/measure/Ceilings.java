package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.BandwidthLevel;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.report.BandwidthCeiling;
import io.github.attn4j.core.report.Ceiling;
import io.github.attn4j.core.report.DeviceCeiling;
import io.github.attn4j.core.report.ShapeRate;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.tornado.TornadoBackend;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What cells are measured against: the rate of fused multiply-adds and the read bandwidth, of each
 * device that a cell runs on and, for comparison, of plain Vector API loops. The maximum over the
 * run counts. Where a device is the host's own processor, what either of them reaches holds for
 * both: there is one silicon.
 */
final class Ceilings implements AutoCloseable {
  private static final String JAVA_SHAPE = "vector_api";

  private final Map<String, DeviceMeter> meters = new LinkedHashMap<>();
  private final Map<String, String> measuredAs = new HashMap<>();
  private final JavaMeter java;
  private final String javaId;
  private final List<String> deviceIds;
  private volatile List<DeviceCeiling> found = List.of();

  /** Opens a meter for each device, and the Java one in any case. */
  Ceilings(Backends backends, Collection<String> deviceIds) {
    this.deviceIds = List.copyOf(deviceIds);
    DeviceInfo javaDevice = backends.backend(JavaBackend.ID).devices().getFirst();
    javaId = id(javaDevice);
    java = new JavaMeter(javaDevice);
    try {
      for (String deviceId : deviceIds) {
        DeviceInfo device = backends.device(deviceId);
        Optional<DeviceInfo> measured = openClDevice(backends, device);
        if (measured.isPresent()
            && backends.backend(OpenClBackend.ID) instanceof OpenClBackend opencl) {
          String measuredId = id(measured.get());
          if (!meters.containsKey(measuredId)) {
            DeviceInfo own = measured.get();
            meters.put(measuredId, new DeviceMeter(own, opencl.openSession(own)));
          }
          measuredAs.put(deviceId, measuredId);
        }
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * The same silicon as OpenCL names it: TornadoVM's devices are OpenCL's, and what plain OpenCL
   * reaches is their ceiling too.
   */
  private static Optional<DeviceInfo> openClDevice(Backends backends, DeviceInfo device) {
    return backends.all().stream()
        .filter(backend -> backend.id().equals(OpenClBackend.ID))
        .flatMap(backend -> backend.devices().stream())
        .filter(own ->
            own.equals(device)
                || (device.backend().equals(TornadoBackend.ID)
                    && own.kind() == device.kind()
                    && own.name().equals(device.name())))
        .findFirst();
  }

  private static String id(DeviceInfo device) {
    return device.backend() + ":" + device.index();
  }

  /** Measures everything: a second or two. */
  synchronized void measure() {
    java.measure();
    meters.values().forEach(DeviceMeter::measure);
    found = foundSoFar();
  }

  /**
   * What a device does right now, in GFLOP/s: to be compared with other calls, not with the
   * ceiling.
   */
  synchronized double probe(String deviceId) {
    DeviceMeter meter = meter(deviceId);
    return meter == null ? java.probe() : meter.probe();
  }

  /**
   * Whether what {@link #probe} says of one device can be compared with what it says of another.
   */
  boolean sameProbe(String deviceId, String otherId) {
    DeviceMeter meter = meter(deviceId);
    return deviceId.equals(otherId) || (meter != null && meter == meter(otherId));
  }

  /** The meter of a device; the Java device's is that of an OpenCL one on the same silicon. */
  private @Nullable DeviceMeter meter(String deviceId) {
    DeviceMeter own = meters.get(measuredAs.getOrDefault(deviceId, deviceId));
    if (own != null || !deviceId.equals(javaId)) {
      return own;
    }
    return meters.values().stream().filter(DeviceMeter::isHost).findFirst().orElse(null);
  }

  /**
   * What was found so far. Called from other threads too, perhaps while a measurement does not end:
   * it waits for none.
   */
  List<DeviceCeiling> report() {
    return found;
  }

  private List<DeviceCeiling> foundSoFar() {
    List<DeviceCeiling> ceilings = new ArrayList<>();
    for (String deviceId : deviceIds) {
      DeviceMeter meter = meter(deviceId);
      if (meter == null && !deviceId.equals(javaId)) {
        continue; // what the JVM reaches on the host says nothing of another device
      }
      Map<String, Double> rates = new LinkedHashMap<>();
      List<Double> history = meter == null ? java.fmaHistory() : meter.fmaHistory();
      if (meter != null) {
        rates.putAll(meter.fmaShapes());
      }
      if (meter == null || meter.isHost()) {
        rates.put(JAVA_SHAPE, java.gflopsPerSecond());
      }
      if (history.isEmpty()) {
        continue;
      }
      Map.Entry<String, Double> best =
          Collections.max(rates.entrySet(), Map.Entry.comparingByValue());
      Ceiling fma =
          new Ceiling(
              best.getValue(),
              best.getKey(),
              java.gflopsPerSecond(),
              100 * (Collections.max(history) / Collections.min(history) - 1),
              rates.entrySet().stream()
                  .map(rate -> new ShapeRate(rate.getKey(), rate.getValue()))
                  .toList());
      ceilings.add(new DeviceCeiling(deviceId, fma, bandwidth(meter)));
    }
    return ceilings;
  }

  private List<BandwidthCeiling> bandwidth(@Nullable DeviceMeter meter) {
    if (meter == null) {
      return java.levels().stream().map(level -> ceiling(level, OptionalDouble.empty())).toList();
    }
    return meter.levels().stream().map(level -> ceiling(level, javaRate(meter, level))).toList();
  }

  /** What Java reads of no fewer bytes: of fewer, a nearer cache might hold more. */
  private OptionalDouble javaRate(DeviceMeter meter, BandwidthLevel level) {
    return meter.isHost()
        ? java.levels().stream()
            .filter(own -> own.name().equals(level.name()) && own.bytes() >= level.bytes())
            .mapToDouble(BandwidthLevel::gigabytesPerSecond)
            .findFirst()
        : OptionalDouble.empty();
  }

  /** The better of both, where they read the same memory. */
  private static BandwidthCeiling ceiling(BandwidthLevel level, OptionalDouble javaRate) {
    double beside = javaRate.orElse(Double.NaN);
    boolean javaWins = beside > level.gigabytesPerSecond();
    return new BandwidthCeiling(
        level.name(),
        level.bytes(),
        javaWins ? beside : level.gigabytesPerSecond(),
        javaWins ? JAVA_SHAPE : level.bestShape(),
        beside,
        level.note());
  }

  @Override
  public void close() {
    java.close();
    meters.values().forEach(DeviceMeter::close);
  }
}
