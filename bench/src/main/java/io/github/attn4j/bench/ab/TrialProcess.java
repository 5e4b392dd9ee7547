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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Starts a version's launcher, waits for it, and reads what it leaves. */
final class TrialProcess {
  private static final int TAIL_LINES = 12;

  /** What a process that was ended has instead of an exit code of its own. */
  static final int TOO_LONG = -1;

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
   */
  record Ended(int exitCode, double seconds, @Nullable BenchReport report, String output) {
    /** Whether there is a result, right or wrong, for each cell. */
    boolean complete() {
      return report != null && report.complete();
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

  /** Runs a command of a version that leaves no report. */
  Ended run(Version version, List<String> arguments) {
    return inFolder(folder -> ended(version, arguments, folder));
  }

  /**
   * Runs a trial.
   *
   * @throws UncheckedIOException naming the version, if its report cannot be read
   */
  Ended trial(
      Version version, Protocol protocol, List<String> cells, double seconds, long orderSeed) {
    return inFolder(folder -> {
      Ended ended = ended(version, protocol.arguments(cells, seconds, orderSeed, folder), folder);
      Path report = folder.resolve(Protocol.REPORT);
      return Files.exists(report)
          ? new Ended(
              ended.exitCode(), ended.seconds(), JsonReport.readBench(report), ended.output())
          : ended;
    });
  }

  /** Done in a folder that is gone afterwards. */
  private interface InFolder {
    Ended apply(Path folder) throws IOException;
  }

  private static Ended inFolder(InFolder work) {
    try {
      Path folder = Files.createTempDirectory("attn-ab-");
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

  private Ended ended(Version version, List<String> arguments, Path folder) throws IOException {
    Path log = folder.resolve("log.txt");
    List<String> command = new ArrayList<>(List.of(version.launcher().toString()));
    command.addAll(arguments);
    long start = System.nanoTime();
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    // Set inside a git hook, they would name another repository.
    builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
    Process process = builder.start();
    int exitCode = TOO_LONG;
    try {
      if (process.waitFor((long) (limitSeconds * 1e3), TimeUnit.MILLISECONDS)) {
        exitCode = process.exitValue();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      // Processes that a launcher leaves behind would run beside the next trial.
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return new Ended(exitCode, (System.nanoTime() - start) / 1e9, null, tail(log));
  }

  private static String tail(Path log) throws IOException {
    List<String> lines =
        new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
  }
}
