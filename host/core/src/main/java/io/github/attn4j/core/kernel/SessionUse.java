package io.github.attn4j.core.kernel;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Who is inside a {@link Session}: one thread at a time. Backends ask it at every call that changes
 * a session or what belongs to it, so that two threads in one session are refused, never computed
 * with. A thread that finds another one inside does not wait: that would order calls, but not what
 * the threads mean by several of them, such as a launch and its read.
 *
 * <p>Nothing is allocated, and entering costs one atomic exchange.
 */
public final class SessionUse {
  private final String device;
  private final AtomicReference<@Nullable Thread> inside = new AtomicReference<>();

  /**
   * Nobody is inside.
   *
   * @param device as errors name it
   */
  public SessionUse(String device) {
    this.device = device;
  }

  /**
   * Enters.
   *
   * @return whether the caller is to {@link #leave}: false where its own thread is inside already,
   *     by a call further out
   * @throws IllegalStateException if another thread is inside
   */
  public boolean enter() {
    Thread own = Thread.currentThread();
    Thread present = inside.compareAndExchange(null, own);
    if (present == null) {
      return true;
    }
    if (present == own) {
      return false;
    }
    throw new IllegalStateException(
        "thread '%s' is in a call of the session on %s, which thread '%s' calls: open a session for each thread, or let one end its calls before another begins"
            .formatted(present.getName(), device, own.getName()));
  }

  /**
   * Leaves.
   *
   * @param entered what {@link #enter} said
   */
  public void leave(boolean entered) {
    if (entered) {
      inside.set(null);
    }
  }
}
