package io.github.attn4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A folder for what a process that this one starts reads, writes and leaves: gone when closed, and
 * where the user interrupts. A native library that such a process was unpacking when it was ended
 * is deleted by nobody else.
 */
public final class TemporaryFolder implements AutoCloseable {
  /** Longer than a process that was asked to end is waited for: it may still write. */
  private static final long PATIENCE_MILLIS = 5_000;

  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(TemporaryFolder::removeAll, "attn-temporary"));
  }

  private final Path path;

  private TemporaryFolder(Path path) {
    this.path = path;
  }

  /**
   * Makes one among the system's temporary files.
   *
   * @param prefix of its name
   * @throws UncheckedIOException if none can be made
   */
  public static TemporaryFolder create(String prefix) {
    try {
      Path path = Files.createTempDirectory(prefix);
      OPEN.add(path);
      return new TemporaryFolder(path);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot make a temporary folder in %s; name another with JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=DIR"
              .formatted(System.getProperty("java.io.tmpdir")),
          e);
    }
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** A file in it, which need not exist. */
  public Path file(String name) {
    return path.resolve(name);
  }

  /** Removes it with what is in it. */
  @Override
  public void close() {
    try {
      remove(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + path, e);
    } finally {
      OPEN.remove(path);
    }
  }

  /** Not by two at once: where the user interrupts, whoever had the folder may close it, too. */
  private static synchronized void remove(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> found = Files.walk(folder)) {
      files = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }

  /** As the process ends: those that it started and that use a folder end before it. */
  private static void removeAll() {
    if (OPEN.isEmpty()) {
      return;
    }
    long start = System.nanoTime();
    while (ProcessHandle.current().descendants().anyMatch(ProcessHandle::isAlive)
        && System.nanoTime() - start < PATIENCE_MILLIS * 1_000_000) {
      try {
        TimeUnit.MILLISECONDS.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    for (Path folder : OPEN) {
      try {
        remove(folder);
      } catch (IOException | UncheckedIOException e) {
        System.err.printf("cannot remove %s (%s): remove it by hand%n", folder, e);
      }
    }
  }
}
