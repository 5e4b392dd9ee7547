package io.github.attn4j.opencl;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.Rounding;
import io.github.attn4j.core.kernel.CachePages;
import io.github.attn4j.core.kernel.CacheShape;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KeyValueCache;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/** K and V of growing sequences in two buffers, which kernels read as they read staged ones. */
final class OpenClCache implements KeyValueCache {
  static final String FILE = "support/append_kv.cl";

  /** Rows on their way are uploaded to a buffer that grows to the largest append. */
  private static final int FEWEST_UPLOADED_BYTES = 1 << 12;

  private final OpenClSession session;
  private final CacheShape shape;
  private final CachePages pages;
  private final cl_kernel kernel;
  private final int lanes;
  private final CacheTensor keys;
  private final CacheTensor values;
  private final boolean[] keptOpen; // by sequence: float32 rows of its open run are on the device
  private final int[] openHalf; // by sequence: which of its two open runs was written last
  private @Nullable UploadBuffer rows;
  private @Nullable UploadBuffer table;
  private boolean closed;

  /**
   * Memory that is uploaded to before a launch.
   *
   * @param bytes of it
   */
  private record UploadBuffer(cl_mem memory, long bytes) {}

  OpenClCache(OpenClSession session, CacheShape shape) {
    this.session = session;
    this.shape = shape;
    requireExactArithmetic(shape, session.device());
    boolean cpu = session.device().kind() == DeviceInfo.Kind.CPU;
    lanes = CacheTensor.lanes(cpu && shape.type().scaled());
    long[] bytes = {
      CacheTensor.pageBytes(shape, shape.keyElements()),
      CacheTensor.pageBytes(shape, shape.valueElements()),
      CacheTensor.openBytes(shape, shape.headDim()),
      CacheTensor.openBytes(shape, shape.valueDim())
    };
    session.requireMemory(
        "a cache of " + shape.label(),
        bytes[0] + bytes[1] + bytes[2] + bytes[3],
        Math.max(Math.max(bytes[0], bytes[1]), Math.max(bytes[2], bytes[3])));
    pages = new CachePages(shape);
    keptOpen = new boolean[shape.sequences()];
    openHalf = new int[shape.sequences()];
    String name = shape.type().scaled() ? "append_runs" : "append_rows";
    Programs.Built program = session.programs().get(FILE, options(shape.type(), session.device()));
    cl_kernel created = null;
    CacheTensor ofKeys = null;
    try {
      created = CL.clCreateKernel(program.program(), name, null);
      ofKeys = new CacheTensor(session, shape, "K", shape.headDim(), shape.keyElements());
      values = new CacheTensor(session, shape, "V", shape.valueDim(), shape.valueElements());
    } catch (CLException e) {
      release(created, ofKeys);
      throw session.failure("opening a cache of " + shape.label(), e);
    } catch (RuntimeException e) {
      release(created, ofKeys);
      throw e;
    }
    kernel = created;
    keys = ofKeys;
  }

  private static void release(@Nullable cl_kernel kernel, @Nullable CacheTensor tensor) {
    if (tensor != null) {
      tensor.close();
    }
    if (kernel != null) {
      CL.clReleaseKernel(kernel);
    }
  }

  /** Codes are the host's only where quotients are; elsewhere nobody could check them. */
  private static void requireExactArithmetic(CacheShape shape, DeviceInfo device) {
    if (shape.type().scaled()
        && !(OpenClDevice.dividesAsTheHost(device) && OpenClDevice.keepsDenormals(device))) {
      throw new IllegalArgumentException(
          "%s divides or flushes float32 in another way than the host, so rows cannot be encoded there as %s: take f32, f16 or bf16"
              .formatted(device.name(), shape.type().label()));
    }
  }

  /** What the program is built with. */
  static String options(ElementType type, DeviceInfo device) {
    StringBuilder options = new StringBuilder(Programs.options(type.scaled(), device));
    if (type != ElementType.F32) {
      options.append(" -DKV_TYPE=").append(StorageDefines.number(type));
    }
    if (type.scaled()) {
      options.append(" -DLANES=").append(CacheTensor.lanes(device.kind() == DeviceInfo.Kind.CPU));
    } else if (type != ElementType.F32) {
      options.append(" -DQUERY_TYPE=").append(StorageDefines.number(type));
    }
    return options.toString();
  }

  @Override
  public CacheShape shape() {
    return shape;
  }

  @Override
  public int length(int sequence) {
    requireOpen();
    return pages.length(sequence);
  }

  @Override
  public int freePages() {
    requireOpen();
    return pages.free();
  }

  @Override
  public long deviceBytes() {
    requireOpen();
    return CacheTensor.pageBytes(shape, shape.keyElements())
        + CacheTensor.pageBytes(shape, shape.valueElements())
        + CacheTensor.openBytes(shape, shape.headDim())
        + CacheTensor.openBytes(shape, shape.valueDim())
        + (rows == null ? 0 : rows.bytes())
        + (table == null ? 0 : table.bytes());
  }

  @Override
  public void append(int sequence, float[] k, float[] v) {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      int count = rows("keys", k, shape.headDim());
      int ofValues = rows("values", v, shape.valueDim());
      if (ofValues != count) {
        throw new IllegalArgumentException(
            "%d keys come with %d values: append as many of each".formatted(count, ofValues));
      }
      if (pages.length(sequence) + (long) count > Integer.MAX_VALUE - 8) {
        throw new IllegalArgumentException(
            "sequence %d would have more than 2^31 rows: evict it".formatted(sequence));
      }
      requireStorable("K", k, count, shape.headDim());
      requireStorable("V", v, count, shape.valueDim());
      CachePages.Append append = pages.plan(sequence, count);
      if (count == 0) {
        return;
      }
      Compiling.begin();
      try {
        CachePages.PageCopy copy = append.copy();
        if (copy != null) {
          keys.copy(copy);
          values.copy(copy);
        }
        UploadBuffer written = grown(table, "a page table", 4L * append.written().size());
        table = written;
        session.transfer().upload(written.memory(), bytes(append.written()));
        append(keys, k, written, append);
        append(values, v, written, append);
        CL.clFinish(session.queue());
      } catch (CLException e) {
        throw session.failure(
            "appending %d rows to sequence %d of a cache of %s"
                .formatted(count, sequence, shape.label()),
            e);
      } finally {
        Compiling.end();
      }
      pages.commit(append);
      keptOpen[sequence] = true;
      openHalf[sequence] = 1 - openHalf[sequence];
    } finally {
      session.use().leave(entered);
    }
  }

  private void append(
      CacheTensor tensor, float[] source, UploadBuffer written, CachePages.Append append) {
    UploadBuffer uploaded = grown(rows, "rows to append", 4L * source.length);
    rows = uploaded;
    session.transfer().upload(uploaded.memory(), ElementType.F32, source);
    int sequence = append.sequence();
    tensor.append(
        kernel,
        lanes,
        uploaded.memory(),
        written.memory(),
        append,
        openHalf[sequence],
        keptOpen[sequence]);
  }

  /** The larger one is had before the other is let go, so that a failure leaves what there was. */
  private UploadBuffer grown(@Nullable UploadBuffer old, String what, long bytes) {
    if (old != null && old.bytes() >= bytes) {
      return old;
    }
    long size = Math.max(FEWEST_UPLOADED_BYTES, bytes);
    session.requireMemory(what, size, size);
    UploadBuffer larger = new UploadBuffer(session.allocate(what, size), size);
    if (old != null) {
      CL.clFinish(session.queue()); // a launch may still read it
      session.free(old.memory(), old.bytes());
    }
    return larger;
  }

  private int rows(String name, float[] array, int columns) {
    int ofRow = shape.kvHeads() * columns;
    if (array.length % ofRow != 0) {
      throw new IllegalArgumentException(
          "%,d elements of %s are no whole rows of %d heads and %d columns"
              .formatted(array.length, name, shape.kvHeads(), columns));
    }
    return array.length / ofRow;
  }

  /**
   * Float32 and e4m3 have something for every number, int8 for finite ones; 16 bits end somewhere.
   */
  private void requireStorable(String tensor, float[] array, int count, int columns) {
    ElementType type = shape.type();
    if (type == ElementType.F32 || type == ElementType.F8E4M3) {
      return;
    }
    boolean finiteOnly = type == ElementType.I8;
    for (int index = 0; index < array.length; index++) {
      float value = array[index];
      if (finiteOnly ? !Float.isFinite(value) : Rounding.overflows(type, value)) {
        int row = index / columns;
        String place =
            "%s in head %d, row %d, column %d"
                .formatted(tensor, row / count, row % count, index % columns);
        if (finiteOnly) {
          throw new IllegalArgumentException(
              "%s = %s, which i8 cannot store: f8e4m3 stores it as NaN, f16 as it is"
                  .formatted(place, value));
        }
        throw Rounding.overflow(type, value, place);
      }
    }
  }

  @Override
  public void truncate(int sequence, int length) {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      int before = pages.length(sequence);
      pages.truncate(sequence, length);
      int run = ElementType.KEYS_PER_SCALE;
      // Of a run that was whole only codes are left; an append will go on from those.
      keptOpen[sequence] &= length / run == before / run;
    } finally {
      session.use().leave(entered);
    }
  }

  @Override
  public void sharePrefix(int from, int to, int rows) {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      pages.share(from, to, rows);
      keptOpen[to] = false;
    } finally {
      session.use().leave(entered);
    }
  }

  @Override
  public AttentionSpecBuilder spec(List<Integer> sequences) {
    requireOpen();
    List<Integer> lengths = sequences.stream().map(pages::length).toList();
    int longest = lengths.stream().mapToInt(Integer::intValue).max().orElse(0);
    return AttentionSpec.builder()
        .batch(sequences.size())
        .heads(shape.kvHeads())
        .dims(shape.headDim(), shape.valueDim())
        .lengths(1, Math.max(1, longest))
        .keyLengths(lengths)
        .keyValueType(shape.type())
        .keyPlacement(pages.placement(sequences));
  }

  @Override
  public StagedInputs stage(List<Integer> sequences, AttentionSpec spec, float[] q) {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      requireOwn(spec);
      List<Integer> lengths = sequences.stream().map(pages::length).toList();
      if (!spec.keyPlacement().equals(pages.placement(sequences))
          || !spec.keyLengths().equals(lengths)) {
        throw new IllegalArgumentException(
            "the spec (%s, key lengths %s) is not of sequences %s as they are now, of lengths %s: build it from spec(sequences) after the last change"
                .formatted(spec.label(), spec.keyLengths(), sequences, lengths));
      }
      // Whole runs are not stored anew.
      List<Integer> open =
          sequences.stream()
              .filter(sequence -> pages.length(sequence) % ElementType.KEYS_PER_SCALE != 0)
              .toList();
      return session.stage(new State(this, open, pages.removals(), pages.rewrites(open)), spec, q);
    } finally {
      session.use().leave(entered);
    }
  }

  @Override
  public AttentionInputs read(AttentionSpec spec, float[] q) {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      requireOwn(spec);
      float[] kScales = new float[shape.scales()];
      float[] vScales = new float[shape.scales()];
      try {
        float[] k = keys.read(kScales);
        float[] v = values.read(vScales);
        return new AttentionInputs(spec, "a cache of " + shape.label(), q, k, v, kScales, vScales);
      } catch (CLException e) {
        throw session.failure("reading a cache of " + shape.label(), e);
      }
    } finally {
      session.use().leave(entered);
    }
  }

  /** Kernels address K and V by the spec alone: it has to be that of these buffers. */
  private void requireOwn(AttentionSpec spec) {
    boolean own =
        spec.kvHeads() == shape.kvHeads()
            && spec.headDim() == shape.headDim()
            && spec.valueDim() == shape.valueDim()
            && spec.keyValueType() == shape.type()
            && spec.keySlots() == shape.pages()
            && spec.keySlotRows() == shape.pageSize()
            && spec.k().equals(shape.keyLayout())
            && spec.v().equals(shape.valueLayout());
    if (!own) {
      throw new IllegalArgumentException(
          "the spec (%s, K as %s, V as %s) does not address a cache of %s: build it from spec(sequences) and leave K and V as they are"
              .formatted(spec.label(), spec.k(), spec.v(), shape.label()));
    }
  }

  cl_mem keys() {
    return keys.buffer();
  }

  cl_mem values() {
    return values.buffer();
  }

  /**
   * What staged inputs rely on: that the rows of their sequences are still there, as they were.
   *
   * @param open their sequences whose last run was not whole
   * @param removals from all sequences, whose pages may then be others'
   * @param rewrites of such runs, by appends that encoded them with another scale
   */
  record State(OpenClCache cache, List<Integer> open, long removals, long rewrites) {
    /**
     * Refuses to go on where they are not.
     *
     * @throws IllegalStateException also once the cache is closed
     */
    void requirePresent() {
      cache.requireOpen();
      String label = cache.shape.label();
      if (cache.pages.removals() != removals) {
        throw new IllegalStateException(
            "rows were taken from the cache of %s since these inputs were staged, and their pages may be others': stage anew"
                .formatted(label));
      }
      if (cache.pages.rewrites(open) != rewrites) {
        throw new IllegalStateException(
            "rows were appended to the cache of %s since these inputs were staged, within %d rows that share a scale, which they may have changed: stage anew"
                .formatted(label, ElementType.KEYS_PER_SCALE));
      }
    }
  }

  /** Who has which page. */
  CachePages pages() {
    return pages;
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the cache of %s is closed".formatted(shape.label()));
    }
  }

  private static byte[] bytes(List<Integer> numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(4, numbers.size())).order(ByteOrder.nativeOrder());
    numbers.forEach(bytes::putInt);
    return bytes.array();
  }

  @Override
  public void close() {
    boolean entered = session.use().enter();
    try {
      if (closed) {
        return;
      }
      closed = true;
      session.forget(this);
      release(kernel, keys);
      values.close();
      for (UploadBuffer buffer : new UploadBuffer[] {rows, table}) {
        if (buffer != null) {
          session.free(buffer.memory(), buffer.bytes());
        }
      }
    } finally {
      session.use().leave(entered);
    }
  }
}
