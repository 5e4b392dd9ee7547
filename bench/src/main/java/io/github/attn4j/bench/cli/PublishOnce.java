package io.github.attn4j.bench.cli;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Publishes what a run has found exactly once: at its end, or, as what there was so far, where it
 * fails, where the watchdog ends it and where the user interrupts. An interruption while the whole
 * is being published lets that finish.
 */
final class PublishOnce implements AutoCloseable {
  /** What a report takes to write, many times over; a pipe that nobody reads takes for ever. */
  private static final long PATIENCE_SECONDS = 10;

  /** What a JVM takes to delete its temporary files, many times over; a watchdog halts after 5. */
  private static final long PATIENCE_OF_A_CHILD_SECONDS = 4;

  private final Consumer<Boolean> publish;
  private final ReentrantLock lock = new ReentrantLock();
  private final Thread onInterrupt = new Thread(this::interrupted, "attn-interrupted");
  private boolean done;
  private volatile boolean interrupted;

  /**
   * Waits for an interruption from now on.
   *
   * @param publish takes whether the run is complete; called once, perhaps from another thread
   */
  PublishOnce(Consumer<Boolean> publish) {
    this.publish = publish;
    Runtime.getRuntime().addShutdownHook(onInterrupt);
  }

  /** Publishes the whole. */
  void complete() {
    publish(true);
  }

  /** Publishes what there is so far, unless that was done. */
  void cutShort() {
    publish(false);
  }

  /** To be called between steps: after an interruption none begins. */
  void pauseIfInterrupted() {
    while (interrupted) {
      try {
        TimeUnit.SECONDS.sleep(1); // until the process ends
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void publish(boolean complete) {
    lock.lock();
    try {
      if (!done) {
        done = true;
        publish.accept(complete);
      }
    } finally {
      lock.unlock();
    }
  }

  private void interrupted() {
    interrupted = true;
    try {
      if (lock.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        try {
          cutShort();
        } finally {
          lock.unlock();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      // Only this process was asked to end, perhaps; a measuring JVM without it measures for
      // nobody.
      endDescendants();
    }
  }

  /** Asked first, so that they delete their temporary files. */
  private static void endDescendants() {
    List<ProcessHandle> descendants = ProcessHandle.current().descendants().toList();
    descendants.forEach(ProcessHandle::destroy);
    for (ProcessHandle one : descendants) {
      try {
        var _ = one.onExit().get(PATIENCE_OF_A_CHILD_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        var _ = one.destroyForcibly();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        var _ = one.destroyForcibly();
      }
    }
  }

  /** Publishes what there is so far, unless that was done: a run that fails keeps what it found. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(onInterrupt);
    } catch (IllegalStateException e) {
      pauseIfInterrupted(); // the process is ending
    }
    cutShort();
  }
}
