package io.github.attn4j.bench.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Says once what takes so long, where a block map does. */
final class Patience implements AutoCloseable {
  private static final Duration SILENCE = Duration.ofSeconds(5);

  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());

  private Patience() {}

  static Patience with(Voice voice) {
    return with(voice.notes(), SILENCE);
  }

  static Patience with(PrintWriter err, Duration silence) {
    Patience patience = new Patience();
    var _ =
        patience.clock.schedule(
            () -> {
              err.println(
                  "attn: still at the block map: every block that no proof decides is asked pair by pair, queries times keys in all at worst; Ctrl-C ends it, a smaller --n is faster");
              err.flush();
            },
            silence.toMillis(),
            TimeUnit.MILLISECONDS);
    return patience;
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
