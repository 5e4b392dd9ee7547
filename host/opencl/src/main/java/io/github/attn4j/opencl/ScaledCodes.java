package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BackendException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * K or V in an 8-bit type as kernels take it: codes, addressed as elements are, and behind them, in
 * the same buffer, the scales that multiply them.
 */
final class ScaledCodes {
  /** Bytes to whose multiple codes are filled up: what the widest load of scales could ask for. */
  private static final int ALIGNMENT = 16;

  private static final long LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  private ScaledCodes() {}

  /** Place of the first scale behind so many codes, in floats from the buffer's start. */
  static long firstScale(long codes) {
    return Math.ceilDiv(codes, ALIGNMENT) * (ALIGNMENT / Float.BYTES);
  }

  /** Bytes of codes and scales. */
  static long bytes(long codes, long scales) {
    return Float.BYTES * (firstScale(codes) + scales);
  }

  /**
   * What the buffer holds. One array, uploaded as one: of a buffer that is written in two parts
   * Oclgrind 21.10 takes the first for uninitialized.
   *
   * @param elements that the tensor's layout reaches; the array of codes may be longer, and kernels
   *     know the layout alone
   * @throws BackendException.OutOfMemory if no Java array is as long
   */
  static byte[] of(byte[] codes, int elements, float[] scales) {
    long bytes = bytes(elements, scales.length);
    if (bytes > LARGEST_ARRAY) {
      throw new BackendException.OutOfMemory(
          "codes and scales of %,d keys' or values' elements as one Java array (split the batch or the heads)"
              .formatted(elements),
          bytes,
          LARGEST_ARRAY);
    }
    ByteBuffer all = ByteBuffer.allocate((int) bytes).order(ByteOrder.nativeOrder());
    all.put(0, codes, 0, elements);
    all.position((int) (Float.BYTES * firstScale(elements)));
    all.asFloatBuffer().put(scales);
    return all.array();
  }
}
