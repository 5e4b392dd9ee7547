package io.github.attn4j.tornado;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.TornadoProfilerResult;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid3D;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoMemoryException;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;

/**
 * A compiled kernel and its arrays on the device: two task graphs, one that uploads what a launch
 * reads and fills O and LSE with NaN, one that launches and leaves everything on the device.
 */
final class TornadoPlan {
  private static final int STAGE_GRAPH = 0;
  private static final int ATTENTION_GRAPH = 1;
  private static final String COMPILING = "compiling";

  /**
   * What a plan can be used for again.
   *
   * @param scalars what TornadoVM bakes into the code
   * @param sizes elements of its arrays
   */
  record Key(TornadoKernel kernel, List<Integer> scalars, DeviceArrays.Sizes sizes) {
    static Key of(TornadoKernel kernel, AttentionSpec spec, DeviceInfo device) {
      return new Key(
          kernel, kernel.scalars(spec, device), DeviceArrays.Sizes.of(kernel, spec, device));
    }
  }

  private final Key key;
  private final TornadoDevices.Found device;
  private final DeviceArrays arrays;
  private final TornadoExecutionPlan plan;
  private List<TornadoKernel.Launch> launches = List.of();
  private GridScheduler grid = new GridScheduler();
  private long uploadNanos;
  private long buildNanos;
  private boolean broken;
  private @Nullable TornadoExecutionResult last;

  TornadoPlan(Key key, AttentionSpec spec, TornadoDevices.Found device) {
    this.key = key;
    this.device = device;
    this.arrays = allocate(key);
    launches = key.kernel().launches(spec, device.info());
    long start = System.nanoTime();
    plan = guarded(COMPILING, this::assemble);
    buildNanos = System.nanoTime() - start;
    plan.withDevice(device.device()).withProfiler(ProfilerMode.SILENT);
  }

  private static DeviceArrays allocate(Key key) {
    try {
      return DeviceArrays.allocate(key.sizes());
    } catch (OutOfMemoryError e) { // one array may not fit where all of the heap's rest would do
      throw with(
          e,
          new BackendException.OutOfMemory(
              key.kernel().globalId()
                  + " on the Java heap, where TornadoVM mirrors it (raise -Xmx)",
              key.sizes().bytes(),
              Runtime.getRuntime().maxMemory()));
    }
  }

  /** TornadoVM looks into a kernel's byte code as soon as a graph is complete. */
  private TornadoExecutionPlan assemble() {
    return new TornadoExecutionPlan(
        TaskGraphs.stage(arrays).snapshot(),
        TaskGraphs.attention(key.kernel(), key.kernel().packs(device.info()), key.scalars(), arrays)
            .snapshot());
  }

  Key key() {
    return key;
  }

  /** Sizes the launches for a spec and compiles what is not compiled yet. */
  void prepare(AttentionSpec spec) {
    long start = System.nanoTime();
    launches = key.kernel().launches(spec, device.info());
    grid = new GridScheduler();
    for (TornadoKernel.Launch launch : launches) {
      if (launch.global().length == 0) {
        continue; // parallel loops: the scheduler of TornadoVM sizes them
      }
      launch.requireFits(device.info());
      WorkerGrid worker =
          new WorkerGrid3D(
              (int) launch.global()[0], (int) launch.global()[1], (int) launch.global()[2]);
      worker.setLocalWork(launch.local()[0], launch.local()[1], launch.local()[2]);
      grid.addWorkerGrid(TaskGraphs.ATTENTION + "." + launch.task(), worker);
    }
    buildNanos += System.nanoTime() - start;
  }

  /** Time spent on the kernel's code since the last call; uploads are no part of it. */
  long takeBuildNanos() {
    long nanos = buildNanos;
    buildNanos = 0;
    return nanos;
  }

  /** Uploads inputs and overwrites O and LSE with NaN. */
  void stage(AttentionInputs inputs) {
    arrays.fill(inputs);
    if (last == null) {
      stageAgain(); // the first time allocates everything and moves what is no input too
    }
    stageAgain();
  }

  /** As {@link #stage} with what the arrays hold already. */
  void stageAgain() {
    TornadoExecutionResult result =
        guarded("uploading", () -> plan.withGraph(STAGE_GRAPH).execute());
    last = result;
    uploadNanos = result.getProfilerResult().getDeviceWriteTime();
  }

  /** Queries that changed on the host. */
  void refreshQueries(float[] q, int fromElement, int count) {
    System.arraycopy(q, fromElement, arrays.q(), fromElement, count);
  }

  long uploadNanos() {
    return uploadNanos;
  }

  /** Compiles without launching. */
  void compile() {
    long start = System.nanoTime();
    guarded(
        COMPILING,
        () -> {
          TornadoExecutionPlan selected = plan.withGraph(ATTENTION_GRAPH);
          (usesGrid() ? selected.withGridScheduler(grid) : selected).withPreCompilation();
          return this;
        });
    buildNanos += System.nanoTime() - start;
  }

  /**
   * As {@link #compile}, and returns the source that TornadoVM handed to the device's compiler, a
   * function a launch. It has no other way to give it away than to print it.
   */
  String compilePrinting() {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      plan.withGraph(ATTENTION_GRAPH).withPrintKernel();
      compile();
    } finally {
      System.setOut(console);
      plan.withoutPrintKernel();
    }
    String source = printed.toString(StandardCharsets.UTF_8).strip();
    if (source.isEmpty()) {
      throw new BackendException.BuildFailed(
          "TornadoVM printed no source for %s: unset -Dtornado.print.kernel.dir, which sends it to a file"
              .formatted(key.kernel().globalId()));
    }
    return source;
  }

  private boolean usesGrid() {
    return launches.stream().anyMatch(launch -> launch.global().length > 0);
  }

  /**
   * Launches every task and waits.
   *
   * @return the device's own time in nanoseconds
   */
  long run() {
    TornadoExecutionResult result =
        guarded(
            "running",
            () -> {
              TornadoExecutionPlan selected = plan.withGraph(ATTENTION_GRAPH);
              return (usesGrid() ? selected.withGridScheduler(grid) : selected).execute();
            });
    last = result;
    TornadoProfilerResult profile = result.getProfilerResult();
    long nanos = profile.getDeviceKernelTime();
    if (nanos <= 0) {
      throw new BackendException.LaunchFailed(
          "%s on %s reports a kernel time of %d ns: nothing ran on the device"
              .formatted(key.kernel().globalId(), device.info().name(), nanos));
    }
    return nanos;
  }

  /** Copies O and LSE as they lie on the device into arrays of a spec's sizes. */
  void read(AttentionOutput output) {
    TornadoExecutionResult result = Objects.requireNonNull(last, "nothing was staged");
    guarded(
        "reading",
        () -> {
          plan.withGraph(STAGE_GRAPH); // whose arrays they are, even before the other has run
          return result.transferToHost(arrays.o(), arrays.lse());
        });
    // The arrays that TornadoVM knows are as large as those of the largest spec the plan may serve.
    System.arraycopy(arrays.o(), 0, output.o(), 0, output.o().length);
    System.arraycopy(arrays.lse(), 0, output.lse(), 0, output.lse().length);
  }

  /** What a failed call is to a caller. */
  private <T> T guarded(String action, Supplier<T> call) {
    String what = "%s %s on %s".formatted(action, key.kernel().globalId(), device.info().name());
    try {
      return call.get();
    } catch (TornadoOutOfMemoryException | TornadoMemoryException e) {
      broken = true;
      throw with(
          e,
          new BackendException.OutOfMemory(what, key.sizes().bytes(), device.info().memoryBytes()));
    } catch (VirtualMachineError | LinkageError e) {
      throw e;
    } catch (RuntimeException | Error e) { // the compiler that TornadoVM brings throws Errors
      broken = true;
      String message = what + ", with " + key.scalars() + ": " + e;
      throw with(
          e,
          action.equals(COMPILING)
              ? new BackendException.BuildFailed(message)
              : new BackendException.LaunchFailed(message));
    }
  }

  private static BackendException with(Throwable cause, BackendException failure) {
    failure.initCause(cause);
    return failure;
  }

  /**
   * Whether a call failed: TornadoVM leaves a graph where it stopped, and it cannot be run again.
   */
  boolean broken() {
    return broken;
  }

  void close() {
    last = null;
    // Closing frees the arrays of the selected graph: the one that has allocated them. To free what
    // a graph consumes a second time is an error.
    plan.withGraph(STAGE_GRAPH);
    TornadoDevices.free(plan, device);
  }
}
