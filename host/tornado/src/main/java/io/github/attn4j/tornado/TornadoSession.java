package io.github.attn4j.tornado;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.BandwidthTarget;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A device, and the plans compiled for it. */
final class TornadoSession implements Session {
  /**
   * Idle plans hold memory on both sides: so much of a device, and of the Java heap, at most; the
   * oldest go first. They go, too, when somebody needs their memory.
   */
  private static final int IDLE_SHARE = 4;

  /** Each has a command queue of its own. */
  private static final int MOST_IDLE = 256;

  private final TornadoDevices.Found device;
  private final Tunings tunings;
  private final List<TornadoStagedInputs> open = new ArrayList<>();
  private final Deque<TornadoPlan> idle = new ArrayDeque<>();
  private long lentBytes;
  private int compiled;
  private @Nullable EvictionPlan eviction;
  private boolean closed;

  TornadoSession(TornadoDevices.Found device, Tunings tunings) {
    this.device = device;
    this.tunings = tunings;
  }

  @Override
  public DeviceInfo device() {
    return device.info();
  }

  @Override
  public StagedInputs stage(AttentionInputs inputs) {
    requireOpen();
    requireMemory("Q, K, V, O, LSE and mask", DeviceArrays.Sizes.of(inputs.spec()).bytes());
    TornadoStagedInputs staged = new TornadoStagedInputs(this, inputs);
    open.add(staged);
    return staged;
  }

  @Override
  public List<TornadoKernel> kernelsFor(AttentionSpec spec) {
    return List.of(
        TornadoKernel.FLASH, TornadoKernel.TILED_THREE_PASS, TornadoKernel.NAIVE_PARALLEL);
  }

  @Override
  public Tunings tunings() {
    return tunings;
  }

  @Override
  public PreparedKernel prepare(KernelVariant variant, StagedInputs staged, Tuning tuning) {
    TornadoStagedInputs inputs = requireRunnable(variant, staged);
    if (variant.admits(tuning, inputs.inputs().spec(), device()) instanceof Support.No no) {
      throw new IllegalArgumentException(no.reason());
    }
    TornadoKernel kernel = (TornadoKernel) variant;
    TornadoPlan plan = plan(kernel, inputs.inputs());
    return new TornadoPreparedKernel(this, kernel, inputs, tuning, plan, plan.takeBuildNanos());
  }

  private TornadoStagedInputs requireRunnable(KernelVariant variant, StagedInputs staged) {
    requireOpen();
    if (!(variant instanceof TornadoKernel) || !(staged instanceof TornadoStagedInputs inputs)) {
      throw new IllegalArgumentException(
          "%s cannot run in a TornadoVM session".formatted(variant.globalId()));
    }
    inputs.requireOpen();
    if (inputs.session() != this) {
      throw new IllegalArgumentException(
          "the inputs were staged by another session: stage them with this one");
    }
    if (variant.supports(inputs.inputs().spec(), device()) instanceof Support.No no) {
      throw new IllegalArgumentException(no.reason());
    }
    return inputs;
  }

  private TornadoPlan plan(TornadoKernel kernel, AttentionInputs inputs) {
    TornadoPlan.Key key = TornadoPlan.Key.of(kernel, inputs.spec(), device());
    Optional<TornadoPlan> found = takeIdle(key);
    TornadoPlan plan;
    if (found.isPresent()) {
      plan = found.get();
    } else {
      requireMemory(kernel.globalId() + " with its inputs", key.sizes().bytes());
      plan = new TornadoPlan(key, inputs.spec(), device);
    }
    try {
      plan.prepare(inputs.spec());
      plan.stage(inputs);
      if (found.isEmpty()) {
        plan.compile();
      }
    } catch (RuntimeException | Error e) {
      try {
        plan.close();
      } catch (RuntimeException inClosing) {
        e.addSuppressed(inClosing);
      }
      throw e;
    }
    compiled += found.isEmpty() ? 1 : 0;
    lentBytes += key.sizes().bytes();
    return plan;
  }

  private Optional<TornadoPlan> takeIdle(TornadoPlan.Key key) {
    for (Iterator<TornadoPlan> plans = idle.descendingIterator(); plans.hasNext(); ) {
      TornadoPlan plan = plans.next();
      if (plan.key().equals(key)) {
        plans.remove();
        return Optional.of(plan);
      }
    }
    return Optional.empty();
  }

  /**
   * {@inheritDoc}
   *
   * <p>It is OpenCL C, PTX or SPIR-V, after the driver that the device is reached through, a
   * function a launch; the very code is launched once. While it is taken, what the whole JVM prints
   * to {@link System#out} is withheld: TornadoVM gives sources away only there.
   */
  @Override
  public String source(KernelVariant variant, StagedInputs staged) {
    AttentionInputs inputs = requireRunnable(variant, staged).inputs();
    TornadoKernel kernel = (TornadoKernel) variant;
    TornadoPlan.Key key = TornadoPlan.Key.of(kernel, inputs.spec(), device());
    requireMemory(kernel.globalId() + " with its inputs", key.sizes().bytes());
    TornadoPlan plan = new TornadoPlan(key, inputs.spec(), device);
    try {
      plan.prepare(inputs.spec());
      plan.stage(inputs);
      String source = plan.compilePrinting();
      plan.run();
      // Its other drivers have no such option.
      String flags =
          "OPENCL".equals(device().details().get(TornadoDevices.THROUGH))
              ? ", built with " + System.getProperty(TornadoBackend.COMPILER_FLAGS)
              : "";
      return "// generated by TornadoVM from Java%s%n%s".formatted(flags, source);
    } finally {
      plan.close();
    }
  }

  void giveBack(TornadoPlan plan) {
    long bytes = plan.key().sizes().bytes();
    lentBytes -= bytes;
    if (closed || plan.broken()) {
      plan.close();
      return;
    }
    idle.add(plan);
    while (idle.size() > MOST_IDLE
        || idleBytes()
            > Math.min(device().memoryBytes(), Runtime.getRuntime().maxMemory()) / IDLE_SHARE) {
      idle.remove().close();
    }
  }

  private long idleBytes() {
    return idle.stream().mapToLong(plan -> plan.key().sizes().bytes()).sum();
  }

  /** Each array lies on the device and on the Java heap. */
  private void requireMemory(String what, long bytes) {
    if (!fits(bytes)) {
      System.gc(); // garbage counts as used, and compiled plans are worth more than it
    }
    while (!fits(bytes) && !idle.isEmpty()) {
      idle.remove().close();
    }
    if (bytes > device().memoryBytes() - lentBytes) {
      throw new BackendException.OutOfMemory(
          what + " on " + device().name(), bytes, device().memoryBytes() - lentBytes);
    }
    if (!fits(bytes)) {
      System.gc();
      if (!fits(bytes)) {
        throw new BackendException.OutOfMemory(
            what + " on the Java heap, where TornadoVM mirrors it (raise -Xmx)", bytes, freeHeap());
      }
    }
  }

  private boolean fits(long bytes) {
    return bytes <= device().memoryBytes() - lentBytes - idleBytes() && bytes <= freeHeap();
  }

  private static long freeHeap() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
  }

  @Override
  public long evictCaches() {
    requireOpen();
    if (eviction == null) {
      long available = Math.min(device().memoryBytes() - lentBytes, freeHeap());
      long bytes = BandwidthTarget.of(device(), available).getLast().bytes();
      eviction = new EvictionPlan(device, (int) Math.min(bytes / 4, Integer.MAX_VALUE - 8));
    }
    return eviction.run();
  }

  /** Plans compiled; a spec that an idle one fits compiles nothing. */
  @Override
  public int programsCompiled() {
    return compiled;
  }

  void forget(TornadoStagedInputs staged) {
    open.remove(staged);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the session on " + device().name() + " is closed");
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    List.copyOf(open).forEach(TornadoStagedInputs::close);
    idle.forEach(TornadoPlan::close);
    idle.clear();
    if (eviction != null) {
      eviction.close();
    }
  }
}
