package io.github.attn4j.core.layer;

/**
 * Numbers of rows of a table, such as token ids or positions, on a device. Belongs to a session and
 * is closed with it.
 */
public interface DeviceIndices extends AutoCloseable {
  /** How many there is room for. */
  int elements();

  /** How many were written last. */
  int written();

  /** The largest of those; -1 where there are none. An operation holds it against its table. */
  int largest();

  /**
   * Replaces all of them, and waits.
   *
   * @throws IllegalArgumentException where one is negative, or there are more than fit
   */
  void write(int[] values);

  @Override
  void close();
}
