package io.github.attn4j.model.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The order of the bytes in raw tensor data, whatever the machine's is. */
final class LittleEndian {
  private LittleEndian() {}

  /**
   * Writes the lowest bytes of a number.
   *
   * @return where the next one goes
   */
  static int put(byte[] target, int at, long bits, int width) {
    for (int i = 0; i < width; i++) {
      target[at + i] = (byte) (bits >>> (Byte.SIZE * i));
    }
    return at + width;
  }

  static ByteBuffer view(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
