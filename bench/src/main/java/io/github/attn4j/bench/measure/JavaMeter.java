package io.github.attn4j.bench.measure;

import io.github.attn4j.core.kernel.BandwidthLevel;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.jvm.FmaCeiling;
import io.github.attn4j.jvm.ReadBandwidth;
import java.util.ArrayList;
import java.util.List;

/** Vector API loops on the host's cores: their rate of multiply-adds and of reading. */
final class JavaMeter implements AutoCloseable {
  private final FmaCeiling fma = new FmaCeiling();
  private final ReadBandwidth bandwidth;
  private final List<Double> history = new ArrayList<>();
  private double best;

  JavaMeter(DeviceInfo device) {
    bandwidth = new ReadBandwidth(device);
  }

  void measure() {
    double now = fma.measureGflops();
    best = Math.max(best, now);
    history.add(now);
    bandwidth.measure();
  }

  /** A tenth of a second once the loops are compiled. */
  double probe() {
    return fma.probe();
  }

  double gflopsPerSecond() {
    return best;
  }

  List<Double> fmaHistory() {
    return history;
  }

  List<BandwidthLevel> levels() {
    return bandwidth.levels();
  }

  @Override
  public void close() {
    fma.close();
    bandwidth.close();
  }
}
