package io.github.attn4j.bench.cli;

/** What exit codes mean, everywhere. */
final class ExitCode {
  /** Done, all checks passed. */
  static final int OK = 0;

  /** A check or a gate failed. */
  static final int CHECK_FAILED = 1;

  /** The command line does not make sense (picocli's own code). */
  static final int USAGE = 2;

  /** Not comparable, or nothing to do. */
  static final int NOTHING_TO_DO = 3;

  /** A backend or device is not available. */
  static final int UNAVAILABLE = 4;

  /** The device, or the JVM, is out of memory. */
  static final int OUT_OF_MEMORY = 5;

  /** A kernel does not build. */
  static final int BUILD_FAILED = 6;

  /** A kernel never ended, and the watchdog ended the run. */
  static final int WATCHDOG = 7;

  /** A file could not be read or written. */
  static final int FILE = 8;

  /** A mistake of ours. */
  static final int BUG = 70;

  private ExitCode() {}
}
