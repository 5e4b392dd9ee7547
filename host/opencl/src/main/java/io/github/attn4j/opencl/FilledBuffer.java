package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;

/**
 * A buffer that all compute units write, element i being i times an odd factor. By a kernel and not
 * by clEnqueueFillBuffer: a driver may fill on one core, whose own caches alone then hold nothing
 * else, or past the caches.
 */
final class FilledBuffer implements AutoCloseable {
  /** Makes elements differ in every bit, so that reading one twice for another shows in a sum. */
  private static final int FACTOR = 0x9E3779B1;

  private static final String KERNEL = "fill";
  private static final int GROUPS_PER_UNIT = 8;

  private final OpenClSession session;
  private final long bytes;
  private final TimedLaunch launch;
  private final cl_mem buffer;
  private final cl_kernel kernel;
  private boolean closed;

  /**
   * Allocates, and writes nothing yet.
   *
   * @param what it is for, for the message if there is too little memory
   * @param bytes rounded down to whole elements
   */
  FilledBuffer(OpenClSession session, String what, long bytes) {
    this.session = session;
    this.bytes = bytes / 4 * 4;
    boolean cpu = session.device().kind() == DeviceInfo.Kind.CPU;
    launch = TimedLaunch.withGroupsPerUnit(session, cpu ? 1 : GROUPS_PER_UNIT);
    session.requireMemory(what, this.bytes, this.bytes);
    Programs.Built program = session.programs().get(ReadBandwidth.FILE, ReadBandwidth.OPTIONS);
    buffer = session.allocate(what, this.bytes);
    try {
      kernel = CL.clCreateKernel(program.program(), KERNEL, null);
    } catch (CLException e) {
      session.free(buffer, this.bytes);
      throw session.failure("creating " + described(), e);
    }
    try {
      setArguments(cpu);
    } catch (CLException e) {
      close();
      throw session.failure("creating " + described(), e);
    }
  }

  private void setArguments(boolean cpu) {
    long elements = bytes / 4;
    long perItem = Math.ceilDiv(elements, launch.items());
    long firstStep = cpu ? perItem : 1;
    long stride = cpu ? 1 : launch.items();
    CL.clSetKernelArg(kernel, 0, Sizeof.cl_mem, Pointer.to(buffer));
    CL.clSetKernelArg(kernel, 1, Sizeof.cl_ulong, Pointer.to(new long[] {elements}));
    CL.clSetKernelArg(kernel, 2, Sizeof.cl_ulong, Pointer.to(new long[] {perItem}));
    CL.clSetKernelArg(kernel, 3, Sizeof.cl_ulong, Pointer.to(new long[] {firstStep}));
    CL.clSetKernelArg(kernel, 4, Sizeof.cl_ulong, Pointer.to(new long[] {stride}));
    CL.clSetKernelArg(kernel, 5, Sizeof.cl_uint, Pointer.to(new int[] {FACTOR}));
  }

  private static String described() {
    return "kernel %s of %s, built with %s,"
        .formatted(KERNEL, ReadBandwidth.FILE, ReadBandwidth.OPTIONS);
  }

  /** The sum of the first elements, modulo 2^32. */
  static int sum(long elements) {
    return (int) (elements * (elements - 1) / 2) * FACTOR;
  }

  /**
   * Writes every element and waits.
   *
   * @return bytes written
   */
  long fill() {
    launch.nanos(session, kernel, "filling a buffer with " + described());
    return bytes;
  }

  cl_mem buffer() {
    return buffer;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      CL.clReleaseKernel(kernel);
      session.free(buffer, bytes);
    }
  }
}
