package io.github.attn4j.bench;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Opens each backend's session once, when the first kernel needs it. */
public final class Sessions implements AutoCloseable {
  private final Backends backends;
  private final @Nullable DeviceInfo chosen;
  private final Function<Backend, Tunings> tunings;
  private final Map<String, Session> open = new LinkedHashMap<>();

  /** The same for other threads, which ask while one is being opened. */
  private final List<Session> opened = new CopyOnWriteArrayList<>();

  /**
   * Nothing is opened yet.
   *
   * @param chosen the device of {@code --device}, or null for each backend's preferred one
   */
  public Sessions(Backends backends, @Nullable DeviceInfo chosen) {
    this(backends, chosen, Backend::tunings);
  }

  /**
   * The same, with other tunings than those that ship.
   *
   * @param tunings who chooses what the kernels of a backend run with
   */
  public Sessions(
      Backends backends, @Nullable DeviceInfo chosen, Function<Backend, Tunings> tunings) {
    this.backends = backends;
    this.chosen = chosen;
    this.tunings = tunings;
  }

  /** The session a kernel runs in. */
  public Session of(KernelVariant kernel) {
    return open.computeIfAbsent(
        kernel.backend(),
        id -> {
          Backend backend = backends.backend(id);
          Session session =
              backend.open(backends.deviceFor(kernel, chosen), tunings.apply(backend));
          opened.add(session);
          return session;
        });
  }

  /** Programs compiled from source by all sessions. Called from other threads too. */
  public int programsCompiled() {
    return opened.stream().mapToInt(Session::programsCompiled).sum();
  }

  @Override
  public void close() {
    open.values().forEach(Session::close);
    open.clear();
  }
}
