package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.CachePages;
import io.github.attn4j.core.kernel.CacheShape;
import io.github.attn4j.core.spec.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * K or V of a cache on the device: pages, scales behind them, and the open run of each sequence in
 * float32 where the type is scaled.
 */
final class CacheTensor implements AutoCloseable {
  /** Items that share a run on devices that want many. */
  private static final int LANES = 64;

  /** What no row holds: NaN, of I8 the code that stands for an absent element. */
  private static final byte ABSENT_I8 = (byte) 0x80;

  private static final byte ABSENT_F8 = 0x7f;

  private final OpenClSession session;
  private final CacheShape shape;
  private final int columns;
  private final int elements;
  private final cl_mem pages;
  private final @Nullable cl_mem open; // none where rows are stored as they are
  private final Deque<Runnable> releases = new ArrayDeque<>();

  CacheTensor(OpenClSession session, CacheShape shape, String name, int columns, int elements) {
    this.session = session;
    this.shape = shape;
    this.columns = columns;
    this.elements = elements;
    pages = allocate(name + " of a cache", pageBytes(shape, elements));
    try {
      open =
          shape.type().scaled()
              ? allocate("open runs of " + name, openBytes(shape, columns))
              : null;
      fill();
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private cl_mem allocate(String what, long bytes) {
    cl_mem buffer = session.allocate(what, bytes);
    releases.push(() -> session.free(buffer, bytes));
    return buffer;
  }

  /** Bytes of pages and scales. */
  static long pageBytes(CacheShape shape, int elements) {
    return shape.type().scaled()
        ? ScaledCodes.bytes(elements, shape.scales())
        : (long) shape.type().bytes() * elements;
  }

  /** Bytes of open runs, two for each sequence: one is read while the other is written. */
  static long openBytes(CacheShape shape, int columns) {
    return shape.type().scaled()
        ? 2 * Float.BYTES * openElements(shape, columns) * shape.sequences()
        : 0;
  }

  /** Elements of a sequence's open run. */
  private static long openElements(CacheShape shape, int columns) {
    return (long) shape.kvHeads() * ElementType.KEYS_PER_SCALE * columns;
  }

  /** Whoever reads what nobody appended shall show it. */
  private void fill() {
    if (open == null) {
      session.transfer().fill(pages, shape.type(), elements, Float.NaN);
      return;
    }
    byte absent = shape.type() == ElementType.I8 ? ABSENT_I8 : ABSENT_F8;
    long codes = Float.BYTES * ScaledCodes.firstScale(elements);
    fill(new byte[] {absent}, 0, codes);
    int nan = Float.floatToRawIntBits(Float.NaN);
    byte[] scale =
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(nan).array();
    fill(scale, codes, (long) Float.BYTES * shape.scales());
    session
        .transfer()
        .fill(open, ElementType.F32, openBytes(shape, columns) / Float.BYTES, Float.NaN);
  }

  private void fill(byte[] pattern, long from, long bytes) {
    CL.clEnqueueFillBuffer(
        session.queue(), pages, Pointer.to(pattern), pattern.length, from, bytes, 0, null, null);
    CL.clFinish(session.queue());
  }

  /** Items of a work-group: of those that share a run on a CPU device one, which has it all. */
  static int lanes(boolean aloneOnRun) {
    return aloneOnRun ? 1 : LANES;
  }

  cl_mem buffer() {
    return pages;
  }

  /** Makes one page hold what another one holds, behind everything enqueued before. */
  void copy(CachePages.PageCopy copy) {
    long page = (long) shape.type().bytes() * shape.kvHeads() * shape.pageSize() * columns;
    copy(copy, 0, page);
    if (shape.type().scaled()) {
      copy(
          copy,
          Float.BYTES * ScaledCodes.firstScale(elements),
          (long) Float.BYTES * (shape.scales() / shape.pages()));
    }
  }

  private void copy(CachePages.PageCopy copy, long from, long bytes) {
    CL.clEnqueueCopyBuffer(
        session.queue(),
        pages,
        pages,
        from + copy.from() * bytes,
        from + copy.to() * bytes,
        bytes,
        0,
        null,
        null);
  }

  /**
   * Enqueues an append.
   *
   * @param kernel of {@code append_kv.cl}, for the cache's type
   * @param rows uploaded, [kvHeads, rows, columns]
   * @param table the pages written
   * @param openHalf which of the sequence's two open runs was written last, 0 or 1
   * @param kept whether that one holds the rows that its codes stand for
   */
  void append(
      cl_kernel kernel,
      int lanes,
      cl_mem rows,
      cl_mem table,
      CachePages.Append append,
      int openHalf,
      boolean kept) {
    CL.clSetKernelArg(kernel, 0, Sizeof.cl_mem, Pointer.to(rows));
    CL.clSetKernelArg(kernel, 1, Sizeof.cl_mem, Pointer.to(pages));
    CL.clSetKernelArg(kernel, 2, Sizeof.cl_mem, Pointer.to(table));
    int pageShift = Integer.numberOfTrailingZeros(shape.pageSize());
    int[] numbers = {shape.kvHeads(), append.rows(), columns, append.first(), pageShift};
    for (int index = 0; index < numbers.length; index++) {
      CL.clSetKernelArg(kernel, 3 + index, Sizeof.cl_int, Pointer.to(new int[] {numbers[index]}));
    }
    long items;
    if (open != null) {
      long size = openElements(shape, columns);
      long from = (2L * append.sequence() + openHalf) * size;
      long to = (2L * append.sequence() + 1 - openHalf) * size;
      CL.clSetKernelArg(
          kernel, 8, Sizeof.cl_long, Pointer.to(new long[] {ScaledCodes.firstScale(elements)}));
      CL.clSetKernelArg(kernel, 9, Sizeof.cl_mem, Pointer.to(open));
      CL.clSetKernelArg(kernel, 10, Sizeof.cl_long, Pointer.to(new long[] {from}));
      CL.clSetKernelArg(kernel, 11, Sizeof.cl_long, Pointer.to(new long[] {to}));
      CL.clSetKernelArg(kernel, 12, Sizeof.cl_int, Pointer.to(new int[] {kept ? 1 : 0}));
      int last = append.first() + append.rows() - 1;
      int runs =
          last / ElementType.KEYS_PER_SCALE - append.first() / ElementType.KEYS_PER_SCALE + 1;
      items = (long) shape.kvHeads() * runs * lanes;
    } else {
      long all = (long) shape.kvHeads() * append.rows() * columns;
      items = Math.ceilDiv(all, lanes) * lanes;
    }
    CL.clEnqueueNDRangeKernel(
        session.queue(), kernel, 1, null, new long[] {items}, new long[] {lanes}, 0, null, null);
  }

  /**
   * What kernels read.
   *
   * @param scales to be filled, where the type has them
   */
  float[] read(float[] scales) {
    float[] values = new float[elements];
    ElementType type = shape.type();
    if (!type.scaled()) {
      session.transfer().download(pages, type, values);
      return values;
    }
    long all = pageBytes(shape, elements);
    if (all > Integer.MAX_VALUE - 8) {
      throw new BackendException.OutOfMemory(
          "reading codes and scales of a cache of %s as one Java array".formatted(shape.label()),
          all,
          Integer.MAX_VALUE - 8);
    }
    byte[] bytes = session.transfer().download(pages, all);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.nativeOrder())
        .position((int) (Float.BYTES * ScaledCodes.firstScale(elements)))
        .slice()
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer()
        .get(scales);
    int ofScale = ElementType.KEYS_PER_SCALE * columns;
    float[] decoded = new float[1 << Byte.SIZE];
    for (int code = 0; code < decoded.length; code++) {
      decoded[code] = type.decode(code);
    }
    for (int element = 0; element < elements; element++) {
      values[element] = decoded[bytes[element] & 0xff] * scales[element / ofScale];
    }
    return values;
  }

  @Override
  public void close() {
    while (!releases.isEmpty()) {
      releases.pop().run();
    }
  }
}
