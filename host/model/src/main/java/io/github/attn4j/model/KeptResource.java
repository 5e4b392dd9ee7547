package io.github.attn4j.model;

import io.github.attn4j.core.input.CacheFolder;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A large resource of a jar that is inflated once and kept in the user's cache folder: the model's
 * 90 MB take longer to inflate than a sentence takes on its whole way through the model.
 *
 * <p>The kept file goes by the resource's name, CRC-32 and size, as the jar's directory has them,
 * and is held against both whenever it is opened: a torn or edited one is made anew. Where none can
 * be kept, or the resource is in no jar, it comes from where it is, at the cost of its time and,
 * for a folder that cannot be written, of a word on standard error.
 */
final class KeptResource {
  private static final int PIECE_BYTES = 1 << 20;

  private KeptResource() {}

  /**
   * Opens a resource.
   *
   * @throws ModelLoadException if it is missing, or what its jar holds is not what the jar says
   * @throws IOException if it cannot be read
   */
  static InputStream open(ClassLoader resources, String name) throws IOException {
    return open(resources, name, CacheFolder.of("model"));
  }

  /** The same with another folder. */
  static InputStream open(ClassLoader resources, String name, Path folder) throws IOException {
    ModelCapture.open(resources, name).close(); // throws where there is none
    URL place = resources.getResource(name);
    if (place != null && place.openConnection() instanceof JarURLConnection connection) {
      connection.setUseCaches(false); // otherwise nobody may close the jar
      try (JarFile jar = connection.getJarFile()) {
        FileChannel kept = kept(jar, connection.getJarEntry(), folder);
        if (kept != null) {
          return Channels.newInputStream(kept);
        }
      }
    }
    return ModelCapture.open(resources, name);
  }

  private static @Nullable FileChannel kept(JarFile jar, @Nullable JarEntry entry, Path folder) {
    if (entry == null || entry.getCrc() < 0 || entry.getSize() < 0) {
      return null;
    }
    Content content = new Content(entry.getCrc(), entry.getSize());
    Path file =
        folder.resolve(
            "%s-%08x-%d".formatted(entry.getName(), content.checksum(), content.bytes()));
    FileChannel kept = whole(file, content);
    return kept == null && keep(jar, entry, file, content) ? whole(file, content) : kept;
  }

  /** By which contents are told apart, as the jar has it. */
  private record Content(long checksum, long bytes) {}

  /** The file from its beginning, if it is there and whole. */
  private static @Nullable FileChannel whole(Path file, Content content) {
    if (!Files.isRegularFile(file)) {
      return null;
    }
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      boolean whole = false;
      try {
        whole = channel.size() == content.bytes() && checksum(channel) == content.checksum();
        if (whole) {
          return channel.position(0);
        }
      } finally {
        if (!whole) {
          channel.close();
        }
      }
      System.err.printf("attn: the unpacked %s is damaged; unpacking it anew%n", file);
    } catch (IOException e) {
      System.err.printf(
          "attn: cannot read the unpacked %s (%s); unpacking it anew%n", file, e.getMessage());
    }
    return null;
  }

  private static long checksum(FileChannel channel) throws IOException {
    CRC32 checksum = new CRC32();
    ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES);
    while (channel.read(piece) >= 0) {
      checksum.update(piece.flip());
      piece.clear();
    }
    return checksum.getValue();
  }

  /** Unpacks; readers of the file see all of it or nothing. */
  private static boolean keep(JarFile jar, JarEntry entry, Path file, Content content) {
    Path folder = file.toAbsolutePath().getParent();
    try (InputStream packed = jar.getInputStream(entry)) {
      if (folder == null) {
        throw new IOException("it has no folder");
      }
      Files.createDirectories(folder);
      Path temporary = Files.createTempFile(folder, "new-", ".tmp");
      temporary.toFile().deleteOnExit(); // where the user interrupts in the midst of it
      try {
        CheckedInputStream checked = new CheckedInputStream(packed, new CRC32());
        long bytes = Files.copy(checked, temporary, StandardCopyOption.REPLACE_EXISTING);
        if (!content.equals(new Content(checked.getChecksum().getValue(), bytes))) {
          throw new ModelLoadException(
              "%s in %s is not what the jar says of it: fetch the jar again"
                  .formatted(entry.getName(), jar.getName()));
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        return true;
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      System.err.printf(
          "attn: cannot keep the unpacked model in %s (%s); every run will unpack it. Set"
              + " ATTN_CACHE_DIR to a folder that can be written.%n",
          folder, e);
      return false;
    }
  }
}
