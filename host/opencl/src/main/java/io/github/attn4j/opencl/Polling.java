package io.github.attn4j.opencl;

import java.util.function.IntSupplier;
import org.jocl.CL;

/**
 * When to wait for a launch awake: asking for its state over and over, the processor offered to
 * others after each question. A thread that sleeps instead is woken late, 20 us to 25 us on a
 * virtual machine whose processors have gone idle (PoCL 3.1, 2 cores), which is as much as the
 * kernel of a short context. Offering is what makes it harmless beside the device's own threads on
 * the same cores: kernels of 10 us to 800 us took no longer. Without it a kernel loses a core.
 *
 * <p>Beside other busy processes it is not harmless: who accepts the offer keeps the core for a
 * time slice, 4 ms. So a lost slice ends polling for a number of launches that grows with each.
 */
final class Polling {
  /** A launch longer than this hides its waking: 2 % of it. */
  static final long LONGEST_NANOS = 1_000_000;

  /** No wake-up takes this long, and a time slice does. */
  static final long LOST_NANOS = 1_000_000;

  /** Launches asleep after a first lost slice. */
  static final int FEWEST_ASLEEP = 64;

  /** At most so many: a lost slice is then 1 us of each. */
  static final int MOST_ASLEEP = 4096;

  private int asleepAfterLoss = FEWEST_ASLEEP;
  private int asleepStill;
  private long questions;

  /**
   * Whether to wait for the next launch awake; to be asked once for each.
   *
   * @param expectedNanos the device's time of the launch before; 0 where there was none
   */
  boolean suits(long expectedNanos) {
    if (asleepStill > 0) {
      asleepStill--;
      return false;
    }
    return expectedNanos > 0 && expectedNanos <= LONGEST_NANOS;
  }

  /** How long to stay awake at most: a kernel that takes much longer than the last may hang. */
  static long limitNanos(long expectedNanos) {
    return 4 * expectedNanos + LOST_NANOS;
  }

  /**
   * Waits awake until a launch has ended or failed, or takes too long.
   *
   * @param status asks the device: {@code CL_COMPLETE}, more than that before, less after a failure
   * @param expectedNanos as in {@link #suits}
   * @return how long that was
   */
  @SuppressWarnings("ThreadPriorityCheck") // the point is to let the device's own threads run
  long await(IntSupplier status, long expectedNanos) {
    long start = System.nanoTime();
    long limit = limitNanos(expectedNanos);
    boolean running;
    long waited;
    do {
      Thread.yield();
      questions++;
      running = status.getAsInt() > CL.CL_COMPLETE;
      waited = System.nanoTime() - start;
    } while (running && waited < limit);
    return waited;
  }

  /** Questions asked so far. */
  long questions() {
    return questions;
  }

  /**
   * What a wait awake came to.
   *
   * @param waitedNanos by the host's clock
   * @param deviceNanos of the launch, by the device's
   */
  void waited(long waitedNanos, long deviceNanos) {
    if (waitedNanos - deviceNanos > LOST_NANOS) {
      asleepStill = asleepAfterLoss;
      asleepAfterLoss = Math.min(MOST_ASLEEP, 4 * asleepAfterLoss);
    } else {
      asleepAfterLoss = Math.max(FEWEST_ASLEEP, asleepAfterLoss - 1);
    }
  }
}
