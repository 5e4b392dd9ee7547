package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * A command line in a process of its own, with a temporary folder of its own: for faults that end
 * the process, and for what it leaves behind.
 */
final class ChildJvm implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 300; // of a machine with much to do

  private final Path folder;
  private final Process process;
  private final Set<ProcessHandle> children = new HashSet<>();

  /** What a child is started with beside its main class. */
  record Settings(List<Path> classPathFirst, Map<String, String> environment) {
    static final Settings NONE = new Settings(List.of(), Map.of());
  }

  private ChildJvm(Path folder, Process process) {
    this.folder = folder;
    this.process = process;
  }

  static ChildJvm faulty(Path folder, String... arguments) throws IOException {
    return start(folder, Settings.NONE, FaultyMain.class, arguments);
  }

  static ChildJvm attn(Path folder, String... arguments) throws IOException {
    return start(folder, Settings.NONE, AttnCommand.class, arguments);
  }

  /**
   * Starts one, in a session of its own and with the usual answer to an interruption, which a child
   * of a build in the background does not have.
   */
  static ChildJvm start(Path folder, Settings settings, Class<?> main, String... arguments)
      throws IOException {
    Path temporary = Files.createDirectories(folder.resolve("temporary"));
    List<String> classPath =
        new ArrayList<>(settings.classPathFirst().stream().map(Path::toString).toList());
    classPath.add(System.getProperty("java.class.path"));
    List<String> command =
        new ArrayList<>(
            List.of(
                "setsid",
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "--enable-native-access=ALL-UNNAMED",
                "--add-modules=jdk.incubator.vector",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                String.join(File.pathSeparator, classPath),
                main.getName()));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(folder.resolve("out.txt").toFile())
            .redirectError(folder.resolve("err.txt").toFile());
    builder.environment().putAll(settings.environment());
    return new ChildJvm(folder, builder.start());
  }

  String out() throws IOException {
    return Files.readString(folder.resolve("out.txt"));
  }

  String err() throws IOException {
    return Files.readString(folder.resolve("err.txt"));
  }

  /** Waits until it says something, on either stream. */
  void awaitWord(String word) {
    await(
        "the word '" + word + "'",
        () -> {
          try {
            return out().contains(word) || err().contains(word);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
  }

  /** Waits until it has started as many measuring JVMs as that, and the last one works. */
  void awaitForks(int count) {
    // JMH asks a JVM what it is before it starts one that measures.
    awaitProcesses(count, "org.openjdk.jmh.runner.ForkedMain");
  }

  /** The same of processes that run a class. */
  void awaitProcesses(int count, String main) {
    await(
        count + " processes of " + main,
        () -> {
          process.descendants().filter(one -> runs(one, main)).forEach(children::add);
          return children.size() >= count;
        });
    sleep(1_500); // it opens its device and begins
  }

  private static boolean runs(ProcessHandle process, String main) {
    try {
      return Files.readString(Path.of("/proc", String.valueOf(process.pid()), "cmdline"))
          .contains(main);
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  private void await(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (!process.isAlive() || System.nanoTime() - start > PATIENCE_SECONDS * 1_000_000_000L) {
        throw new AssertionError("waited in vain for %s in %s".formatted(what, folder));
      }
      sleep(20);
    }
  }

  static void sleep(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Ctrl-C as a terminal passes it on: to the process and to those that it started. */
  void interruptAll() throws Exception {
    signal("-" + process.pid());
  }

  /** Ctrl-C as another process may send it: to this one alone. */
  void interruptAlone() throws Exception {
    signal(String.valueOf(process.pid()));
  }

  private static void signal(String whom) throws Exception {
    assertThat(new ProcessBuilder("kill", "-INT", "--", whom).start().waitFor()).isZero();
  }

  /** Waits for its end. */
  int exitCode() throws Exception {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("no end within %d s: %s".formatted(PATIENCE_SECONDS, out() + err()));
    }
    return process.exitValue();
  }

  /** After its end: none of its own processes lives, and its temporary folder is as before. */
  void requireNothingLeft() throws IOException {
    long start = System.nanoTime();
    while (children.stream().anyMatch(ProcessHandle::isAlive)
        && System.nanoTime() - start < 1_000_000_000L) {
      sleep(20); // a process that was killed is gone a moment later
    }
    assertThat(children).noneMatch(ProcessHandle::isAlive);
    try (Stream<Path> left = Files.list(folder.resolve("temporary"))) {
      assertThat(left).isEmpty();
    }
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
