package io.github.attn4j.opencl;

import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/** Runs a kernel {@code probe(__global long *out [, const attention_params params])} once. */
final class ProbeProgram {
  private ProbeProgram() {}

  /** The longs that the kernel of this source writes. */
  static long[] run(String source, int longs, byte @Nullable [] params) {
    try (OpenClSession session = TestDevices.openPreferred(file -> source)) {
      return run(session, new long[longs], params);
    }
  }

  /** What the kernel of the session's only program leaves of some longs. */
  static long[] run(OpenClSession session, long[] values, byte @Nullable [] params) {
    Programs.Built program = session.programs().get("test/probe.cl", "-cl-std=CL1.2");
    cl_kernel kernel = CL.clCreateKernel(program.program(), "probe", null);
    long bytes = 8L * values.length;
    cl_mem out = session.allocate("a probe's result", bytes);
    try {
      CL.clEnqueueWriteBuffer(
          session.queue(), out, true, 0, bytes, Pointer.to(values), 0, null, null);
      CL.clSetKernelArg(kernel, 0, Sizeof.cl_mem, Pointer.to(out));
      if (params != null) {
        CL.clSetKernelArg(kernel, 1, params.length, Pointer.to(params));
      }
      CL.clEnqueueNDRangeKernel(
          session.queue(), kernel, 1, null, new long[] {1}, new long[] {1}, 0, null, null);
      long[] left = new long[values.length];
      CL.clEnqueueReadBuffer(session.queue(), out, true, 0, bytes, Pointer.to(left), 0, null, null);
      return left;
    } finally {
      CL.clReleaseKernel(kernel);
      session.free(out, bytes);
    }
  }
}
