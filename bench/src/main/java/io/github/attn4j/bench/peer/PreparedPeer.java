package io.github.attn4j.bench.peer;

/** A rival with its inputs: may be called any number of times, by one thread. */
public interface PreparedPeer extends AutoCloseable {
  /**
   * What a call does, in a line: the operation, the path it takes inside, the order of its tensors,
   * and who allocates the output.
   */
  String method();

  /** Takes over what the caller has changed in {@code inputs.q()}. Not timed. */
  void refreshQueries(int fromElement, int count);

  /**
   * Makes sure that {@link #read} cannot find an earlier call's output: overwrites it with NaN, or
   * frees it where each call allocates another. Not timed.
   */
  void clearOutput();

  /**
   * Computes attention.
   *
   * @return wall nanoseconds from the call of the library to its return, when the output lies in
   *     memory that the host can read; setting up the call's own arguments is left out
   */
  long run();

  /**
   * The last call's O, addressed through the spec's output layout. Not timed.
   *
   * @throws IllegalStateException if nothing was computed since {@link #clearOutput}, where the
   *     output is freed
   */
  float[] read();

  @Override
  void close();
}
