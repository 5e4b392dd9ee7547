package io.github.attn4j.core.layer;

/**
 * Float32 elements on a device: what {@link Layers} read and write, and what attention may be bound
 * to ({@link AttentionTensors}), so that activations go from layer to layer without a copy. Rows
 * lie one after the other, columns innermost, unless an operation says otherwise.
 *
 * <p>Belongs to a session and is closed with it. Every call on a closed one throws {@link
 * IllegalStateException}.
 */
public interface DeviceTensor extends AutoCloseable {
  /** What errors call it. */
  String name();

  /** Elements; those that nobody has written are NaN. */
  int elements();

  /**
   * Overwrites elements {@code at} to {@code at + source.length}, behind every operation given
   * before, and waits.
   *
   * @throws IndexOutOfBoundsException where they are not all there
   */
  void write(int at, float[] source);

  /**
   * Copies elements {@code at} to {@code at + target.length} behind every operation given before,
   * and waits.
   *
   * @throws IndexOutOfBoundsException where they are not all there
   */
  void read(int at, float[] target);

  /** The first {@code count} elements. */
  default float[] read(int count) {
    float[] target = new float[count];
    read(0, target);
    return target;
  }

  @Override
  void close();
}
