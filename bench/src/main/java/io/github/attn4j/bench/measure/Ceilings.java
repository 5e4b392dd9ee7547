package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.report.Ceiling;
import io.github.attn4j.core.report.ShapeRate;
import io.github.attn4j.opencl.FmaCeiling;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.opencl.OpenClSession;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The peak rate of fused multiply-adds that cells are measured against: by the OpenCL device where
 * one is used, and by a plain Vector API loop beside it, which also stands in where there is no
 * OpenCL. The maximum over the run counts.
 */
final class Ceilings implements AutoCloseable {
  private static final String JAVA_SHAPE = "vector_api";

  private final @Nullable OpenClSession session;
  private final @Nullable FmaCeiling device;
  private final io.github.attn4j.jvm.FmaCeiling java = new io.github.attn4j.jvm.FmaCeiling();
  private final List<Double> history = new ArrayList<>();
  private double javaBest;

  private Ceilings(@Nullable OpenClSession session) {
    this.session = session;
    this.device = session == null ? null : session.fmaCeiling();
  }

  static Ceilings open(
      Backends backends, List<KernelVariant> kernels, @Nullable DeviceInfo chosen) {
    for (KernelVariant kernel : kernels) {
      if (kernel.backend().equals(OpenClBackend.ID)
          && backends.backend(OpenClBackend.ID) instanceof OpenClBackend backend) {
        return new Ceilings(backend.openSession(backends.deviceFor(kernel, chosen)));
      }
    }
    return new Ceilings(null);
  }

  synchronized void measure() {
    double javaNow = java.measureGflops();
    javaBest = Math.max(javaBest, javaNow);
    history.add(device == null ? javaNow : device.measure());
  }

  synchronized double gflopsPerSecond() {
    return device == null ? javaBest : device.gflopsPerSecond();
  }

  synchronized Ceiling report() {
    List<ShapeRate> shapes = new ArrayList<>();
    Map<String, Double> rates = device == null ? Map.of(JAVA_SHAPE, javaBest) : device.shapes();
    rates.forEach((name, rate) -> shapes.add(new ShapeRate(name, rate)));
    String best = Collections.max(rates.entrySet(), Map.Entry.comparingByValue()).getKey();
    double drift =
        history.isEmpty() ? 0 : 100 * (Collections.max(history) / Collections.min(history) - 1);
    return new Ceiling(gflopsPerSecond(), best, javaBest, drift, shapes);
  }

  @Override
  public void close() {
    if (device != null) {
      device.close();
    }
    if (session != null) {
      session.close();
    }
  }
}
