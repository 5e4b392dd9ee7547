package io.github.attn4j.core.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes a file whole or not at all, so that a report is never half of one. */
final class AtomicFile {
  private AtomicFile() {}

  static void write(Path file, String text) {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    try {
      if (folder == null) {
        throw new IOException("it is a root folder");
      }
      Files.createDirectories(folder);
      Path temporary = Files.createTempFile(folder, "attn-", ".tmp");
      try {
        Files.writeString(temporary, text, StandardCharsets.UTF_8);
        Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write %s (%s): choose a folder that can be written".formatted(file, e), e);
    }
  }
}
