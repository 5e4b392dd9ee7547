package io.github.attn4j.opencl;

import java.util.concurrent.locks.ReentrantLock;

/**
 * One compilation at a time in this process, whatever the session: PoCL 3.1 aborts where two
 * threads compile. It compiles a program when that is built, and the work-group's function at a
 * kernel's first launch, which is therefore waited for within the lock. Later launches of attention
 * kernels take none; appends to caches, block maps and ceilings always do.
 */
final class Compiling {
  private static final ReentrantLock LOCK = new ReentrantLock();

  private Compiling() {}

  static void begin() {
    LOCK.lock();
  }

  /** Of a thread that has begun. */
  static void end() {
    LOCK.unlock();
  }
}
