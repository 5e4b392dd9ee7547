package io.github.attn4j.opencl;

import io.github.attn4j.core.spec.ElementType;
import java.nio.ByteBuffer;
import java.nio.ShortBuffer;

/**
 * Floats on their way into and out of memory that holds another type, rounded to it on the way in.
 *
 * <p>Halves go through a block of shorts: the JVM makes vectors of a loop over two arrays, none of
 * one over a buffer. For one thread at a time.
 */
final class StoredElements {
  /** Within a core's first cache, with the floats. */
  private static final int BLOCK = 1 << 12;

  private final ElementType type;
  private final short[] block;

  /** For a type that stores numbers as they are. */
  StoredElements(ElementType type) {
    if (type.scaled()) {
      throw new IllegalArgumentException(
          "%s is stored as codes beside scales, not as elements".formatted(type.label()));
    }
    this.type = type;
    this.block = new short[type == ElementType.F32 ? 0 : BLOCK];
  }

  /** Bytes of so many elements. */
  long bytes(long elements) {
    return type.bytes() * elements;
  }

  /** Elements {@code from} to {@code from + count} of an array to a buffer's position on. */
  void put(float[] source, int from, int count, ByteBuffer target) {
    if (type == ElementType.F32) {
      target.asFloatBuffer().put(source, from, count);
      return;
    }
    ShortBuffer shorts = target.asShortBuffer();
    for (int done = 0; done < count; done += BLOCK) {
      int size = Math.min(BLOCK, count - done);
      if (type == ElementType.F16) {
        for (int i = 0; i < size; i++) {
          block[i] = Float.floatToFloat16(source[from + done + i]);
        }
      } else {
        for (int i = 0; i < size; i++) {
          block[i] = (short) ElementType.BF16.encode(source[from + done + i]);
        }
      }
      shorts.put(block, 0, size);
    }
  }

  /** The elements from a buffer's position on to {@code from} to {@code from + count}. */
  void get(ByteBuffer source, float[] target, int from, int count) {
    if (type == ElementType.F32) {
      source.asFloatBuffer().get(target, from, count);
    } else {
      get(source.asShortBuffer(), target, from, count);
    }
  }

  /** As above, of a view that the caller keeps: a launch allocates nothing. */
  void get(ShortBuffer source, float[] target, int from, int count) {
    for (int done = 0; done < count; done += BLOCK) {
      int size = Math.min(BLOCK, count - done);
      source.get(done, block, 0, size);
      if (type == ElementType.F16) {
        for (int i = 0; i < size; i++) {
          target[from + done + i] = Float.float16ToFloat(block[i]);
        }
      } else {
        for (int i = 0; i < size; i++) {
          target[from + done + i] = Float.intBitsToFloat(block[i] << 16);
        }
      }
    }
  }
}
