package io.github.attn4j.bench.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.DoubleSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * How far a command is and how long it will take: on a terminal a bar, elsewhere a line every half
 * minute, so that the log of a CI server is neither silent nor flooded. Always on standard error,
 * and nothing under {@code --quiet}.
 */
final class Progress implements AutoCloseable {
  private static final Duration SILENCE = Duration.ofSeconds(30);

  /** Begins the line anew, empty. */
  private static final String CLEAR = "\r\u001b[K";

  private final String task;
  private final long steps;

  /** Seconds that it takes at most; infinity where nobody says. */
  private final double limitSeconds;

  /** Whether steps are seconds, of which nobody wants to hear twice. */
  private final boolean timed;

  /** Seconds since the start. */
  private final DoubleSupplier elapsed;

  private final @Nullable ProgressBar bar;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile long done;
  private volatile double doneAtSeconds;
  private volatile String message = "";

  private Progress(
      String task,
      long steps,
      double limitSeconds,
      boolean timed,
      boolean terminal,
      DoubleSupplier elapsed) {
    this.task = task;
    this.steps = steps;
    this.limitSeconds = limitSeconds;
    this.timed = timed;
    this.elapsed = elapsed;
    this.bar = terminal ? bar() : null;
  }

  /** Of so many steps, of which nobody knows how long they take. */
  static Progress of(CommandSpec command, String task, long steps) {
    return of(command, task, steps, Double.POSITIVE_INFINITY);
  }

  /** Of so many steps within a time. */
  static Progress of(CommandSpec command, String task, long steps, double limitSeconds) {
    return of(command, task, steps, limitSeconds, false);
  }

  private static Progress of(
      CommandSpec command, String task, long steps, double limitSeconds, boolean timed) {
    Voice voice = Voice.of(command);
    boolean terminal = !voice.quiet() && Terminal.takesErrors();
    Progress progress = new Progress(task, steps, limitSeconds, timed, terminal, clock());
    if (!voice.quiet() && !terminal) {
      progress.tell(command.commandLine().getErr(), SILENCE);
    }
    return progress;
  }

  /** Of something that takes this long: its steps are seconds, and pass by themselves. */
  static Progress timed(CommandSpec command, String task, double seconds) {
    Progress progress = of(command, task, Math.max(1, (long) Math.ceil(seconds)), seconds, true);
    progress.pass();
    return progress;
  }

  /** Without a terminal, with another silence and another clock, of seconds since the start. */
  static Progress lines(
      PrintWriter err,
      String task,
      long steps,
      double limitSeconds,
      Duration silence,
      DoubleSupplier elapsed) {
    Progress progress = new Progress(task, steps, limitSeconds, false, false, elapsed);
    progress.tell(err, silence);
    return progress;
  }

  private static DoubleSupplier clock() {
    long start = System.nanoTime();
    return () -> (System.nanoTime() - start) / 1e9;
  }

  private void tell(PrintWriter err, Duration silence) {
    var _ =
        clock.scheduleAtFixedRate(
            () -> {
              err.println("attn: " + line());
              err.flush();
            },
            silence.toMillis(),
            silence.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private void pass() {
    var _ =
        clock.scheduleAtFixedRate(
            () -> reach(Math.min(steps, (long) elapsed.getAsDouble())), 1, 1, TimeUnit.SECONDS);
  }

  private ProgressBar bar() {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(steps)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(200)
        .setEtaFunction(_ -> left())
        .setConsumer(new OneLine(System.err))
        .build();
  }

  /** What is under way, without a step. */
  void say(String what) {
    message = what;
    if (bar != null) {
      bar.setExtraMessage(" " + what);
    }
  }

  /** One step is done; its name. */
  void step(String what) {
    say(what);
    reach(done + 1);
  }

  private void reach(long now) {
    doneAtSeconds = elapsed.getAsDouble();
    done = now;
    if (bar != null) {
      bar.stepTo(now);
    }
  }

  /** To be called before a line of results while the bar stands: it gives the line free. */
  void clear() {
    if (bar != null) {
      System.err.print(CLEAR);
      System.err.flush();
    }
  }

  /**
   * Steps that have not begun at the pace of those so far, and what that leaves for the one under
   * way; but no longer than it takes at most. Empty if unknown.
   */
  private Optional<Duration> left() {
    long now = done;
    double seconds = elapsed.getAsDouble();
    double left = Math.max(0, limitSeconds - seconds);
    if (now > 0) {
      double pace = doneAtSeconds / now;
      double others = pace * Math.max(0, steps - now - 1);
      left = Math.min(left, Math.max(others, pace * steps - seconds));
    }
    return Double.isInfinite(left)
        ? Optional.empty()
        : Optional.of(Duration.ofMillis(Math.round(1e3 * left)));
  }

  /** What a log is told. */
  String line() {
    String left =
        left()
            .map(time ->
                (done == 0 ? "at most %s left" : "about %s left")
                    .formatted(time(time.toMillis() / 1e3)))
            .orElse("how long it will take is not known yet");
    String what = message;
    return "%s: %s%s so far, %s%s"
        .formatted(
            task,
            timed ? "" : "%d of %d, ".formatted(done, steps),
            time(elapsed.getAsDouble()),
            left,
            what.isEmpty() ? "" : "; " + what);
  }

  /** A time for a reader: seconds below two minutes. */
  static String time(double seconds) {
    long whole = Math.round(seconds);
    return whole < 120
        ? whole + " s"
        : whole < 7200
            ? "%d min %02d s".formatted(whole / 60, whole % 60)
            : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
  }

  /** Before results: nothing more is said. */
  void end() {
    if (ended.compareAndSet(false, true)) {
      clock.shutdownNow();
      if (bar != null) {
        bar.close();
      }
    }
  }

  @Override
  public void close() {
    end();
  }

  /** Leaves no trace: results begin where the bar stood. */
  private static final class OneLine extends ConsoleProgressBarConsumer {
    private final PrintStream err;

    OneLine(PrintStream err) {
      super(err);
      this.err = err;
    }

    @Override
    public void close() {
      err.print(CLEAR);
      err.flush();
    }
  }
}
