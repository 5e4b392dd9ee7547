package io.github.attn4j.bench.peer;

import io.github.attn4j.core.kernel.BackendException;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The module with the rivals' libraries, in a class loader of its own: none of its jars are on the
 * application's class path, so none of their dependencies can take the place of one of ours. Why it
 * is made this way: docs/decisions/0009-peers.md.
 */
public final class PeerModule {
  /** System property with the folder of the module's jars, which the launcher sets. */
  public static final String FOLDER_PROPERTY = "attn.peers";

  private final ClassLoader loader;

  private PeerModule(ClassLoader loader) {
    this.loader = loader;
  }

  /**
   * Finds the module.
   *
   * @throws BackendException.Unavailable saying what is missing and how to get it
   */
  public static PeerModule find() {
    return find(System.getProperty(FOLDER_PROPERTY));
  }

  static PeerModule find(@Nullable String folder) {
    if (folder == null) {
      throw new BackendException.Unavailable(
          "--peer needs the module bench/peers with its libraries, which are not part of the application;"
              + " from a checkout, './attn bench --peer ...' fetches them");
    }
    List<URL> jars = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(folder), "*.jar")) {
      for (Path jar : files) {
        jars.add(jar.toUri().toURL());
      }
    } catch (MalformedURLException e) {
      throw new IllegalStateException("a jar's path is no URL", e);
    } catch (IOException e) {
      throw missing(folder, e.toString());
    }
    if (jars.isEmpty()) {
      throw missing(folder, "it holds no jar");
    }
    return new PeerModule(
        new URLClassLoader("peers", jars.toArray(URL[]::new), PeerModule.class.getClassLoader()));
  }

  private static BackendException.Unavailable missing(String folder, String reason) {
    return new BackendException.Unavailable(
        "--peer finds no libraries in %s (%s); delete the folder and run './attn bench --peer ...' from the checkout"
            .formatted(folder, reason));
  }

  /**
   * Loads a rival and its native libraries.
   *
   * @throws BackendException.Unavailable if they cannot be loaded on this machine
   */
  public Peer load(PeerId id) {
    try {
      Peer peer =
          Class.forName(id.className(), true, loader)
              .asSubclass(Peer.class)
              .getDeclaredConstructor()
              .newInstance();
      return id.folded() ? new FoldedPeer(peer) : peer;
    } catch (ReflectiveOperationException | LinkageError e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      if (cause instanceof BackendException.Unavailable unavailable) {
        throw unavailable;
      }
      throw new BackendException.Unavailable(
          "%s cannot be loaded on %s %s: %s"
              .formatted(
                  id.id(), System.getProperty("os.name"), System.getProperty("os.arch"), cause));
    }
  }
}
