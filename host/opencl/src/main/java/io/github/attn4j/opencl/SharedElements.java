package io.github.attn4j.opencl;

import io.github.attn4j.core.spec.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_kernel;

/**
 * Numbers in fine-grained shared virtual memory (OpenCL 2.0, section 3.3.3): what a kernel wrote is
 * the host's to read once the host has waited for the kernel, with no map, unmap or read between
 * the two; and what the host wrote before a launch is the kernel's.
 */
final class SharedElements implements AutoCloseable {
  /** A buffer of Java has at most 2^31 - 1 bytes. */
  private static final int PIECE = 1 << 28;

  /** Copied over and over to fill: a copy is what the JVM does fastest. */
  private static final int BLOCK = 1 << 12;

  private final OpenClSession session;
  private final ElementType type;
  private final StoredElements stored;
  private final long bytes;
  private final Pointer pointer;
  private final List<FloatBuffer> floats = new ArrayList<>(); // where these are floats
  private final List<ShortBuffer> halves = new ArrayList<>(); // where they are not

  /**
   * Allocates; the content is unknown.
   *
   * @param what it is for, for the message if there is too little memory
   */
  SharedElements(OpenClSession session, String what, ElementType type, long elements) {
    this.session = session;
    this.type = type;
    this.stored = new StoredElements(type);
    this.bytes = stored.bytes(elements);
    this.pointer = session.allocateShared(what, bytes);
    for (long from = 0; from < elements; from += PIECE) {
      ByteBuffer piece =
          pointer
              .getByteBuffer(stored.bytes(from), stored.bytes(Math.min(PIECE, elements - from)))
              .order(ByteOrder.nativeOrder());
      if (type == ElementType.F32) {
        floats.add(piece.asFloatBuffer());
      } else {
        halves.add(piece.asShortBuffer());
      }
    }
  }

  /** Makes it an argument of a kernel, a pointer to global memory there. */
  void bind(cl_kernel kernel, int index) {
    CL.clSetKernelArgSVMPointer(kernel, index, pointer);
  }

  /**
   * Sets every element. By the host, since JOCL 2.0.6 hands clEnqueueSVMMemFill no pattern, which
   * ends the process.
   */
  void fill(float value) {
    float[] block = new float[BLOCK];
    Arrays.fill(block, value);
    for (FloatBuffer piece : floats) {
      int size = piece.capacity();
      for (int from = 0; from < size; from += BLOCK) {
        piece.put(from, block, 0, Math.min(BLOCK, size - from));
      }
    }
    short[] encoded = new short[BLOCK];
    Arrays.fill(encoded, (short) type.encode(value));
    for (ShortBuffer piece : halves) {
      int size = piece.capacity();
      for (int from = 0; from < size; from += BLOCK) {
        piece.put(from, encoded, 0, Math.min(BLOCK, size - from));
      }
    }
  }

  /** Copies all of it. */
  void get(float[] target) {
    int from = 0;
    for (int i = 0; i < floats.size(); i++) { // no iterator: a launch allocates nothing
      FloatBuffer piece = floats.get(i);
      piece.get(0, target, from, piece.capacity());
      from += piece.capacity();
    }
    for (int i = 0; i < halves.size(); i++) {
      ShortBuffer piece = halves.get(i);
      stored.get(piece, target, from, piece.capacity());
      from += piece.capacity();
    }
  }

  @Override
  public void close() {
    session.freeShared(pointer, bytes);
  }
}
