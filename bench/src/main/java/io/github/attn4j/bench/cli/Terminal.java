package io.github.attn4j.bench.cli;

import java.io.Console;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * What the terminal allows: its width, and progress where there is one; logs and files stay free of
 * it.
 */
final class Terminal implements AutoCloseable {
  private final @Nullable ProgressBar bar;

  /** Characters of a line: what COLUMNS says, but no more than are wanted. */
  static int columns(int most) {
    return columns(most, System.getenv("COLUMNS"));
  }

  static int columns(int most, @Nullable String told) {
    if (told == null || !told.strip().matches("0*[1-9]\\d{0,8}")) {
      return most;
    }
    return Math.min(most, Integer.parseInt(told.strip()));
  }

  private Terminal(@Nullable ProgressBar bar) {
    this.bar = bar;
  }

  @SuppressWarnings("SystemConsoleNull") // seen: null on JDK 25 when the output is piped
  static Terminal progress(String task, long steps) {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
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

  /** Beside the bar, without a step. */
  void say(String message) {
    if (bar != null) {
      bar.setExtraMessage(message);
    }
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
