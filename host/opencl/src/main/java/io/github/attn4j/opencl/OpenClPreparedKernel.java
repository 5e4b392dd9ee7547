package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * A variant's kernels with all arguments set: a launch only enqueues, waits and reads the device's
 * clock.
 */
final class OpenClPreparedKernel implements PreparedKernel {
  private final OpenClSession session;
  private final OpenClKernel variant;
  private final OpenClStagedInputs staged;
  private final Tuning tuning;
  private final List<Stage> stages;
  private final cl_kernel[] kernels;
  private final cl_event[] events;
  private final @Nullable cl_mem scratch; // none where the kernel needs none
  private final long scratchBytes;
  private final String builtAs;
  private final long buildNanos;
  private final long[] startNanos = new long[1];
  private final long[] endNanos = new long[1];
  private final Pointer startPointer = Pointer.to(startNanos);
  private final Pointer endPointer = Pointer.to(endNanos);
  private long downloadNanos;
  private boolean closed;

  OpenClPreparedKernel(
      OpenClSession session, OpenClKernel variant, OpenClStagedInputs staged, Tuning tuning) {
    this.session = session;
    this.variant = variant;
    this.staged = staged;
    this.tuning = tuning;
    AttentionSpec spec = staged.inputs().spec();
    stages = variant.stages(spec, session.device(), tuning);
    long wanted = variant.scratchBytes(spec, session.device(), tuning);
    session.requireMemory("scratch of " + variant.globalId(), wanted, wanted);
    long start = System.nanoTime();
    Programs.Built program =
        session
            .programs()
            .get(
                variant.file(),
                variant.buildOptions(spec, session.device(), tuning, staged.sequences()),
                staged.sequences().prologue());
    builtAs = "%s, built with %s,".formatted(variant.globalId(), program.options());
    long allocatedBefore = session.allocatedBytes();
    scratch = wanted == 0 ? null : session.allocate("scratch of " + variant.globalId(), wanted);
    List<cl_kernel> created = new ArrayList<>();
    try {
      for (Stage stage : stages) {
        cl_kernel kernel = session.createKernel(variant, program, stage.kernel());
        created.add(kernel);
        setArguments(kernel, spec);
      }
    } catch (BackendException e) {
      created.forEach(CL::clReleaseKernel);
      if (scratch != null) {
        session.free(scratch, wanted);
      }
      throw e;
    }
    if (scratch != null) {
      // What a kernel reads there without having written it must show.
      session.transfer().fill(scratch, wanted / 4, Float.NaN);
    }
    // What was asked for is a formula; what reports print is counted.
    scratchBytes = session.allocatedBytes() - allocatedBefore;
    kernels = created.toArray(cl_kernel[]::new);
    events = new cl_event[kernels.length];
    buildNanos = System.nanoTime() - start;
  }

  private void setArguments(cl_kernel kernel, AttentionSpec spec) {
    try {
      int index = 0;
      for (cl_mem buffer : staged.arguments()) {
        CL.clSetKernelArg(kernel, index++, Sizeof.cl_mem, Pointer.to(buffer));
      }
      CL.clSetKernelArg(
          kernel, index++, Sizeof.cl_mem, scratch == null ? null : Pointer.to(scratch));
      byte[] params = AttentionParams.encode(spec, staged.sequences());
      CL.clSetKernelArg(kernel, index, params.length, Pointer.to(params));
    } catch (CLException e) {
      throw session.failure("setting the arguments of " + builtAs, e);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(variant.globalId() + " is closed");
    }
    staged.requireOpen(); // its buffers are this kernel's arguments
  }

  @Override
  public KernelVariant variant() {
    return variant;
  }

  @Override
  public Tuning tuning() {
    return tuning;
  }

  @Override
  public long buildNanos() {
    return buildNanos;
  }

  @Override
  public long scratchBytes() {
    return scratchBytes;
  }

  @Override
  public long run() {
    requireOpen();
    int enqueued = 0;
    try {
      for (; enqueued < kernels.length; enqueued++) {
        Stage stage = stages.get(enqueued);
        events[enqueued] = new cl_event();
        CL.clEnqueueNDRangeKernel(
            session.queue(),
            kernels[enqueued],
            stage.global().length,
            null,
            stage.global(),
            stage.local(),
            0,
            null,
            events[enqueued]);
      }
      CL.clWaitForEvents(events.length, events);
      long nanos = 0;
      for (cl_event event : events) {
        CL.clGetEventProfilingInfo(
            event, CL.CL_PROFILING_COMMAND_START, Sizeof.cl_ulong, startPointer, null);
        CL.clGetEventProfilingInfo(
            event, CL.CL_PROFILING_COMMAND_END, Sizeof.cl_ulong, endPointer, null);
        nanos += endNanos[0] - startNanos[0];
      }
      if (nanos <= 0) {
        throw new BackendException.LaunchFailed(
            "%s on %s reports a kernel time of %d ns: nothing ran"
                .formatted(variant.globalId(), session.device().name(), nanos));
      }
      return nanos;
    } catch (CLException e) {
      throw session.failure(
          "running %s over %s".formatted(builtAs, staged.inputs().spec().label()), e);
    } finally {
      for (int i = 0; i < enqueued; i++) {
        CL.clReleaseEvent(events[i]);
      }
    }
  }

  @Override
  public void clearOutput() {
    requireOpen();
    staged.clearOutput();
  }

  @Override
  public AttentionOutput read() {
    requireOpen();
    try {
      float[] o = new float[staged.inputs().spec().outputElements()];
      float[] lse = new float[staged.inputs().spec().rows()];
      long start = System.nanoTime();
      session.transfer().download(staged.outputBuffer(), o);
      session.transfer().download(staged.lseBuffer(), lse);
      downloadNanos = System.nanoTime() - start;
      return new AttentionOutput(o, lse);
    } catch (CLException e) {
      throw session.failure("reading O and LSE of " + builtAs, e);
    }
  }

  @Override
  public long downloadNanos() {
    return downloadNanos;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      session.forget(this);
      for (cl_kernel kernel : kernels) {
        CL.clReleaseKernel(kernel);
      }
      if (scratch != null) {
        session.free(scratch, scratchBytes);
      }
    }
  }
}
