package io.github.attn4j.bench.cli;

import io.github.attn4j.core.run.Watchdog;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The option that says how long a launch may take, and what happens where one takes longer. */
final class WatchdogOption {
  /** What saving may take: it must not hang on what hangs. */
  private static final long SAVING_SECONDS = 20;

  @Option(
      names = "--watchdog",
      paramLabel = "SECONDS",
      description =
          "A launch with its check that takes longer is taken to never end: it is reported, what"
              + " was found before is saved, and the exit code is 7. 0 waits for ever. Default:"
              + " ${DEFAULT-VALUE}.",
      defaultValue = "300")
  private double seconds = 300;

  /**
   * A watchdog whose alarm ends the process.
   *
   * @param save keeps what was found before; called at most once, from another thread
   * @throws IllegalArgumentException if the limit makes no sense
   */
  Watchdog watch(PrintWriter err, Consumer<Watchdog.Overdue> save) {
    return new Watchdog(
        seconds,
        overdue -> {
          err.println("attn: " + message(overdue));
          err.flush();
          saveInTime(err, () -> save.accept(overdue));
          Watchdog.end(ExitCode.WATCHDOG);
        });
  }

  static String message(Watchdog.Overdue overdue) {
    return "%s: it took longer than %s s and is taken to never end. No process can stop a kernel that runs in it, so this one ends, and what was found before is kept. If the kernel is right but slow, let it take longer: --watchdog %.0f"
        .formatted(overdue.what(), overdue.seconds(), Math.max(1, 10 * overdue.seconds()));
  }

  private static void saveInTime(PrintWriter err, Runnable save) {
    Thread saving =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                save.run();
              } catch (RuntimeException e) {
                err.println("attn: " + e.getMessage());
                err.flush();
              }
            });
    try {
      if (!saving.join(Duration.ofSeconds(SAVING_SECONDS))) {
        err.printf("attn: nothing could be saved within %d s%n", SAVING_SECONDS);
        err.flush();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
