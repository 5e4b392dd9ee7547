package io.github.attn4j.opencl;

import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;

/** O and LSE of staged inputs on the device, and their way to the host. */
sealed interface DeviceOutput extends AutoCloseable {

  /**
   * Allocates both, in the form in which the device hands them over fastest. Two allocations, not
   * one for both: a checker of memory accesses finds writes past an allocation's end only.
   */
  static DeviceOutput allocate(OpenClSession session, AttentionSpec spec) {
    return session.openClDevice().sharesFineGrained()
        ? Shared.allocate(session, spec)
        : Copied.allocate(session, spec);
  }

  /** Allocates LSE beside a buffer for O that somebody else keeps. */
  static DeviceOutput into(OpenClSession session, AttentionSpec spec, cl_mem o) {
    cl_mem lse = session.allocate("LSE", 4L * spec.rows());
    return new Copied(session, spec.queryType(), o, spec.outputElements(), false, lse, spec.rows());
  }

  /** Makes O and LSE arguments of a kernel, LSE the one after O. */
  void bind(cl_kernel kernel, int index);

  /** Overwrites both with NaN and waits; nothing that uses them may be under way. */
  void clear();

  /** Whether {@link #read} needs nothing of the queue but that its kernels have been waited for. */
  boolean inPlace();

  /** Copies both into arrays of their sizes, behind everything enqueued before, and waits. */
  void read(AttentionOutput target);

  @Override
  void close();

  /**
   * Memory that the host reads as it is. On PoCL a launch of 43 us whose output (128 KiB) is copied
   * out of it takes 2 us more than the launch alone; with two mapped buffers 13 us, and 200 us
   * where each map, unmap and the end of the queue is waited for, since every wait puts threads to
   * sleep and wakes them.
   */
  record Shared(SharedElements o, SharedElements lse) implements DeviceOutput {
    private static Shared allocate(OpenClSession session, AttentionSpec spec) {
      SharedElements o = new SharedElements(session, "O", spec.queryType(), spec.outputElements());
      try {
        return new Shared(o, new SharedElements(session, "LSE", ElementType.F32, spec.rows()));
      } catch (RuntimeException e) {
        o.close();
        throw e;
      }
    }

    @Override
    public void bind(cl_kernel kernel, int index) {
      o.bind(kernel, index);
      lse.bind(kernel, index + 1);
    }

    @Override
    public void clear() {
      o.fill(Float.NaN);
      lse.fill(Float.NaN);
    }

    @Override
    public boolean inPlace() {
      return true;
    }

    @Override
    public void read(AttentionOutput target) {
      o.get(target.o());
      lse.get(target.lse());
    }

    @Override
    public void close() {
      o.close();
      lse.close();
    }
  }

  /** Buffers, mapped or read by the session's {@link Transfer}. */
  record Copied(
      OpenClSession session,
      ElementType type,
      cl_mem o,
      long oElements,
      boolean keepsO,
      cl_mem lse,
      long lseElements)
      implements DeviceOutput {
    private static Copied allocate(OpenClSession session, AttentionSpec spec) {
      long oElements = spec.outputElements();
      long oBytes = spec.queryType().bytes() * oElements;
      cl_mem o = session.allocate("O", oBytes);
      try {
        return new Copied(
            session,
            spec.queryType(),
            o,
            oElements,
            true,
            session.allocate("LSE", 4L * spec.rows()),
            spec.rows());
      } catch (RuntimeException e) {
        session.free(o, oBytes);
        throw e;
      }
    }

    @Override
    public void bind(cl_kernel kernel, int index) {
      CL.clSetKernelArg(kernel, index, Sizeof.cl_mem, Pointer.to(o));
      CL.clSetKernelArg(kernel, index + 1, Sizeof.cl_mem, Pointer.to(lse));
    }

    @Override
    public void clear() {
      session.transfer().fill(o, type, oElements, Float.NaN);
      session.transfer().fill(lse, ElementType.F32, lseElements, Float.NaN);
    }

    @Override
    public boolean inPlace() {
      return false;
    }

    @Override
    public void read(AttentionOutput target) {
      session.transfer().download(o, type, target.o(), lse, target.lse());
    }

    @Override
    public void close() {
      if (keepsO) {
        session.free(o, type.bytes() * oElements);
      }
      session.free(lse, 4 * lseElements);
    }
  }
}
