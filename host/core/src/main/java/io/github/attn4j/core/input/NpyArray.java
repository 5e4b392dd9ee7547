package io.github.attn4j.core.input;

import java.util.List;

/**
 * An array read from a .npy file, in C order.
 *
 * @param shape its dimensions
 * @param kind which of the following it holds
 * @param floats its values; empty for other kinds
 * @param booleans its values; empty for other kinds
 * @param ints its values; empty for other kinds
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record NpyArray(
    List<Integer> shape, Kind kind, float[] floats, boolean[] booleans, int[] ints) {

  /** What the elements are. */
  public enum Kind {
    /** float32 or float64. */
    FLOAT,
    /** One byte an element. */
    BOOLEAN,
    /** Integers of any width whose values fit 32 bits. */
    INT
  }

  /** Copies the shape. */
  public NpyArray {
    shape = List.copyOf(shape);
  }

  /** Whether it holds booleans. */
  public boolean isBoolean() {
    return kind == Kind.BOOLEAN;
  }
}
