package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BackendException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;

/**
 * The device's peak rate of fused multiply-adds: the best of several instruction-parallel shapes
 * (kernels/opencl/support/fma_ceiling.cl), over all calls of {@link #measure} so far. Called
 * before, between and after the cells of a run, it also tells how steady the machine was.
 */
public final class FmaCeiling implements AutoCloseable {
  private static final String FILE = "support/fma_ceiling.cl";
  private static final String OPTIONS = "-cl-std=CL1.2 -cl-mad-enable";
  private static final int STEPS = 1 << 14;
  private static final int GROUPS_PER_UNIT = 8;

  private static final double PROBED_AGAIN_BELOW = 0.97;
  private static final long PATIENCE_NANOS = 400_000_000;

  /** Odd, so that there is a middle one; together 10 ms on a 2-core CPU. */
  private static final int PROBES = 31;

  private final OpenClSession session;
  private final cl_mem out;
  private final long outBytes;
  private final TimedLaunch launch;
  private final int steps;
  private final Map<Shape, cl_kernel> kernels = new LinkedHashMap<>();
  private final Map<Shape, Double> best = new LinkedHashMap<>();
  private final List<Double> history = new ArrayList<>();
  private double bestProbe;
  private boolean closed;

  /** A kernel of the file: vector width and independent chains. */
  private enum Shape {
    FMA_16X8(16, 8),
    FMA_16X12(16, 12),
    FMA_16X16(16, 16),
    FMA_8X12(8, 12),
    FMA_4X8(4, 8),
    FMA_1X16(1, 16);

    private final int width;
    private final int chains;

    Shape(int width, int chains) {
      this.width = width;
      this.chains = chains;
    }

    String kernelName() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    double flops(int items, int steps) {
      return 2.0 * width * chains * steps * items;
    }
  }

  FmaCeiling(OpenClSession session) {
    this(session, STEPS);
  }

  /** With fewer steps, of which 16 are a trip of the loop, for a device that is an interpreter. */
  FmaCeiling(OpenClSession session, int steps) {
    this.session = session;
    this.steps = steps;
    launch = TimedLaunch.withGroupsPerUnit(session, GROUPS_PER_UNIT);
    outBytes = 4L * launch.items();
    Programs.Built program = session.programs().get(FILE, OPTIONS);
    out = session.allocate("the FMA ceiling", outBytes);
    try {
      for (Shape shape : Shape.values()) {
        create(shape, program);
      }
    } catch (BackendException e) {
      release();
      throw e;
    }
  }

  private void create(Shape shape, Programs.Built program) {
    try {
      cl_kernel kernel = CL.clCreateKernel(program.program(), shape.kernelName(), null);
      kernels.put(shape, kernel); // at once, so that it is released whatever happens next
      CL.clSetKernelArg(kernel, 0, Sizeof.cl_mem, Pointer.to(out));
      CL.clSetKernelArg(kernel, 1, Sizeof.cl_int, Pointer.to(new int[] {steps}));
      CL.clSetKernelArg(kernel, 2, Sizeof.cl_float, Pointer.to(new float[] {0.999f}));
      CL.clSetKernelArg(kernel, 3, Sizeof.cl_float, Pointer.to(new float[] {0.001f}));
      best.put(shape, 0.0);
    } catch (CLException e) {
      throw session.failure("creating " + described(shape), e);
    }
  }

  private static String described(Shape shape) {
    return "kernel %s of %s, built with %s,".formatted(shape.kernelName(), FILE, OPTIONS);
  }

  private void release() {
    kernels.values().forEach(CL::clReleaseKernel);
    session.free(out, outBytes);
  }

  /**
   * Runs every shape some times and keeps the best rates.
   *
   * @return this call's own best, in GFLOP/s
   */
  public double measure() {
    requireOpen();
    long start = System.nanoTime();
    double bestNow = 0;
    do {
      for (Shape shape : kernels.keySet()) {
        for (int repetition = 0; repetition < 5; repetition++) {
          double rate = rate(shape);
          best.merge(shape, rate, Math::max);
          bestNow = Math.max(bestNow, rate);
        }
      }
    } while (bestNow < PROBED_AGAIN_BELOW * gflopsPerSecond()
        && System.nanoTime() - start < PATIENCE_NANOS);
    history.add(bestNow);
    return bestNow;
  }

  /**
   * What the device does right now: the middle rate of some launches of the best shape, since a
   * best would hide a neighbour that takes every other moment. Asks again for a while where that is
   * less than before, since what lasts a few hundredths of a second, like compiling or the end of
   * another process of this run, says nothing about the seconds of a cell. Takes no part in the
   * ceiling.
   *
   * @return GFLOP/s
   * @throws IllegalStateException before the first {@link #measure}
   */
  public double probe() {
    long start = System.nanoTime();
    double now = 0;
    do {
      double[] rates = new double[PROBES];
      for (int i = 0; i < PROBES; i++) {
        rates[i] = once();
      }
      Arrays.sort(rates);
      now = Math.max(now, rates[PROBES / 2]);
    } while (now < PROBED_AGAIN_BELOW * bestProbe && System.nanoTime() - start < PATIENCE_NANOS);
    bestProbe = Math.max(bestProbe, now);
    return now;
  }

  /**
   * One launch of the shape that has been the fastest so far; takes no part in the ceiling.
   *
   * @return GFLOP/s
   * @throws IllegalStateException before the first {@link #measure}
   */
  public double once() {
    if (history.isEmpty()) {
      throw new IllegalStateException("the FMA ceiling was never measured");
    }
    requireOpen();
    return rate(Collections.max(best.entrySet(), Map.Entry.comparingByValue()).getKey());
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the FMA ceiling is closed");
    }
  }

  private double rate(Shape shape) {
    boolean entered = session.use().enter();
    try {
      cl_kernel kernel = Objects.requireNonNull(kernels.get(shape));
      return shape.flops(launch.items(), steps)
          / launch.nanos(session, kernel, "measuring " + described(shape));
    } finally {
      session.use().leave(entered);
    }
  }

  /** One launch of each shape. */
  void launchEach() {
    requireOpen();
    kernels.keySet().forEach(this::rate);
  }

  /** The best rate so far in GFLOP/s. */
  public double gflopsPerSecond() {
    return best.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
  }

  /** The best rate so far of each shape in GFLOP/s, by kernel name. */
  public Map<String, Double> shapes() {
    Map<String, Double> rates = new LinkedHashMap<>();
    best.forEach((shape, rate) -> rates.put(shape.kernelName(), rate));
    return rates;
  }

  /** What each call of {@link #measure} found, in GFLOP/s. */
  public List<Double> history() {
    return List.copyOf(history);
  }

  @Override
  public void close() {
    boolean entered = session.use().enter();
    try {
      if (!closed) {
        closed = true;
        session.forget(this);
        release();
      }
    } finally {
      session.use().leave(entered);
    }
  }
}
