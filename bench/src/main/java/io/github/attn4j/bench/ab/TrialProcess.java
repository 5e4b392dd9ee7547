package io.github.attn4j.bench.ab;

import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.JsonReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Starts a version's launcher, waits for it, and reads what it leaves. */
final class TrialProcess {
  private static final int TAIL_LINES = 12;
  private static final String LOG = "log.txt";
  private static final int SIGHUP = 1;
  private static final int SIGINT = 2;
  private static final int SIGTERM = 15;

  /** Has a launcher run what was built, and never build: what was prepared is what is measured. */
  private static final String NO_BUILD = "ATTN_NO_BUILD";

  /** What a trial prints of its build. */
  private static final Pattern BUILD = Pattern.compile("(?m)^build ([0-9a-f]{64})$");

  /** What a process that was ended has instead of an exit code of its own. */
  static final int TOO_LONG = -1;

  /** The exit code where a kernel never ended. */
  static final int WATCHDOG = 7;

  private final double limitSeconds;

  /** Of processes that may take so long. */
  TrialProcess(double limitSeconds) {
    this.limitSeconds = limitSeconds;
  }

  /**
   * How a process ended.
   *
   * @param exitCode its own, or {@link #TOO_LONG}
   * @param seconds that it took
   * @param report what it left; null where it left none
   * @param output the last lines that it printed
   * @param build what it says of the build that ran; null where it says nothing
   */
  record Ended(
      int exitCode,
      double seconds,
      @Nullable BenchReport report,
      String output,
      @Nullable String build) {
    /** Whether a signal ended it that also ends a terminal's other processes. */
    boolean wasInterrupted() {
      return exitCode == 128 + SIGHUP || exitCode == 128 + SIGINT || exitCode == 128 + SIGTERM;
    }

    /** Whether there is a result, right or wrong, for each cell. */
    boolean complete() {
      return report != null && report.complete();
    }

    /** Whether it reached its end with that: a watchdog's report leaves later cells out. */
    boolean finished() {
      return complete() && exitCode != WATCHDOG;
    }

    /** How it ended, in words. */
    String words() {
      String how =
          exitCode == TOO_LONG
              ? "it was ended after %.0f s (--trial-limit)".formatted(seconds)
              : exitCode > 128
                  ? "its process ended with exit code %d (signal %d)"
                      .formatted(exitCode, exitCode - 128)
                  : "its process ended with exit code " + exitCode;
      return output.isEmpty() ? how : how + "; its last words:\n" + output;
    }
  }

  /**
   * Runs a command of a version that leaves no report.
   *
   * @param mayBuild whether the version may build itself first
   */
  Ended run(Version version, List<String> arguments, boolean mayBuild) {
    return inFolder(folder -> ended(version, arguments, folder, mayBuild));
  }

  /**
   * Runs a trial.
   *
   * @throws UncheckedIOException naming the version, if its report cannot be read
   */
  Ended trial(
      Version version, Protocol protocol, List<String> cells, double seconds, long orderSeed) {
    return inFolder(folder -> {
      Ended ended =
          ended(version, protocol.arguments(cells, seconds, orderSeed, folder), folder, false);
      Path report = folder.resolve(Protocol.REPORT);
      return Files.exists(report)
          ? new Ended(
              ended.exitCode(),
              ended.seconds(),
              JsonReport.readBench(report),
              ended.output(),
              ended.build())
          : ended;
    });
  }

  /** What either protocol may leave in its folder. */
  private static final List<String> FILES =
      List.of(LOG, Protocol.REPORT, "report.html", "jmh.json");

  /** Done in a folder that is gone afterwards. */
  private interface InFolder {
    Ended apply(Path folder) throws IOException;
  }

  private static Ended inFolder(InFolder work) {
    try {
      Path folder = Files.createTempDirectory("attn-ab-");
      // Where the user interrupts, nothing below runs; deleted in the reverse order.
      folder.toFile().deleteOnExit();
      FILES.forEach(name -> folder.resolve(name).toFile().deleteOnExit());
      try {
        return work.apply(folder);
      } finally {
        try (Stream<Path> files = Files.walk(folder)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.deleteIfExists(file);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run a trial (%s)".formatted(e), e);
    }
  }

  private Ended ended(Version version, List<String> arguments, Path folder, boolean mayBuild)
      throws IOException {
    Path log = folder.resolve(LOG);
    List<String> command = new ArrayList<>(List.of(version.launcher().toString()));
    command.addAll(arguments);
    long start = System.nanoTime();
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    prepare(builder.environment(), mayBuild);
    Process process = builder.start();
    ProcessTree tree = new ProcessTree(process);
    // An interruption may end the launcher before what it started is found through it.
    Thread onInterrupt = new Thread(tree::end, "attn-ab-end");
    Runtime.getRuntime().addShutdownHook(onInterrupt);
    int exitCode = TOO_LONG;
    double seconds = Double.NaN;
    try {
      if (tree.waitFor(limitSeconds)) {
        exitCode = process.exitValue();
      }
      seconds = (System.nanoTime() - start) / 1e9;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      tree.end();
      forget(onInterrupt);
    }
    String output = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip();
    Matcher build = BUILD.matcher(output);
    return new Ended(exitCode, seconds, null, tail(output), build.find() ? build.group(1) : null);
  }

  /** Leaves out of a process's environment what the user's says of building and of git. */
  static void prepare(Map<String, String> environment, boolean mayBuild) {
    // Set inside a git hook, they would name another repository.
    environment.keySet().removeIf(name -> name.startsWith("GIT_"));
    if (mayBuild) {
      environment.remove(NO_BUILD);
    } else {
      environment.put(NO_BUILD, "1");
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending, and the hook does its work.
    }
  }

  private static String tail(String output) {
    List<String> lines = output.lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
  }
}
