package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_event;
import org.jocl.cl_kernel;

/**
 * One-dimensional launches of the kernels that measure a device.
 *
 * @param items work-items in all
 * @param localItems of a work-group
 */
record TimedLaunch(int items, int localItems) {

  /** A work-group is a work-item on a CPU, whose cores want nothing else, and many elsewhere. */
  static TimedLaunch withGroupsPerUnit(OpenClSession session, int groups) {
    int localItems = session.device().kind() == DeviceInfo.Kind.CPU ? 1 : 128;
    return new TimedLaunch(session.device().computeUnits() * groups * localItems, localItems);
  }

  /**
   * Runs a kernel to its end.
   *
   * @param described what failed, for the message if it does
   * @return nanoseconds on the device, at least 1
   */
  long nanos(OpenClSession session, cl_kernel kernel, String described) {
    Compiling.begin();
    try {
      cl_event event = new cl_event();
      CL.clEnqueueNDRangeKernel(
          session.queue(),
          kernel,
          1,
          null,
          new long[] {items},
          new long[] {localItems},
          0,
          null,
          event);
      try {
        CL.clWaitForEvents(1, new cl_event[] {event});
        return Math.max(
            1,
            time(event, CL.CL_PROFILING_COMMAND_END) - time(event, CL.CL_PROFILING_COMMAND_START));
      } finally {
        CL.clReleaseEvent(event);
      }
    } catch (CLException e) {
      throw session.failure(described, e);
    } finally {
      Compiling.end();
    }
  }

  private static long time(cl_event event, int what) {
    long[] time = new long[1];
    CL.clGetEventProfilingInfo(event, what, Sizeof.cl_ulong, Pointer.to(time), null);
    return time[0];
  }
}
