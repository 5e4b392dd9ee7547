package io.github.attn4j.bench.ab;

import io.github.attn4j.core.kernel.BackendException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder in which worktrees and unpacked bundles stay, held by one process at a time: two that
 * check out, build or delete there would take each other's versions away. A process that is killed
 * gives it back, and what it left unfinished is deleted by the next one.
 */
final class VersionCache implements AutoCloseable {
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
  private static final Pattern DRAFT =
      Pattern.compile("\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  /** A lock is the whole process's: a second one of the same would not find it taken. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private VersionCache(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Takes the folder, and deletes what a process that was killed left half made.
   *
   * @param root the checkout whose worktrees lie there; null where there is none
   * @throws UncheckedIOException naming the process that holds it, or why it cannot be written
   */
  static VersionCache open(Path folder, @Nullable Path root) {
    Path owner = folder.resolve("owner");
    boolean held = false;
    try {
      Files.createDirectories(folder);
      if (!HELD.add(folder)) {
        held = true; // by someone else
        throw taken(folder, owner);
      }
      FileChannel channel =
          FileChannel.open(
              folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        channel.close();
        throw taken(folder, owner);
      }
      Files.writeString(
          owner,
          "process %d, since %s"
              .formatted(
                  ProcessHandle.current().pid(), Instant.now().truncatedTo(ChronoUnit.SECONDS)));
      VersionCache cache = new VersionCache(folder, channel);
      cache.deleteLeftovers(root);
      held = true;
      return cache;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot use %s (%s): choose another --cache".formatted(folder, e), e);
    } finally {
      if (!held) {
        HELD.remove(folder);
      }
    }
  }

  private static UncheckedIOException taken(Path folder, Path owner) throws IOException {
    String who = Files.exists(owner) ? Files.readString(owner) : "another process";
    String message =
        "another ./attn ab works in %s (%s): wait for its end, or choose another --cache"
            .formatted(folder, who);
    return new UncheckedIOException(message, new IOException(message));
  }

  private void deleteLeftovers(@Nullable Path root) throws IOException {
    List<Path> entries;
    try (Stream<Path> all = Files.list(folder)) {
      entries = all.filter(entry -> Files.isDirectory(entry)).toList();
    }
    for (Path entry : entries) {
      String name = entry.getFileName().toString();
      if (DRAFT.matcher(name).matches()) {
        delete(entry);
      } else if (root != null && COMMIT.matcher(name).matches() && !Files.exists(mark(name))) {
        // Half made or half deleted, perhaps without its .git by now.
        discard(root, entry);
      }
    }
  }

  /** Where it says that a commit's worktree is whole. */
  private Path mark(String commit) {
    return folder.resolve(commit + ".whole");
  }

  private static boolean isWorktree(Path folder) {
    return Files.isRegularFile(folder.resolve(".git"));
  }

  /**
   * A commit's worktree, as committed but for what git ignores there, such as its build.
   *
   * @throws BackendException.Unavailable if git refuses
   */
  Path worktree(Path root, String commit) {
    Path target = folder.resolve(commit);
    try {
      // Without its own .git, git would take the checkout around the cache for it.
      boolean whole =
          isWorktree(target)
              && Files.exists(mark(commit))
              && Programs.output(target, Programs.git("rev-parse", "HEAD"))
                  .filter(commit::equals)
                  .isPresent()
              && Programs.output(
                      target, Programs.git("checkout", "--force", "--detach", "--quiet", commit))
                  .isPresent()
              // What a build left where git ignores it stays.
              && Programs.output(target, Programs.git("clean", "-ffdq")).isPresent();
      if (!whole) {
        if (isWorktree(target)) {
          Files.deleteIfExists(mark(commit));
          discard(root, target);
        } else if (!Files.exists(target)) {
          Files.deleteIfExists(mark(commit));
        }
        // Forced: where the folder was deleted by hand, git still remembers it; twice: where git
        // itself was killed, as locked.
        Programs.require(
            root,
            Programs.git(
                "worktree", "add", "--force", "--force", "--detach", target.toString(), commit));
        Files.writeString(mark(commit), "");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write to %s (%s): choose another --cache".formatted(folder, e), e);
    }
    return target;
  }

  /** Deleted first: of one that is half made, git would not; and then forgotten, though locked. */
  private static void discard(Path root, Path worktree) throws IOException {
    delete(worktree);
    var _ =
        Programs.output(
            root, Programs.git("worktree", "remove", "--force", "--force", worktree.toString()));
  }

  /** A tarball's content, in a folder of that name; unpacked once. */
  Path unpacked(Path tarball, String name) {
    Path target = folder.resolve(name);
    try {
      if (!Files.isDirectory(target)) {
        Path draft = Files.createDirectory(folder.resolve("." + UUID.randomUUID()));
        Programs.require(folder, "tar", "-xzf", tarball.toString(), "-C", draft.toString());
        Files.move(draft, target);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack %s (%s)".formatted(tarball, e), e);
    }
    return target;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Gives the folder back. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(folder.resolve("owner"));
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot give back %s (%s)".formatted(folder, e), e);
    } finally {
      HELD.remove(folder);
    }
  }
}
