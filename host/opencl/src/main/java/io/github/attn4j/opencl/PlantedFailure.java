package io.github.attn4j.opencl;

import org.jocl.CLException;

/**
 * A call of a session that fails in the driver's place, for what no driver here can be made to do:
 * run out of memory at the second of several buffers, or lose a transfer. Only tests plant one.
 */
final class PlantedFailure {
  private int callsLeft;
  private int status;

  /**
   * Lets a call fail, once.
   *
   * @param call which one from now on, from 1
   * @param answer the status that it fails with
   */
  void plant(int call, int answer) {
    callsLeft = call;
    status = answer;
  }

  /** Whether none is waiting to happen. */
  boolean struck() {
    return callsLeft == 0;
  }

  /** Where a call would reach the driver. */
  void strike() {
    if (callsLeft > 0 && --callsLeft == 0) {
      throw new CLException("planted", status);
    }
  }
}
