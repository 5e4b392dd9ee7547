package io.github.attn4j.opencl;

import io.github.attn4j.core.spec.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * Moves arrays between host and device, in pieces. Where the device shares the host's memory a
 * buffer is mapped and written in place; elsewhere pieces go through one pinned buffer, which the
 * driver can copy from without a bounce of its own.
 */
final class Transfer implements AutoCloseable {
  /** Large enough to hide a call's cost, small enough to pin anywhere. */
  private static final int PIECE_BYTES = 32 << 20;

  private final cl_context context;
  private final cl_command_queue queue;
  private final PlantedFailure planted = new PlantedFailure();
  private final boolean mapped;
  private @Nullable cl_mem pinned;
  private @Nullable ByteBuffer pinnedBytes;

  Transfer(cl_context context, cl_command_queue queue, boolean mapped) {
    this.context = context;
    this.queue = queue;
    this.mapped = mapped;
  }

  /** Fails a transfer, where a test asks for it. */
  PlantedFailure planted() {
    return planted;
  }

  /** A whole array, rounded to the type that the buffer holds. */
  void upload(cl_mem target, ElementType type, float[] source) {
    upload(target, type, source, 0, source.length);
  }

  /** Elements {@code from} to {@code from + count} of an array into the same place of a buffer. */
  void upload(cl_mem target, ElementType type, float[] source, int from, int count) {
    StoredElements stored = new StoredElements(type);
    pieces(
        target,
        stored.bytes(from),
        stored.bytes(count),
        CL.CL_MAP_WRITE_INVALIDATE_REGION,
        (piece, offset, bytes) ->
            stored.put(source, (int) (offset / type.bytes()), bytes / type.bytes(), piece));
  }

  /** A whole array of floats into a buffer of floats, from its element {@code at} on. */
  void uploadAt(cl_mem target, int at, float[] source) {
    pieces(
        target,
        4L * at,
        4L * source.length,
        CL.CL_MAP_WRITE_INVALIDATE_REGION,
        (piece, offset, bytes) ->
            piece.asFloatBuffer().put(source, (int) (offset / 4) - at, bytes / 4));
  }

  /** Floats of a buffer from its element {@code at} on: as many as the array has. */
  void downloadAt(cl_mem source, int at, float[] target) {
    pieces(
        source,
        4L * at,
        4L * target.length,
        CL.CL_MAP_READ,
        (piece, offset, bytes) ->
            piece.asFloatBuffer().get(target, (int) (offset / 4) - at, bytes / 4));
  }

  void upload(cl_mem target, byte[] source) {
    pieces(
        target,
        0,
        source.length,
        CL.CL_MAP_WRITE_INVALIDATE_REGION,
        (piece, offset, bytes) -> piece.put(source, (int) offset, bytes));
  }

  void download(cl_mem source, ElementType type, float[] target) {
    StoredElements stored = new StoredElements(type);
    pieces(
        source,
        0,
        stored.bytes(target.length),
        CL.CL_MAP_READ,
        (piece, offset, bytes) ->
            stored.get(piece, target, (int) (offset / type.bytes()), bytes / type.bytes()));
  }

  /** The first bytes of a buffer. */
  byte[] download(cl_mem source, long bytes) {
    byte[] target = new byte[Math.toIntExact(bytes)];
    pieces(
        source,
        0,
        bytes,
        CL.CL_MAP_READ,
        (piece, offset, size) -> piece.get(target, (int) offset, size));
    return target;
  }

  /**
   * Two buffers behind everything that was enqueued before, with one wait for both where the larger
   * is one piece: the smaller is mapped without waiting, and mapped by the time that the larger has
   * arrived, since the queue keeps its order. Not read without waiting: JOCL 2.0.6 has a thread of
   * its own wait for each such read.
   *
   * @param type of the larger one; the smaller one holds floats
   */
  void download(
      cl_mem larger,
      ElementType type,
      float[] largerTarget,
      cl_mem smaller,
      float[] smallerTarget) {
    if (largerTarget.length == 0 || 4L * smallerTarget.length > PIECE_BYTES) {
      download(larger, type, largerTarget);
      download(smaller, ElementType.F32, smallerTarget);
      return;
    }
    ByteBuffer bytes =
        CL.clEnqueueMapBuffer(
                queue,
                smaller,
                false,
                CL.CL_MAP_READ,
                0,
                4L * smallerTarget.length,
                0,
                null,
                null,
                null)
            .order(ByteOrder.nativeOrder());
    try {
      download(larger, type, largerTarget);
      bytes.asFloatBuffer().get(smallerTarget);
    } finally {
      CL.clEnqueueUnmapMemObject(queue, smaller, bytes, 0, null, null);
    }
  }

  /** Fills a buffer with a number in the type that it holds, and waits. */
  void fill(cl_mem target, ElementType type, long elements, float value) {
    if (elements > 0) {
      int bits = type.encode(value);
      Pointer pattern =
          type.bytes() == Integer.BYTES
              ? Pointer.to(new int[] {bits})
              : Pointer.to(new short[] {(short) bits});
      CL.clEnqueueFillBuffer(
          queue, target, pattern, type.bytes(), 0, type.bytes() * elements, 0, null, null);
      CL.clFinish(queue);
    }
  }

  private interface Piece {
    void move(ByteBuffer piece, long offset, int bytes);
  }

  private void pieces(cl_mem buffer, long from, long bytes, long mapFlags, Piece mover) {
    planted.strike();
    boolean reading = mapFlags == CL.CL_MAP_READ;
    long end = from + bytes;
    for (long offset = from; offset < end; offset += PIECE_BYTES) {
      int size = (int) Math.min(PIECE_BYTES, end - offset);
      if (mapped) {
        ByteBuffer piece =
            CL.clEnqueueMapBuffer(queue, buffer, true, mapFlags, offset, size, 0, null, null, null)
                .order(ByteOrder.nativeOrder());
        mover.move(piece, offset, size);
        CL.clEnqueueUnmapMemObject(queue, buffer, piece, 0, null, null);
        if (!reading) {
          CL.clFinish(queue); // what was read is there, and the queue keeps its order
        }
      } else {
        ByteBuffer piece = pinnedBytes().clear();
        if (reading) {
          CL.clEnqueueReadBuffer(
              queue, buffer, true, offset, size, Pointer.to(piece), 0, null, null);
        }
        mover.move(piece.limit(size), offset, size);
        if (!reading) {
          CL.clEnqueueWriteBuffer(
              queue, buffer, true, offset, size, Pointer.to(piece.rewind()), 0, null, null);
        }
      }
    }
  }

  private ByteBuffer pinnedBytes() {
    if (pinnedBytes == null) {
      cl_mem memory =
          CL.clCreateBuffer(
              context, CL.CL_MEM_READ_WRITE | CL.CL_MEM_ALLOC_HOST_PTR, PIECE_BYTES, null, null);
      pinned = memory;
      pinnedBytes =
          CL.clEnqueueMapBuffer(
              queue,
              memory,
              true,
              CL.CL_MAP_READ | CL.CL_MAP_WRITE,
              0,
              PIECE_BYTES,
              0,
              null,
              null,
              null);
    }
    return pinnedBytes.order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    if (pinned != null && pinnedBytes != null) {
      CL.clEnqueueUnmapMemObject(queue, pinned, pinnedBytes, 0, null, null);
      CL.clFinish(queue);
      CL.clReleaseMemObject(pinned);
    }
  }
}
