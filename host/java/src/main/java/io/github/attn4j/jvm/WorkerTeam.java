package io.github.attn4j.jvm;

import org.jspecify.annotations.Nullable;

/**
 * A fixed set of threads that run one task together, again and again, and allocate nothing while
 * they do. The calling thread is member 0, so that a team of one starts no thread, and a task needs
 * one wake-up fewer.
 */
final class WorkerTeam implements AutoCloseable {
  /** What each member runs. */
  interface Task {
    /**
     * Called once by each member; work is shared out by the task itself.
     *
     * @param member 0 to size - 1
     */
    void run(int member);
  }

  private final int size;
  private final Object lock = new Object();
  // All guarded by lock.
  private @Nullable Task task;
  private long generation;
  private int running;
  private @Nullable Throwable failure;
  private boolean closed;

  /** Starts size - 1 threads, which end with {@link #close}. */
  WorkerTeam(int size) {
    this.size = size;
    for (int member = 1; member < size; member++) {
      int number = member;
      Thread.ofPlatform().daemon().name("attn4j-worker-" + member).start(() -> serve(number));
    }
  }

  /** Members, the caller included. */
  int size() {
    return size;
  }

  /**
   * Runs a task on every member and returns when all have ended, even if the caller is interrupted
   * meanwhile (the interrupt stays pending): a member that still ran would write into buffers that
   * the caller believes are its own.
   *
   * @throws RuntimeException or Error that a member threw, the first if there were several
   */
  void run(Task shared) {
    synchronized (lock) {
      if (closed) {
        throw new IllegalStateException("the session is closed: open another one to run kernels");
      }
      task = shared;
      failure = null;
      running = size - 1;
      generation++;
      lock.notifyAll();
    }
    attempt(shared, 0);
    Throwable thrown = awaitOthers();
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
    if (thrown instanceof Error error) {
      throw error;
    }
  }

  private @Nullable Throwable awaitOthers() {
    boolean interrupted = false;
    try {
      synchronized (lock) {
        while (running > 0) {
          try {
            lock.wait();
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
        task = null;
        return failure;
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void serve(int member) {
    long seen = 0;
    while (true) {
      Task next;
      synchronized (lock) {
        while (generation == seen && !closed) {
          try {
            lock.wait();
          } catch (InterruptedException e) {
            // Nobody outside holds these threads; ending is what close() is for. Wait on.
          }
        }
        if (generation == seen) {
          return;
        }
        seen = generation;
        next = task;
      }
      if (next != null) {
        attempt(next, member);
      }
      synchronized (lock) {
        running--;
        lock.notifyAll();
      }
    }
  }

  @SuppressWarnings("CatchingUnchecked") // handed to the caller of run, whatever it is
  private void attempt(Task shared, int member) {
    try {
      shared.run(member);
    } catch (RuntimeException | Error e) {
      synchronized (lock) {
        if (failure == null) {
          failure = e;
        }
      }
    }
  }

  /** Ends the threads. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
  }
}
