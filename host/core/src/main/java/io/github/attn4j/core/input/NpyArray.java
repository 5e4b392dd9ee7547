package io.github.attn4j.core.input;

import java.util.List;

/**
 * An array read from a .npy file, in C order.
 *
 * @param shape its dimensions
 * @param floats its values; empty for a boolean array
 * @param booleans its values; empty for a float array
 * @param isBoolean which of the two it is
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record NpyArray(List<Integer> shape, float[] floats, boolean[] booleans, boolean isBoolean) {
  /** Copies the shape. */
  public NpyArray {
    shape = List.copyOf(shape);
  }
}
