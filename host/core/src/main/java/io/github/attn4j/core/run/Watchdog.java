package io.github.attn4j.core.run;

import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Watches steps of a run, such as a launch with its check, and raises an alarm when one takes
 * longer than its limit. A kernel that runs in this process cannot be stopped: the thread that
 * waits for it is in the driver and never comes back. So whoever hears the alarm saves what there
 * is and then calls {@link #end}.
 *
 * <p>Telling it of a step costs one allocation and one atomic exchange, no system call, so that a
 * benchmark may do it between launches. Steps are those of one thread.
 */
public final class Watchdog implements AutoCloseable {
  /** Watches nothing. */
  public static final Watchdog OFF = new Watchdog(0, overdue -> {});

  /** How long the end of the process may take in an orderly way. */
  private static final long ORDERLY_MILLIS = 5_000;

  private static final Step RESTING = new Step("", 0);

  private final double limitSeconds;
  private final Consumer<Overdue> alarm;
  private final AtomicReference<Step> current = new AtomicReference<>(RESTING);
  private final CountDownLatch alarmed = new CountDownLatch(1);
  private final @Nullable Thread watcher;
  private volatile boolean closed;

  /** What is under way, since when. */
  private static final class Step {
    private final String what;
    private final long startNanos;

    Step(String what, long startNanos) {
      this.what = what;
      this.startNanos = startNanos;
    }
  }

  /** Stands for the step that was overdue, once the alarm is raised. */
  private static final Step ALARM = new Step("", 0);

  /**
   * A step that took too long, and is taking longer.
   *
   * @param what as it was told
   * @param seconds that it may take
   */
  public record Overdue(String what, double seconds) {}

  /**
   * Watches from the first step on.
   *
   * @param limitSeconds that a step may take; 0 for any time
   * @param alarm hears of the first step that takes longer, in a thread of its own
   * @throws IllegalArgumentException naming the limit, if it is below 0 or no number
   */
  public Watchdog(double limitSeconds, Consumer<Overdue> alarm) {
    if (!(limitSeconds >= 0)) {
      throw new IllegalArgumentException(
          "--watchdog %s: choose a number of seconds above 0, or 0 for no watchdog"
              .formatted(limitSeconds));
    }
    this.limitSeconds = limitSeconds;
    this.alarm = alarm;
    watcher =
        limitSeconds == 0
            ? null
            : Thread.ofPlatform().daemon().name("attn-watchdog").start(this::watch);
  }

  /** What a step may take; 0 for any time. */
  public double limitSeconds() {
    return limitSeconds;
  }

  /** Begins a step, which ends the one before. */
  public void step(String what) {
    exchange(new Step(what, System.nanoTime()));
  }

  /** Ends the step: what follows may take any time. */
  public void rest() {
    exchange(RESTING);
  }

  /**
   * A step that ends just as the alarm is raised has come too late: its thread waits for the end.
   */
  private void exchange(Step next) {
    while (true) {
      Step before = current.get();
      if (before == ALARM) {
        waitForTheEnd();
        return;
      }
      if (current.compareAndSet(before, next)) {
        return;
      }
    }
  }

  private void waitForTheEnd() {
    try {
      alarmed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch() {
    long limitNanos = (long) (limitSeconds * 1e9);
    long pauseMillis = Math.clamp((long) (limitSeconds * 1e3 / 20), 5, 1_000);
    try {
      while (!closed) {
        Step step = Objects.requireNonNull(current.get());
        if (step != RESTING
            && System.nanoTime() - step.startNanos > limitNanos
            && current.compareAndSet(step, ALARM)) {
          try {
            alarm.accept(new Overdue(step.what, limitSeconds));
          } finally {
            alarmed.countDown();
          }
          return;
        }
        Thread.sleep(pauseMillis);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /** Watches no longer. */
  @Override
  public void close() {
    closed = true;
    if (watcher != null && watcher != Thread.currentThread()) {
      watcher.interrupt();
    }
  }

  /**
   * Ends the process: in an orderly way, for temporary files to be removed, or else, where that
   * does not end either, by halting it.
   */
  public static void end(int exitCode) {
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            TimeUnit.MILLISECONDS.sleep(ORDERLY_MILLIS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          Runtime.getRuntime().halt(exitCode);
        });
    System.exit(exitCode);
  }
}
