package io.github.attn4j.bench.ab;

import io.github.attn4j.bench.TemporaryFolder;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.JsonReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A process of a version's launcher under way, with all that it starts, and what it leaves in a
 * folder of its own.
 */
final class TrialProcess implements AutoCloseable {
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

  private final Path folder;
  private final Process process;
  private final ProcessTree tree;
  private final Thread onInterrupt;

  private TrialProcess(Path folder, Process process) {
    this.folder = folder;
    this.process = process;
    this.tree = new ProcessTree(process);
    // An interruption may end the launcher before what it started is found through it.
    this.onInterrupt = new Thread(tree::end, "attn-ab-end");
    try {
      Runtime.getRuntime().addShutdownHook(onInterrupt);
    } catch (IllegalStateException e) {
      tree.end(); // this process is ending, and nobody would end the other one
      throw e;
    }
  }

  /**
   * Starts one.
   *
   * @param folder that is there and stays until this is closed
   * @param mayBuild whether the version may build itself first
   */
  static TrialProcess start(Version version, List<String> arguments, Path folder, boolean mayBuild)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(version.launcher().toString()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(LOG).toFile());
    prepare(builder.environment(), mayBuild);
    return new TrialProcess(folder, builder.start());
  }

  /** Takes out of a process's environment what the user's says of building, git and colours. */
  static void prepare(Map<String, String> environment, boolean mayBuild) {
    // Set inside a git hook, they would name another repository.
    environment.keySet().removeIf(name -> name.startsWith("GIT_"));
    environment.put("NO_COLOR", "1"); // its words are read and kept, whatever the user's terminal
    if (mayBuild) {
      environment.remove(NO_BUILD);
    } else {
      environment.put(NO_BUILD, "1");
    }
  }

  /**
   * How a process ended.
   *
   * @param exitCode its own, or {@link #TOO_LONG}
   * @param seconds that it took
   * @param report what it left; null where it left none
   * @param output what it printed
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

    /** Whether a signal ended it, whosever it was. */
    boolean wasKilled() {
      return exitCode > 128;
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
              : wasKilled()
                  ? "its process ended with exit code %d (signal %d)"
                      .formatted(exitCode, exitCode - 128)
                  : "its process ended with exit code " + exitCode;
      return output.isEmpty() ? how : how + "; its last words:\n" + tail(output);
    }
  }

  /** It and what it started. */
  ProcessTree tree() {
    return tree;
  }

  /** Ends it where it runs, and all that it started. */
  @Override
  public void close() {
    tree.end();
    try {
      Runtime.getRuntime().removeShutdownHook(onInterrupt);
    } catch (IllegalStateException e) {
      // The process is ending, and the hook does its work.
    }
  }

  /**
   * What it left, once it has ended or been ended.
   *
   * @param ofItself whether it had ended by itself
   * @param seconds that it took
   * @throws UncheckedIOException naming the report, if that cannot be read
   */
  Ended left(boolean ofItself, double seconds) throws IOException {
    String output =
        new String(Files.readAllBytes(folder.resolve(LOG)), StandardCharsets.UTF_8).strip();
    Matcher build = BUILD.matcher(output);
    Path report = folder.resolve(Protocol.REPORT);
    return new Ended(
        ofItself ? process.exitValue() : TOO_LONG,
        seconds,
        Files.exists(report) ? JsonReport.readBench(report) : null,
        output,
        build.find() ? build.group(1) : null);
  }

  private static String tail(String output) {
    List<String> lines = output.lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
  }

  /** A folder for what either protocol leaves. */
  static TemporaryFolder folder() {
    return TemporaryFolder.create("attn-ab-");
  }
}
