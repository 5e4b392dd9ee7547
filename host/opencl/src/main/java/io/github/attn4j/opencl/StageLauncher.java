package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.result.AttentionOutput;
import java.util.function.IntSupplier;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jspecify.annotations.Nullable;

/**
 * Enqueues a kernel's stages, waits for the last and reads the device's clock. All that JOCL's
 * calls take is made once, so that a launch allocates nothing where the host shares the device's
 * memory; the events' objects are filled anew by each launch.
 *
 * <p>A launch waits once, for the last stage: on an in-order queue the others have ended then, and
 * PoCL would wake this thread for each. Whether a stage failed is asked of all events afterwards.
 */
final class StageLauncher {
  private final cl_command_queue queue;
  private final Polling polling;
  private final boolean mayPoll;
  private final cl_kernel[] kernels;
  private final long[][] global;
  private final long[][] local;
  private final @Nullable Runnable between;
  private final cl_event[] events;
  private final cl_event[] last;
  private final long[] startNanos = new long[1];
  private final long[] endNanos = new long[1];
  private final int[] status = new int[1];
  private final Pointer startPointer = Pointer.to(startNanos);
  private final Pointer endPointer = Pointer.to(endNanos);
  private final Pointer statusPointer = Pointer.to(status);
  private final IntSupplier lastStatus = this::lastStatus;
  private long expectedNanos;
  private boolean launchedBefore;

  /**
   * Nothing is enqueued yet.
   *
   * @param kernels one a stage, in their order, arguments set
   * @param global work-items of each stage, by dimension
   * @param local work-items of a work-group of each
   * @param between what happens between two stages; nothing, except where a sanitizer asks for it
   */
  StageLauncher(
      OpenClSession session,
      cl_kernel[] kernels,
      long[][] global,
      long[][] local,
      @Nullable Runnable between) {
    this.between = between;
    this.queue = session.queue();
    this.polling = session.polling();
    // What waking costs, and that asking does not slow the kernel, was measured on processors only.
    this.mayPoll = session.device().kind() == DeviceInfo.Kind.CPU;
    this.kernels = kernels;
    this.global = global;
    this.local = local;
    this.events = new cl_event[kernels.length];
    for (int i = 0; i < events.length; i++) {
      events[i] = new cl_event();
    }
    this.last = new cl_event[] {events[events.length - 1]};
  }

  /**
   * Runs all stages.
   *
   * @param memory where they write; read from only if there is a target
   * @param target arrays that O and LSE are copied to; none for a launch alone
   * @return the device's time over all stages, gaps between them left out
   * @throws CLException if a call or a stage fails
   */
  long run(DeviceOutput memory, @Nullable AttentionOutput target) {
    if (launchedBefore) {
      return launch(memory, target);
    }
    Compiling.begin();
    try {
      long nanos = launch(memory, target);
      launchedBefore = true;
      return nanos;
    } finally {
      Compiling.end();
    }
  }

  private long launch(DeviceOutput memory, @Nullable AttentionOutput target) {
    int enqueued = 0;
    try {
      for (; enqueued < kernels.length; enqueued++) {
        if (between != null && enqueued > 0) {
          between.run();
        }
        CL.clEnqueueNDRangeKernel(
            queue,
            kernels[enqueued],
            global[enqueued].length,
            null,
            global[enqueued],
            local[enqueued],
            0,
            null,
            events[enqueued]);
      }
      long polledNanos = 0;
      boolean polls = false;
      if (target == null || memory.inPlace()) {
        polls = mayPoll && polling.suits(expectedNanos);
        if (polls) {
          CL.clFlush(queue); // what only was enqueued may never begin
          polledNanos = polling.await(lastStatus, expectedNanos);
        }
        CL.clWaitForEvents(1, last); // asking does not order memory, waiting does; it may be over
      }
      if (target != null) {
        memory.read(target);
      }
      CL.clWaitForEvents(events.length, events); // all have ended: throws if one has failed
      expectedNanos = deviceNanos();
      if (polls) {
        polling.waited(polledNanos, expectedNanos);
      }
      return expectedNanos;
    } catch (CLException e) {
      // Stages before the one that failed may still write, and shared memory is freed at once.
      try {
        CL.clFinish(queue);
      } catch (CLException alsoFailed) {
        e.addSuppressed(alsoFailed);
      }
      throw e;
    } finally {
      for (int i = 0; i < enqueued; i++) {
        CL.clReleaseEvent(events[i]);
      }
    }
  }

  private int lastStatus() {
    CL.clGetEventInfo(
        last[0], CL.CL_EVENT_COMMAND_EXECUTION_STATUS, Sizeof.cl_int, statusPointer, null);
    return status[0];
  }

  private long deviceNanos() {
    long nanos = 0;
    for (cl_event event : events) {
      CL.clGetEventProfilingInfo(
          event, CL.CL_PROFILING_COMMAND_START, Sizeof.cl_ulong, startPointer, null);
      CL.clGetEventProfilingInfo(
          event, CL.CL_PROFILING_COMMAND_END, Sizeof.cl_ulong, endPointer, null);
      nanos += endNanos[0] - startNanos[0];
    }
    return nanos;
  }
}
