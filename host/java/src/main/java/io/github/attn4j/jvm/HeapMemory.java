package io.github.attn4j.jvm;

import io.github.attn4j.core.kernel.BackendException;

/** The Java heap, seen as the memory of a device. */
final class HeapMemory {
  private HeapMemory() {}

  /**
   * Checks that an allocation fits, before it is made: a failed one would leave other threads
   * without memory too.
   *
   * @throws BackendException.OutOfMemory if it does not
   */
  static void require(String what, long neededBytes) {
    if (neededBytes > available()) {
      // What is free is known only once garbage is gone; asked for only where it decides.
      System.gc();
      long available = available();
      if (neededBytes > available) {
        throw new BackendException.OutOfMemory(
            what + " on the Java heap (raise -Xmx)", neededBytes, available);
      }
    }
  }

  /** Bytes of the heap that are not taken, as far as known without collecting garbage. */
  static long available() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
  }
}
