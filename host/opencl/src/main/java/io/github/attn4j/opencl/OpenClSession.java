package io.github.attn4j.opencl;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.BandwidthTarget;
import io.github.attn4j.core.kernel.CacheShape;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.KeyValueCache;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.ScoreMatrix;
import io.github.attn4j.core.kernel.ScoreStage;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.SessionUse;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_mem;
import org.jocl.cl_queue_properties;
import org.jspecify.annotations.Nullable;

/** A context and an in-order, profiling queue on one device. */
public final class OpenClSession implements Session {
  private final OpenClDevice device;
  private final DeviceInfo info;
  private final Tunings tunings;
  private final cl_context context;
  private final cl_command_queue queue;
  private final Programs programs;
  private final Transfer transfer;
  private final Polling polling = new Polling();
  private final Set<AutoCloseable> open = new LinkedHashSet<>();
  private final PlantedFailure allocations = new PlantedFailure();
  private long allocatedBytes;
  private @Nullable FilledBuffer eviction;
  private @Nullable OpenClLayers layers;
  private final SessionUse use;
  private boolean closed;

  OpenClSession(
      OpenClDevice device,
      DeviceInfo info,
      Tunings tunings,
      @Nullable ProgramCache cache,
      UnaryOperator<String> sources) {
    this.device = device;
    this.info = info;
    this.tunings = tunings;
    use = new SessionUse(device.name());
    try {
      cl_context_properties properties = new cl_context_properties();
      properties.addProperty(CL.CL_CONTEXT_PLATFORM, device.platform());
      context =
          CL.clCreateContext(properties, 1, new cl_device_id[] {device.id()}, null, null, null);
      queue = createQueue();
    } catch (CLException e) {
      throw new BackendException.Unavailable(
          "OpenCL device '%s' cannot be opened: %s".formatted(device.name(), e));
    }
    programs = new Programs(context, device, cache, sources);
    transfer = new Transfer(context, queue, device.sharesHostMemory());
  }

  @SuppressWarnings("deprecation") // the only call there is before OpenCL 2.0
  private cl_command_queue createQueue() {
    if (device.version().startsWith("OpenCL 1.")) {
      return CL.clCreateCommandQueue(context, device.id(), CL.CL_QUEUE_PROFILING_ENABLE, null);
    }
    cl_queue_properties properties = new cl_queue_properties();
    properties.addProperty(CL.CL_QUEUE_PROPERTIES, CL.CL_QUEUE_PROFILING_ENABLE);
    return CL.clCreateCommandQueueWithProperties(context, device.id(), properties, null);
  }

  @Override
  public DeviceInfo device() {
    return info;
  }

  @Override
  public StagedInputs stage(AttentionInputs inputs) {
    boolean entered = use.enter();
    try {
      requireOpen();
      return register(new OpenClStagedInputs(this, inputs));
    } finally {
      use.leave(entered);
    }
  }

  @Override
  public KeyValueCache openCache(CacheShape shape) {
    boolean entered = use.enter();
    try {
      requireOpen();
      return register(new OpenClCache(this, shape));
    } finally {
      use.leave(entered);
    }
  }

  @Override
  public Layers layers() {
    boolean entered = use.enter();
    try {
      requireOpen();
      if (layers == null) {
        layers = register(new OpenClLayers(this));
      }
      return layers;
    } finally {
      use.leave(entered);
    }
  }

  @Override
  public StagedInputs stage(AttentionSpec spec, AttentionTensors tensors) {
    boolean entered = use.enter();
    try {
      requireOpen();
      return register(OpenClStagedInputs.over(this, spec, tensors));
    } finally {
      use.leave(entered);
    }
  }

  private OpenClStagedInputs requireOwn(StagedInputs staged) {
    if (!(staged instanceof OpenClStagedInputs inputs)) {
      throw new IllegalArgumentException("the staged inputs belong to another backend");
    }
    inputs.requireOpen();
    if (!open.contains(inputs)) {
      throw new IllegalArgumentException("the staged inputs belong to another session");
    }
    return inputs;
  }

  /** Queries beside a cache's rows. */
  StagedInputs stage(OpenClCache.State cache, AttentionSpec spec, float[] q) {
    boolean entered = use.enter();
    try {
      return register(OpenClStagedInputs.over(this, cache, spec, q));
    } finally {
      use.leave(entered);
    }
  }

  @Override
  public List<OpenClKernel> kernelsFor(AttentionSpec spec) {
    return PreferredKernels.of(spec, info);
  }

  @Override
  public Tunings tunings() {
    return tunings;
  }

  @Override
  public PreparedKernel prepare(KernelVariant variant, StagedInputs staged, Tuning tuning) {
    boolean entered = use.enter();
    try {
      requireOpen();
      if (!(variant instanceof OpenClVariant kernel)) {
        throw new IllegalArgumentException(
            "%s cannot run in an OpenCL session".formatted(variant.globalId()));
      }
      OpenClStagedInputs inputs = requireOwn(staged);
      AttentionSpec spec = inputs.spec();
      if (kernel.supports(spec, info) instanceof Support.No no) {
        throw new IllegalArgumentException(no.reason());
      }
      if (kernel.admits(tuning, spec, info) instanceof Support.No no) {
        throw new IllegalArgumentException(no.reason());
      }
      LaunchPlan plan = kernel.plan(spec, info, tuning, inputs.sequences());
      return register(new OpenClPreparedKernel(this, kernel, inputs, tuning, plan));
    } finally {
      use.leave(entered);
    }
  }

  @Override
  public ScoreMatrix scores(StagedInputs staged, ScoreStage stage) {
    boolean entered = use.enter();
    try {
      requireOpen();
      return NaiveScores.read(this, requireOwn(staged), stage);
    } finally {
      use.leave(entered);
    }
  }

  @Override
  public int programsCompiled() {
    return programs.compiled();
  }

  /** Measures the device's peak rate of fused multiply-adds. */
  public FmaCeiling fmaCeiling() {
    boolean entered = use.enter();
    try {
      requireOpen();
      return register(new FmaCeiling(this));
    } finally {
      use.leave(entered);
    }
  }

  /** Measures how fast the device reads from each level of its memory. */
  public ReadBandwidth readBandwidth() {
    boolean entered = use.enter();
    try {
      requireOpen();
      return register(new ReadBandwidth(this, BandwidthTarget.of(info, availableForMeasuring())));
    } finally {
      use.leave(entered);
    }
  }

  @Override
  public long evictCaches() {
    boolean entered = use.enter();
    try {
      requireOpen();
      if (eviction == null) {
        // No level is read here: only how large memory's would be counts.
        long bytes = BandwidthTarget.of(info, availableForMeasuring()).getLast().bytes();
        eviction = new FilledBuffer(this, "what pushes other data out of the caches", bytes);
      }
      return eviction.fill();
    } finally {
      use.leave(entered);
    }
  }

  /** What is free, as far as one buffer of an eighth of it can be had. */
  private long availableForMeasuring() {
    return Math.min(
        device.availableBytes() - (device.sharesHostMemory() ? 0 : allocatedBytes),
        8 * Math.min(device.largestBufferBytes(), Long.MAX_VALUE / 8));
  }

  OpenClDevice openClDevice() {
    return device;
  }

  cl_command_queue queue() {
    return queue;
  }

  @Override
  public String source(KernelVariant variant, StagedInputs staged) {
    boolean entered = use.enter();
    try {
      requireOpen();
      if (!(variant instanceof OpenClVariant kernel)) {
        throw new IllegalArgumentException(variant.globalId() + " is no OpenCL kernel");
      }
      if (!(staged instanceof OpenClStagedInputs inputs)) {
        throw new IllegalArgumentException("the staged inputs belong to another backend");
      }
      AttentionSpec spec = inputs.spec();
      LaunchPlan plan = kernel.plan(spec, info, tunings.of(kernel, spec, info), inputs.sequences());
      return "// %s, built with %s%n%s"
          .formatted(
              plan.origin().shown(),
              plan.options(),
              programs.source(plan.origin(), inputs.sequences().prologue()));
    } finally {
      use.leave(entered);
    }
  }

  Polling polling() {
    return polling;
  }

  Programs programs() {
    return programs;
  }

  Transfer transfer() {
    return transfer;
  }

  /**
   * Throws unless so many more bytes fit, before anything is asked of the driver: some drivers
   * promise what they lack and kill the process at first touch.
   */
  void requireMemory(String what, long total, long largest) {
    long available = device.availableBytes() - (device.sharesHostMemory() ? 0 : allocatedBytes);
    if (total > available) {
      throw new BackendException.OutOfMemory(what + " on " + device.name(), total, available);
    }
    if (largest > device.largestBufferBytes()) {
      throw new BackendException.OutOfMemory(
          what + " as one buffer on " + device.name(), largest, device.largestBufferBytes());
    }
  }

  cl_mem allocate(String what, long bytes) {
    long size = Math.max(bytes, 16); // OpenCL has no empty buffers
    long flags = CL.CL_MEM_READ_WRITE | (device.sharesHostMemory() ? CL.CL_MEM_ALLOC_HOST_PTR : 0);
    try {
      allocations.strike();
      cl_mem buffer = CL.clCreateBuffer(context, flags, size, null, null);
      allocatedBytes += size;
      return buffer;
    } catch (CLException e) {
      if (e.getStatus() == CL.CL_MEM_OBJECT_ALLOCATION_FAILURE
          || e.getStatus() == CL.CL_OUT_OF_RESOURCES
          || e.getStatus() == CL.CL_OUT_OF_HOST_MEMORY
          || e.getStatus() == CL.CL_INVALID_BUFFER_SIZE) {
        throw new BackendException.OutOfMemory(
            what + " on " + device.name(), size, device.availableBytes());
      }
      throw failure("allocating " + what, e);
    }
  }

  /**
   * As {@link #allocate}, in memory that the host uses, too; for devices that share fine-grained.
   */
  Pointer allocateShared(String what, long bytes) {
    long size = Math.max(bytes, 16);
    try {
      allocations.strike();
      Pointer memory =
          CL.clSVMAlloc(context, CL.CL_MEM_READ_WRITE | CL.CL_MEM_SVM_FINE_GRAIN_BUFFER, size, 0);
      allocatedBytes += size;
      return memory;
    } catch (CLException e) { // there is no status: the driver's answer is a null pointer
      throw new BackendException.OutOfMemory(
          what + " on " + device.name(), size, device.availableBytes());
    }
  }

  /** Nothing that uses it may be under way. */
  void freeShared(Pointer memory, long bytes) {
    CL.clSVMFree(context, memory);
    allocatedBytes -= Math.max(bytes, 16);
  }

  /** Bytes of device memory in use. */
  long allocatedBytes() {
    return allocatedBytes;
  }

  /** Fails an allocation, where a test asks for it. */
  PlantedFailure allocations() {
    return allocations;
  }

  /** What belongs to the session and is not closed: staged inputs, kernels, caches, ceilings. */
  int openResources() {
    return open.size();
  }

  /** References to the context and its programs: one for each object of OpenCL that is alive. */
  int liveObjects() {
    return contextReferences() + programs.references();
  }

  /** References to the context: the caller's and one for each object that lives in it. */
  int contextReferences() {
    int[] count = new int[1];
    CL.clGetContextInfo(
        context, CL.CL_CONTEXT_REFERENCE_COUNT, Sizeof.cl_uint, Pointer.to(count), null);
    return count[0];
  }

  void free(cl_mem buffer, long bytes) {
    CL.clReleaseMemObject(buffer);
    allocatedBytes -= Math.max(bytes, 16);
  }

  /**
   * What a failed call is to a caller. Drivers allocate as late as at a launch or a transfer, so
   * running out of memory may show up in any of them. Of a device that is gone nothing more can be
   * asked, which says nothing about a kernel.
   */
  BackendException failure(String action, CLException cause) {
    String status = CL.stringFor_errorCode(cause.getStatus());
    BackendException failure =
        switch (cause.getStatus()) {
          case CL.CL_MEM_OBJECT_ALLOCATION_FAILURE,
              CL.CL_OUT_OF_RESOURCES,
              CL.CL_OUT_OF_HOST_MEMORY ->
              new BackendException.OutOfMemory(
                  "%s on %s (%s)".formatted(action, device.name(), status),
                  allocatedBytes,
                  device.availableBytes());
          case CL.CL_DEVICE_NOT_AVAILABLE ->
              new BackendException.Unavailable(
                  "%s failed on %s: %s".formatted(action, device.name(), status));
          default ->
              new BackendException.LaunchFailed(
                  "%s failed on %s: %s".formatted(action, device.name(), status));
        };
    failure.initCause(cause);
    return failure;
  }

  void forget(AutoCloseable resource) {
    open.remove(resource);
  }

  <T extends AutoCloseable> T register(T resource) {
    open.add(resource);
    return resource;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the session on " + device.name() + " is closed");
    }
  }

  /** Who is inside. */
  SessionUse use() {
    return use;
  }

  @Override
  public void close() {
    boolean entered = use.enter();
    try {
      if (closed) {
        return;
      }
      closed = true;
      Deque<AutoCloseable> newestFirst = new ArrayDeque<>();
      open.forEach(newestFirst::push);
      for (AutoCloseable resource : newestFirst) {
        switch (resource) {
          case OpenClPreparedKernel kernel -> kernel.close();
          case OpenClStagedInputs staged -> staged.close();
          case OpenClCache cache -> cache.close();
          case FmaCeiling ceiling -> ceiling.close();
          case ReadBandwidth bandwidth -> bandwidth.close();
          case LayerBuffer buffer -> buffer.close();
          case OpenClLayers own -> own.close();
          default -> throw new IllegalStateException("unknown resource " + resource);
        }
      }
      if (eviction != null) {
        eviction.close();
      }
      transfer.close();
      programs.close();
      CL.clReleaseCommandQueue(queue);
      CL.clReleaseContext(context);
    } finally {
      use.leave(entered);
    }
  }
}
