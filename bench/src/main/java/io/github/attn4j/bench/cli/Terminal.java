package io.github.attn4j.bench.cli;

import java.util.Objects;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Progress on a terminal, and none elsewhere: logs and files stay free of it. */
final class Terminal implements AutoCloseable {
  private final @Nullable ProgressBar bar;

  private Terminal(@Nullable ProgressBar bar) {
    this.bar = bar;
  }

  static Terminal progress(String task, long steps) {
    // Present on every JDK since 22, terminal or not; null only by the documentation's leave.
    if (!Objects.requireNonNull(System.console()).isTerminal()) {
      return new Terminal(null);
    }
    return new Terminal(
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(steps)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(200)
            .build());
  }

  void step(String message) {
    if (bar != null) {
      bar.setExtraMessage(message).step();
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
