package io.github.attn4j.bench.measure;

import io.github.attn4j.core.kernel.BandwidthLevel;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.opencl.FmaCeiling;
import io.github.attn4j.opencl.OpenClSession;
import io.github.attn4j.opencl.ReadBandwidth;
import java.util.List;
import java.util.Map;

/** An OpenCL device's rate of multiply-adds and of reading. */
final class DeviceMeter implements AutoCloseable {
  private final DeviceInfo device;
  private final OpenClSession session;
  private final FmaCeiling fma;
  private final ReadBandwidth bandwidth;

  /** Takes over the session and closes it. */
  DeviceMeter(DeviceInfo device, OpenClSession session) {
    this.device = device;
    this.session = session;
    try {
      fma = session.fmaCeiling();
      bandwidth = session.readBandwidth();
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /** Whether the device is the host's own processor. */
  boolean isHost() {
    return device.kind() == DeviceInfo.Kind.CPU;
  }

  void measure() {
    fma.measure();
    bandwidth.measure();
  }

  double probe() {
    return fma.probe();
  }

  Map<String, Double> fmaShapes() {
    return fma.shapes();
  }

  List<Double> fmaHistory() {
    return fma.history();
  }

  List<BandwidthLevel> levels() {
    return bandwidth.levels();
  }

  @Override
  public void close() {
    session.close();
  }
}
