package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.BandwidthLevel;
import io.github.attn4j.core.kernel.BandwidthTarget;
import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;

/**
 * How fast the device reads from each memory level: the best of several shapes
 * (kernels/opencl/support/read_bandwidth.cl), over all calls of {@link #measure} so far. Every
 * launch's sum is compared with what the data add up to, so that a rate is that of a kernel that
 * read everything.
 */
public final class ReadBandwidth implements AutoCloseable {
  static final String FILE = "support/read_bandwidth.cl";
  static final String OPTIONS = "-cl-std=CL1.2";

  /** Of a launch: waking the cores costs some 10 us, which shall not show. */
  private static final long TARGET_NANOS = 3_000_000;

  /** Of a shape in a call: neighbours disturb some. */
  private static final int REPETITIONS = 4;

  /** Of a level in a call; where memory is so slow that one launch takes longer, each gets one. */
  private static final long LEVEL_NANOS = 60_000_000;

  /** Enough to keep a compute unit busy while others wait; read_bandwidth.cl counts on it. */
  private static final int GROUPS_PER_UNIT = 8;

  /** A part of whole steps of the widest shape: 8 vectors of 16. */
  private static final int CHUNK_ELEMENTS = 128;

  private static final int COALESCED_ELEMENTS = 4;

  private final OpenClSession session;
  private final Map<Shape, cl_kernel> kernels = new EnumMap<>(Shape.class);
  private final TimedLaunch launch;
  private final List<Level> levels = new ArrayList<>();
  private final List<Double> history = new ArrayList<>();
  private final FilledBuffer data;
  private final cl_mem out;
  private final int[] sums;
  private boolean closed;

  /** A kernel of the file. */
  enum Shape {
    CHUNK_16X4(true),
    CHUNK_16X8(true),
    CHUNK_8X8(true),
    CHUNK_16_STREAMS4(true),
    COALESCED_4X4(false),
    COALESCED_4X8(false),
    COALESCED_2X8(false),
    COALESCED_1X8(false);

    private final boolean chunk;

    Shape(boolean chunk) {
      this.chunk = chunk;
    }

    String kernelName() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Whether measured on such a device: on the other kind it can only be slow. */
    boolean suits(DeviceInfo device) {
      return chunk == (device.kind() == DeviceInfo.Kind.CPU);
    }
  }

  /** What is known of one level. */
  private static final class Level {
    private final BandwidthTarget target;
    private final Map<Shape, Double> best = new EnumMap<>(Shape.class);
    private final Map<Shape, Integer> passes = new EnumMap<>(Shape.class);

    Level(BandwidthTarget target) {
      this.target = target;
    }
  }

  /**
   * Allocates as many bytes as the largest target reads and fills them.
   *
   * @throws BackendException.OutOfMemory if they do not fit
   */
  ReadBandwidth(OpenClSession session, List<BandwidthTarget> targets) {
    this(
        session,
        targets,
        TimedLaunch.withGroupsPerUnit(
            session, session.device().kind() == DeviceInfo.Kind.CPU ? 1 : GROUPS_PER_UNIT));
  }

  /** As above, with a launch of the caller's. */
  ReadBandwidth(OpenClSession session, List<BandwidthTarget> targets, TimedLaunch launch) {
    this.session = session;
    this.launch = launch;
    targets.forEach(target -> levels.add(new Level(target)));
    sums = new int[launch.items()];
    long largest =
        targets.stream()
            .mapToLong(target -> Math.max(target.bytes(), leastBytes()))
            .max()
            .orElseThrow();
    Programs.Built program = session.programs().get(FILE, OPTIONS);
    data = new FilledBuffer(session, "the read bandwidth", largest);
    try {
      out = session.allocate("sums of the read bandwidth", outBytes());
    } catch (BackendException e) {
      data.close();
      throw e;
    }
    try {
      data.fill();
      for (Shape shape : Shape.values()) {
        create(shape, program);
      }
    } catch (BackendException e) {
      release();
      throw e;
    }
  }

  private long outBytes() {
    return 4L * sums.length;
  }

  private long leastBytes() {
    return 4L * CHUNK_ELEMENTS * sums.length;
  }

  private void create(Shape shape, Programs.Built program) {
    try {
      cl_kernel kernel = CL.clCreateKernel(program.program(), shape.kernelName(), null);
      kernels.put(shape, kernel); // at once, so that it is released whatever happens next
      CL.clSetKernelArg(kernel, 0, Sizeof.cl_mem, Pointer.to(data.buffer()));
      CL.clSetKernelArg(kernel, 1, Sizeof.cl_mem, Pointer.to(out));
      CL.clSetKernelArg(kernel, 4, Sizeof.cl_uint, Pointer.to(new int[] {0}));
    } catch (CLException e) {
      throw session.failure("creating " + described(shape), e);
    }
  }

  private static String described(Shape shape) {
    return "kernel %s of %s, built with %s,".formatted(shape.kernelName(), FILE, OPTIONS);
  }

  private void release() {
    kernels.values().forEach(CL::clReleaseKernel);
    session.free(out, outBytes());
    data.close();
  }

  /**
   * Reads every level some times in every shape and keeps the best rates: some tenths of a second.
   *
   * @return this call's own best of the memory level, in 1e9 bytes a second
   * @throws IllegalStateException if a kernel did not read what it should have
   */
  public double measure() {
    requireOpen();
    double bestNow = 0;
    for (Level level : levels) {
      bestNow = measure(level); // memory comes last
    }
    history.add(bestNow);
    return bestNow;
  }

  private double measure(Level level) {
    double bestNow = 0;
    long start = System.nanoTime();
    for (int repetition = 0;
        repetition < REPETITIONS && (repetition == 0 || System.nanoTime() - start < LEVEL_NANOS);
        repetition++) {
      for (Shape shape : Shape.values()) {
        if (shape.suits(session.device())) {
          double rate = rate(level, shape);
          level.best.merge(shape, rate, Math::max);
          bestNow = Math.max(bestNow, rate);
        }
      }
    }
    return bestNow;
  }

  /**
   * Reads the memory level once, in the shape that has been the fastest so far.
   *
   * @return this launch's rate in 1e9 bytes a second
   * @throws IllegalStateException if nothing was measured yet, or if the kernel did not read what
   *     it should have
   */
  public double readMemory() {
    requireOpen();
    Level memory = levels.getLast();
    Shape fastest =
        memory.best.entrySet().stream()
            .max(Map.Entry.comparingByValue())
            .orElseThrow(() -> new IllegalStateException("measure() has not been called"))
            .getKey();
    return rate(memory, fastest);
  }

  /** A launch's rate, once passes are enough for it to take long. */
  private double rate(Level level, Shape shape) {
    while (true) {
      int passes = level.passes.getOrDefault(shape, 1);
      long nanos = launchNanos(shape, level.target.bytes(), passes);
      if (nanos >= TARGET_NANOS / 2) {
        return (double) readBytes(shape, level.target.bytes()) * passes / nanos;
      }
      // What a short launch says of the passes needed is vague: no more than 16 times as many.
      double factor = Math.clamp((double) TARGET_NANOS / nanos, 2, 16);
      level.passes.put(shape, Math.toIntExact(Math.round(passes * factor)));
    }
  }

  /** How much a shape reads in a pass: whole steps of every work-item. */
  long readBytes(Shape shape, long bytes) {
    long unit = 4L * (shape.chunk ? CHUNK_ELEMENTS * launch.items() : COALESCED_ELEMENTS);
    return Math.max(1, bytes / unit) * unit;
  }

  /**
   * Launches a shape over the first bytes of the data.
   *
   * @return nanoseconds on the device
   * @throws IllegalStateException if the sum of what was read is wrong
   */
  long launchNanos(Shape shape, long bytes, int passes) {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      cl_kernel kernel = Objects.requireNonNull(kernels.get(shape));
      long elements = readBytes(shape, bytes) / 4;
      CL.clSetKernelArg(kernel, 2, Sizeof.cl_uint, Pointer.to(new int[] {(int) elements}));
      CL.clSetKernelArg(kernel, 3, Sizeof.cl_uint, Pointer.to(new int[] {passes}));
      long nanos = launch.nanos(session, kernel, "measuring " + described(shape));
      CL.clEnqueueReadBuffer(
          session.queue(), out, true, 0, outBytes(), Pointer.to(sums), 0, null, null);
      requireSum(shape, elements, passes);
      return nanos;
    } catch (CLException e) {
      throw session.failure("measuring " + described(shape), e);
    } finally {
      session.use().leave(entered);
    }
  }

  private void requireSum(Shape shape, long elements, int passes) {
    int expected = FilledBuffer.sum(elements) * passes;
    int sum = 0;
    for (int partial : sums) {
      sum += partial;
    }
    if (sum != expected) {
      throw new IllegalStateException(
          "%s summed %d elements %d times to %08x on %s, not %08x: it did not read them all, and its rate means nothing"
              .formatted(
                  described(shape), elements, passes, sum, session.device().name(), expected));
    }
  }

  /** Each level with its best rates so far, the nearest first, memory last. */
  public List<BandwidthLevel> levels() {
    List<BandwidthLevel> result = new ArrayList<>();
    for (Level level : levels) {
      Map<String, Double> shapes = new LinkedHashMap<>();
      for (Shape shape : Shape.values()) {
        if (shape.suits(session.device())) {
          shapes.put(shape.kernelName(), level.best.getOrDefault(shape, 0.0));
        }
      }
      result.add(BandwidthLevel.of(level.target, shapes));
    }
    return result;
  }

  /** What each call of {@link #measure} found for the memory level, in 1e9 bytes a second. */
  public List<Double> history() {
    return List.copyOf(history);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the read bandwidth is closed");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      session.forget(this);
      release();
    }
  }
}
