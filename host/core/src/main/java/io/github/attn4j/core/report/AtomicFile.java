package io.github.attn4j.core.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Writes a file whole or not at all, so that a report is never half of one. */
public final class AtomicFile {
  private AtomicFile() {}

  /**
   * Writes a text as UTF-8; makes the folders above it.
   *
   * @throws UncheckedIOException naming the file, if it cannot be written
   */
  public static void write(Path file, String text) {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    try {
      if (folder == null || Files.isDirectory(target)) {
        throw new IOException("it is a folder");
      }
      Files.createDirectories(folder);
      if (Files.isSymbolicLink(target) || (Files.exists(target) && !Files.isRegularFile(target))) {
        // A pipe or /dev/stdout takes text, but must not be replaced by a file.
        Files.writeString(target, text);
        return;
      }
      // Not createTempFile, whose files only their owner may read: a report is there to be shared.
      Path temporary = folder.resolve("." + target.getFileName() + "." + UUID.randomUUID());
      temporary.toFile().deleteOnExit(); // where the user interrupts in the midst of it
      try {
        Files.writeString(temporary, text, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        // Not REPLACE_EXISTING, which removes the old file first: for a moment there would be none.
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw refused(file, e);
    }
  }

  /**
   * Adds a text, as UTF-8, to the end of a file that others write to as well; makes the file and
   * the folders above it.
   *
   * @throws UncheckedIOException naming the file, if it cannot be written
   */
  public static void append(Path file, String text) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw refused(file, e);
    }
  }

  /**
   * Finds out before a run whether what comes of it can be written; makes the folders above the
   * file, and leaves the file as it is.
   *
   * @throws UncheckedIOException naming the file, if it cannot be written
   */
  public static void requireWritable(Path file) {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    try {
      if (folder == null || Files.isDirectory(target)) {
        throw new IOException("it is a folder");
      }
      Files.createDirectories(folder);
      if (!Files.exists(target) || Files.isRegularFile(target)) {
        Files.delete(Files.createTempFile(folder, "." + target.getFileName() + ".", ".probe"));
      }
    } catch (IOException e) {
      throw refused(file, e);
    }
  }

  /**
   * The same for {@link #append}: opens the file for it, and takes away what that made. The file
   * may be writable where its folder is not, and the other way round.
   *
   * @throws UncheckedIOException naming the file, if nothing can be added to it
   */
  public static void requireAppendable(Path file) {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    try {
      if (folder == null || Files.isDirectory(target)) {
        throw new IOException("it is a folder");
      }
      Files.createDirectories(folder);
      boolean absent = Files.notExists(target, LinkOption.NOFOLLOW_LINKS);
      if (Files.notExists(target) || Files.isRegularFile(target)) {
        // Nothing is added, and a pipe, which would wait for its reader, is not opened.
        Files.write(target, new byte[0], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
      if (absent) {
        Files.deleteIfExists(target);
      }
    } catch (IOException e) {
      throw refused(file, e);
    }
  }

  private static UncheckedIOException refused(Path file, IOException e) {
    return new UncheckedIOException(
        "cannot write %s (%s): choose a file in a folder that can be written".formatted(file, e),
        e);
  }
}
