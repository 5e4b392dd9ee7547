package io.github.attn4j.core.report;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where and how a run took place: what it takes to repeat it.
 *
 * @param tool always attn4j
 * @param version of the build
 * @param gitCommit commit of the checkout that the suite was built in, or "unknown"
 * @param gitDirty whether the checkout had uncommitted changes, for a packed copy when it was
 *     packed
 * @param os name, version and architecture
 * @param cpu model name, or the architecture where it cannot be read
 * @param cores processors the JVM may use
 * @param jdk vendor and version
 * @param devices every device that was there
 * @param startedAt ISO-8601, UTC
 * @param commandLine what repeats the run
 * @param seed of all inputs
 */
public record Environment(
    String tool,
    String version,
    String gitCommit,
    boolean gitDirty,
    String os,
    String cpu,
    int cores,
    String jdk,
    List<DeviceInfo> devices,
    String startedAt,
    String commandLine,
    long seed) {
  /**
   * System property with the folder that the suite was built in, or that a packed copy of it was
   * unpacked to. The launcher sets it: the folder that a user happens to be in may be a checkout of
   * something else.
   */
  public static final String ROOT_PROPERTY = "attn.root";

  /**
   * File in a packed copy's folder, where there is no git to ask: properties {@code commit} and
   * {@code dirty} of the checkout that it was made in.
   */
  public static final String BUILT_FROM_FILE = "built-from.properties";

  private static final String UNKNOWN = "unknown";

  /** Copies the list. */
  public Environment {
    devices = List.copyOf(devices);
  }

  /** Reads what this machine tells. */
  public static Environment capture(List<DeviceInfo> devices, String commandLine, long seed) {
    String version = Environment.class.getPackage().getImplementationVersion();
    Source source = source();
    return new Environment(
        "attn4j",
        version == null ? "dev" : version,
        source.commit(),
        source.dirty(),
        "%s %s %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")),
        processor(),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.vendor") + " " + Runtime.version(),
        devices,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        commandLine,
        seed);
  }

  /** What the suite was built from. */
  private record Source(String commit, boolean dirty) {}

  private static Source source() {
    Path root = checkout();
    if (root != null) {
      String status = git(root, "status", "--porcelain");
      return new Source(
          git(root, "rev-parse", "HEAD"), !status.equals(UNKNOWN) && !status.isEmpty());
    }
    String folder = System.getProperty(ROOT_PROPERTY);
    if (folder != null) {
      Properties builtFrom = new Properties();
      try (Reader reader = Files.newBufferedReader(Path.of(folder, BUILT_FROM_FILE))) {
        builtFrom.load(reader);
      } catch (IOException e) {
        // Neither a checkout nor a packed copy: nobody knows.
      }
      return new Source(
          builtFrom.getProperty("commit", UNKNOWN),
          Boolean.parseBoolean(builtFrom.getProperty("dirty")));
    }
    return new Source(UNKNOWN, false);
  }

  private static String processor() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
        if (line.startsWith("model name")) {
          return line.substring(line.indexOf(':') + 1).strip();
        }
      }
    } catch (IOException e) {
      // Not Linux: the architecture has to do.
    }
    return System.getProperty("os.arch", UNKNOWN);
  }

  /** The suite's folder if it is a checkout's root; a folder inside another project's is none. */
  private static @Nullable Path checkout() {
    String folder = System.getProperty(ROOT_PROPERTY);
    if (folder == null || !Files.isDirectory(Path.of(folder))) {
      return null;
    }
    Path root = Path.of(folder);
    String top = git(root, "rev-parse", "--show-toplevel");
    try {
      return !top.equals(UNKNOWN) && Files.isSameFile(root, Path.of(top)) ? root : null;
    } catch (IOException e) {
      return null;
    }
  }

  /**
   * What git prints, or "unknown" where there is no git or no checkout: a packaged suite runs
   * without either.
   */
  private static String git(Path folder, String... arguments) {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    // Set inside a git hook, they would name another repository.
    builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
    try {
      Process process = builder.start();
      String text =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      boolean ended = process.waitFor(5, TimeUnit.SECONDS);
      return ended && process.exitValue() == 0 ? text : UNKNOWN;
    } catch (IOException e) {
      return UNKNOWN;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return UNKNOWN;
    }
  }
}
