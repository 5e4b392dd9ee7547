package io.github.attn4j.bench.ab;

import io.github.attn4j.core.kernel.BackendException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds versions by what the user wrote: a folder with {@code ./attn} in it, a tarball of {@code
 * ./attn bundle}, or a revision of the checkout's git, which gets a worktree of its own. Worktrees
 * and unpacked bundles stay in a cache, by commit and by checksum: the launcher builds a worktree
 * at its first start, with the project's own Maven build, and no second time. From the first
 * version that lies there until this is closed the cache belongs to this process alone.
 */
public final class VersionSource implements AutoCloseable {
  private static final int KEY_DIGITS = 12;

  private final @Nullable Path root;
  private final Path cache;
  private @Nullable VersionCache held;

  /**
   * Looks nowhere yet.
   *
   * @param root the checkout whose revisions are meant; null where there is none, as in a bundle
   * @param cache folder of worktrees and unpacked bundles
   */
  public VersionSource(@Nullable Path root, Path cache) {
    this.root = root;
    this.cache = cache.toAbsolutePath().normalize();
  }

  /** A version found, but perhaps not laid out yet. */
  public sealed interface Found {
    /** What it is and where it will lie. */
    String plan();
  }

  /** It lies there. */
  private record Folder(Version version) implements Found {
    @Override
    public String plan() {
      return version.origin();
    }
  }

  /** To be unpacked. */
  private record Packed(String name, Path tarball, Path target) implements Found {
    @Override
    public String plan() {
      return "bundle %s, unpacked to %s".formatted(tarball, target);
    }
  }

  /** To be checked out. */
  private record Revision(String name, Path root, String commit, Path target) implements Found {
    @Override
    public String plan() {
      return "commit %s of %s, built by its own ./attn in the worktree %s"
          .formatted(commit, root, target);
    }
  }

  /**
   * Finds out what a name stands for, and changes nothing.
   *
   * @throws IllegalArgumentException naming what it is not
   */
  public Found find(String name) {
    Path path = path(name);
    if (path != null && Files.isRegularFile(path.resolve(Version.LAUNCHER))) {
      Path folder = path.toAbsolutePath().normalize();
      if (!Files.isExecutable(folder.resolve(Version.LAUNCHER))) {
        throw new IllegalArgumentException(
            "'%s': %s may not be executed; chmod +x helps"
                .formatted(name, folder.resolve(Version.LAUNCHER)));
      }
      return new Folder(new Version(name, folder, "folder " + folder));
    }
    if (path != null
        && Files.isRegularFile(path)
        && (name.endsWith(".tar.gz") || name.endsWith(".tgz"))) {
      return new Packed(name, path.toAbsolutePath(), cache.resolve("bundle-" + checksum(path)));
    }
    Optional<String> commit =
        root == null || name.startsWith("-")
            ? Optional.empty()
            : Programs.output(
                root, Programs.git("rev-parse", "--verify", "--quiet", name + "^{commit}"));
    if (root == null || commit.isEmpty()) {
      throw new IllegalArgumentException(
          "'%s' is no folder with ./attn in it, no .tar.gz of ./attn bundle and no revision of %s; name one of these"
              .formatted(name, root == null ? "a checkout, for this is none" : root));
    }
    return new Revision(name, root, commit.get(), cache.resolve(commit.get()));
  }

  private static @Nullable Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      return null; // a revision such as HEAD^{/fix} may be no path on some system
    }
  }

  /**
   * Lays a version out where it is not yet; builds nothing.
   *
   * @throws BackendException.Unavailable if git or tar refuses
   * @throws UncheckedIOException if the cache cannot be written, or another process uses it
   */
  public Version lay(Found found) {
    return switch (found) {
      case Folder folder -> folder.version();
      case Packed packed -> unpacked(packed);
      case Revision revision -> checkedOut(revision);
    };
  }

  private Version checkedOut(Revision revision) {
    Path target = cache().worktree(revision.root(), revision.commit());
    if (!Files.isExecutable(target.resolve(Version.LAUNCHER))) {
      throw new IllegalArgumentException(
          "'%s': commit %s has no ./attn that could run it"
              .formatted(revision.name(), revision.commit()));
    }
    return new Version(revision.name(), target, revision.plan());
  }

  private Version unpacked(Packed packed) {
    Path target = cache().unpacked(packed.tarball(), packed.target().getFileName().toString());
    try (Stream<Path> folders = Files.list(target)) {
      Path folder =
          folders
              .filter(one -> Files.isExecutable(one.resolve(Version.LAUNCHER)))
              .findFirst()
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "'%s' holds no folder with ./attn: it is no bundle (unpacked: %s)"
                          .formatted(packed.name(), target)));
      return new Version(packed.name(), folder, packed.plan());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s (%s)".formatted(target, e), e);
    }
  }

  /** Taken when the first version needs it: folders are run where they lie. */
  private VersionCache cache() {
    VersionCache taken = held;
    if (taken == null) {
      taken = VersionCache.open(cache, root);
      held = taken;
    }
    return taken;
  }

  /** Gives the cache back. */
  @Override
  public void close() {
    if (held != null) {
      held.close();
    }
  }

  private static String checksum(Path file) {
    try (InputStream in = Files.newInputStream(file);
        DigestInputStream digest =
            new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
      var _ = digest.transferTo(java.io.OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digest.getMessageDigest().digest()).substring(0, KEY_DIGITS);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s (%s)".formatted(file, e), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
