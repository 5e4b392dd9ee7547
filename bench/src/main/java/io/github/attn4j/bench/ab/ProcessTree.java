package io.github.attn4j.bench.ab;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A process and all that it started, to be ended together: what a trial leaves behind would run
 * beside the next one. Descendants are remembered while they run, since those of a process that is
 * gone are nobody's.
 */
final class ProcessTree {
  /**
   * Soon, and then often enough for what lives for seconds: reading the list takes milliseconds.
   */
  private static final long FIRST_LOOK_MILLIS = 50;

  private static final long LOOK_MILLIS = 1000;

  /** After a polite word, in which temporary files are deleted. */
  private static final long PATIENCE_MILLIS = 3000;

  private final Process root;
  private final Set<ProcessHandle> seen = ConcurrentHashMap.newKeySet();

  ProcessTree(Process root) {
    this.root = root;
  }

  /**
   * Waits for the first process.
   *
   * @return whether it ended in that time
   */
  boolean waitFor(double seconds) throws InterruptedException {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    long look = FIRST_LOOK_MILLIS;
    while (true) {
      long left = Math.ceilDiv(end - System.nanoTime(), 1_000_000L);
      if (root.waitFor(Math.clamp(left, 0, look), TimeUnit.MILLISECONDS)) {
        return true;
      }
      look();
      look = Math.min(2 * look, LOOK_MILLIS);
      if (left <= 0) {
        return false;
      }
    }
  }

  /** Whether the first process runs. */
  boolean isAlive() {
    return root.isAlive();
  }

  /** Done when the first process has ended. */
  CompletableFuture<?> onExit() {
    return root.onExit();
  }

  /** Remembers who runs now. */
  void look() {
    root.descendants().forEach(seen::add);
  }

  /** Ends what still runs: asked first, then by force. */
  void end() {
    look();
    alive().forEach(ProcessHandle::destroy);
    long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
    for (ProcessHandle one : alive()) {
      await(one, end - System.nanoTime());
    }
    look(); // whoever did not listen may have started others
    List<ProcessHandle> left = alive();
    left.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle one : left) {
      await(one, PATIENCE_MILLIS * 1_000_000L);
    }
  }

  private List<ProcessHandle> alive() {
    return Stream.concat(Stream.of(root.toHandle()), seen.stream())
        .filter(ProcessHandle::isAlive)
        .toList();
  }

  private static void await(ProcessHandle process, long nanos) {
    try {
      var _ = process.onExit().get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      // Force comes next, or has been used.
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for a process does not fail", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
