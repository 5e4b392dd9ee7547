package io.github.attn4j.opencl;

import io.github.attn4j.core.blockmap.BlockEnumerator;
import io.github.attn4j.core.blockmap.BlockKind;
import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.spec.AttentionSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * Enumerates blocks on the device (kernels/opencl/support/block_kinds.cl), many a launch: of a
 * mask's window, lengths and condition, by the very functions that attention kernels call.
 *
 * <p>A program has to be compiled first, and how many blocks that is worth depends on the mask:
 * from 30,000, where each takes a hash of nearly all its pairs, to millions, where its first rows
 * tell. Time is what both have in common. So Java begins, and the device takes over once Java has
 * taken as long as a compilation: at worst twice what the better of the two alone would have taken.
 */
final class DeviceBlockEnumerator implements BlockEnumerator, AutoCloseable {
  static final String FILE = "support/block_kinds.cl";

  /**
   * What compiling took on 2 cores with PoCL 3.1: 540 to 680 ms, 24 to 46 ms where the driver's own
   * cache knew it. There a block took Java, on one thread, 80 ns to 20 us, the device 40 ns to 1
   * us.
   */
  static final long JAVA_NANOS = 500_000_000;

  /** Neighbours that share a block on devices that want many work-items. */
  private static final int LANES = 64;

  private static final int SOME_VISIBLE = 1;
  private static final int BOTH = 3;

  private final OpenClSession session;
  private final AttentionSpec spec;
  private final SequenceWords words;
  private final BlockSize size;
  private final BlockEnumerator java;
  private final int lanes;
  private final Deque<Runnable> releases = new ArrayDeque<>();
  private long javaNanosLeft;
  private long decidedOnDevice;
  private @Nullable cl_kernel kernel;

  /**
   * For one spec.
   *
   * @param words of the spec, without a map
   * @param java takes the first blocks
   * @param javaNanos how long
   */
  DeviceBlockEnumerator(
      OpenClSession session,
      AttentionSpec spec,
      SequenceWords words,
      BlockSize size,
      BlockEnumerator java,
      long javaNanos) {
    this.session = session;
    this.spec = spec;
    this.words = words;
    this.size = size;
    this.java = java;
    javaNanosLeft = javaNanos;
    lanes = session.device().kind() == DeviceInfo.Kind.CPU ? 1 : LANES;
  }

  /** Of the blocks that kernels visit; Java alone where there is a dense mask. */
  static DeviceBlockEnumerator of(
      OpenClSession session, AttentionSpec spec, SequenceWords words, long javaNanos) {
    return new DeviceBlockEnumerator(
        session,
        spec,
        words,
        BlockSize.STANDARD,
        spec.blockEnumerator(),
        spec.canonicalMask().dense() == null ? javaNanos : Long.MAX_VALUE);
  }

  /** What the program is built with: what attention kernels are, and the work-items of a block. */
  String options() {
    return Programs.options(words.dividesFloats(), session.device()) + " -DLANES=" + lanes;
  }

  /** Blocks that the device has decided so far. */
  long decidedOnDevice() {
    return decidedOnDevice;
  }

  @Override
  public void decide(int b, int h, int[] rows, int[] columns, int count, BlockKind[] kinds) {
    if (javaNanosLeft > 0) {
      long start = System.nanoTime();
      java.decide(b, h, rows, columns, count, kinds);
      javaNanosLeft -= System.nanoTime() - start;
      return;
    }
    decidedOnDevice += count;
    Compiling.begin();
    try {
      launch(b, h, rows, columns, count, kinds);
    } catch (CLException e) {
      throw session.failure("enumerating blocks with %s over %s".formatted(FILE, spec.label()), e);
    } finally {
      Compiling.end();
    }
  }

  private void launch(int b, int h, int[] rows, int[] columns, int count, BlockKind[] kinds) {
    cl_kernel built = kernel();
    int[] places = new int[2 * count];
    for (int block = 0; block < count; block++) {
      places[2 * block] = rows[block];
      places[2 * block + 1] = columns[block];
    }
    session.requireMemory("blocks to enumerate", 12L * count, 8L * count);
    cl_mem blocks = session.allocate("blocks to enumerate", 8L * count);
    cl_mem found = null;
    int[] bits = new int[count];
    try {
      found = session.allocate("kinds of blocks", 4L * count);
      session.transfer().upload(blocks, bytes(places));
      session.transfer().upload(found, new byte[4 * count]);
      CL.clSetKernelArg(built, 0, Sizeof.cl_mem, Pointer.to(blocks));
      CL.clSetKernelArg(built, 1, Sizeof.cl_mem, Pointer.to(found));
      int[] numbers = {b, h, size.queries(), size.keys(), count};
      for (int index = 0; index < numbers.length; index++) {
        CL.clSetKernelArg(built, 4 + index, Sizeof.cl_int, Pointer.to(new int[] {numbers[index]}));
      }
      CL.clEnqueueNDRangeKernel(
          session.queue(),
          built,
          1,
          null,
          new long[] {(long) count * lanes},
          new long[] {lanes},
          0,
          null,
          null);
      CL.clEnqueueReadBuffer(
          session.queue(), found, true, 0, 4L * count, Pointer.to(bits), 0, null, null);
    } finally {
      session.free(blocks, 8L * count);
      if (found != null) {
        session.free(found, 4L * count);
      }
    }
    for (int block = 0; block < count; block++) {
      kinds[block] = kind(bits[block]);
    }
  }

  private static BlockKind kind(int bits) {
    if (bits == BOTH) {
      return BlockKind.PARTIAL;
    }
    return bits == SOME_VISIBLE ? BlockKind.FULL : BlockKind.EMPTY;
  }

  /** Compiled at the first block that it is needed for. */
  private cl_kernel kernel() {
    if (kernel == null) {
      Programs.Built program = session.programs().get(FILE, options(), words.prologue());
      cl_kernel created = CL.clCreateKernel(program.program(), "block_kinds", null);
      releases.push(() -> CL.clReleaseKernel(created));
      byte[] contents = bytes(words.words());
      cl_mem sequences = session.allocate("lengths and tables", contents.length);
      releases.push(() -> session.free(sequences, contents.length));
      session.transfer().upload(sequences, contents);
      byte[] params = AttentionParams.encode(spec, words, 1);
      CL.clSetKernelArg(created, 2, Sizeof.cl_mem, Pointer.to(sequences));
      CL.clSetKernelArg(created, 3, params.length, Pointer.to(params));
      kernel = created;
    }
    return kernel;
  }

  private static byte[] bytes(int[] words) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(4, words.length)).order(ByteOrder.nativeOrder());
    bytes.asIntBuffer().put(words);
    return bytes.array();
  }

  @Override
  public void close() {
    while (!releases.isEmpty()) {
      releases.pop().run();
    }
    kernel = null;
  }
}
