package io.github.attn4j.bench.measure;

import io.github.attn4j.core.run.Watchdog;

/**
 * The watchdog of a measuring JVM, which has one thread that launches: ends the JVM where a launch
 * does not, and leaves word for the parent, which goes on with other cells. In any other JVM
 * nothing is watched.
 */
final class ForkWatch {
  /** System property with the seconds that a step may take; 0 for any time. */
  static final String LIMIT_PROPERTY = "attn.watchdog";

  /**
   * The parent reads the word that was left and not this; it says so to whoever reads JMH's log.
   */
  private static final int EXIT_CODE = 7;

  private static volatile Watchdog watchdog = Watchdog.OFF;

  private ForkWatch() {}

  /** Watches from now on, as the parent asked. */
  static void start() {
    watchdog =
        new Watchdog(
            Double.parseDouble(System.getProperty(LIMIT_PROPERTY, "0")),
            overdue -> {
              try {
                var _ = CellFailure.neverEnded(overdue).raise();
              } finally {
                Watchdog.end(EXIT_CODE); // also where no word can be left: the disk may be full
              }
            });
  }

  /** Watches from now on with a watchdog that knows itself what to do where a step is overdue. */
  static void start(Watchdog own) {
    watchdog = own;
  }

  /** For the command line of a fork. */
  static String jvmArgument(double limitSeconds) {
    return "-D" + LIMIT_PROPERTY + "=" + limitSeconds;
  }

  /** Begins a step, such as a launch. Not within what is timed. */
  static void step(String what) {
    watchdog.step(what);
  }

  /** Until the next step nothing runs on the device. */
  static void rest() {
    watchdog.rest();
  }
}
