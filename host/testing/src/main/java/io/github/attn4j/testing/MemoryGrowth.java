package io.github.attn4j.testing;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * By how much memory grows while the same is done again and again. What leaks does so all the time;
 * what the JVM, its compiler and its collector take comes once, and was seen with 25 MB of native
 * memory and 9 MB of heap. So the work is done in two halves, and the one that grows less counts.
 */
public final class MemoryGrowth {
  private static final int COLLECTIONS = 5;

  /** Bytes that a process holds, of one kind. */
  @FunctionalInterface
  public interface Held {
    /** Now, in bytes. */
    long bytes() throws Exception;
  }

  private MemoryGrowth() {}

  /**
   * Bytes of growth of each kind, in the order of {@code held}, over half of {@code cycles}.
   *
   * @param cycle what is done {@code cycles} times, with its number from 0
   */
  public static long[] over(int cycles, IntConsumer cycle, Held... held) throws Exception {
    long[] least = new long[held.length];
    Arrays.fill(least, Long.MAX_VALUE);
    for (int half = 0; half < 2; half++) {
      long[] before = bytes(held);
      for (int number = half * cycles / 2; number < (half + 1) * cycles / 2; number++) {
        cycle.accept(number);
      }
      long[] after = bytes(held);
      for (int kind = 0; kind < held.length; kind++) {
        least[kind] = Math.min(least[kind], after[kind] - before[kind]);
      }
    }
    return least;
  }

  private static long[] bytes(Held... held) throws Exception {
    long[] bytes = new long[held.length];
    for (int kind = 0; kind < held.length; kind++) {
      bytes[kind] = held[kind].bytes();
    }
    return bytes;
  }

  /** The heap's bytes in use, after several collections: what awaits a cleaner outlives one. */
  public static long heapBytes() {
    long least = Long.MAX_VALUE;
    for (int collection = 0; collection < COLLECTIONS; collection++) {
      System.gc();
      LockSupport.parkNanos(20_000_000);
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }
}
