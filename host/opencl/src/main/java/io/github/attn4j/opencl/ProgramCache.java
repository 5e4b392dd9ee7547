package io.github.attn4j.opencl;

import io.github.attn4j.core.input.CacheFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Compiled programs on disk. An entry's name is a digest of everything that decides what the
 * compiler produces; its content carries a digest of itself, so that a torn or edited entry is
 * found and rebuilt, never trusted. A cache that cannot be read or written costs time and a word on
 * standard error, not the run.
 */
final class ProgramCache {
  private static final byte[] MAGIC = "attn4j-program-1".getBytes(StandardCharsets.US_ASCII);
  private static final int DIGEST_BYTES = 32;

  private final Path folder;
  private boolean writeFailureReported;

  ProgramCache(Path folder) {
    this.folder = folder;
  }

  /** The user's. */
  static Path defaultFolder() {
    return CacheFolder.of("programs");
  }

  /** The name of an entry: every part that decides the binary goes in. */
  static String key(List<String> parts) {
    MessageDigest digest = sha256();
    for (String part : parts) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      digest.update(
          ByteBuffer.allocate(4)
              .putInt(bytes.length)
              .array()); // so that ["ab","c"] is not ["a","bc"]
      digest.update(bytes);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The binary of an entry, if there is one and it is whole. */
  Optional<byte[]> load(String key) {
    Path file = file(key);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      byte[] content = Files.readAllBytes(file);
      int binaryAt = MAGIC.length + DIGEST_BYTES;
      if (content.length > binaryAt
          && Arrays.equals(content, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
        byte[] binary = Arrays.copyOfRange(content, binaryAt, content.length);
        if (MessageDigest.isEqual(
            sha256().digest(binary), Arrays.copyOfRange(content, MAGIC.length, binaryAt))) {
          return Optional.of(binary);
        }
      }
      discard(key, "is damaged");
    } catch (IOException e) {
      System.err.printf(
          "attn: cannot read cached program %s (%s); building it anew%n", file, e.getMessage());
    }
    return Optional.empty();
  }

  /** Stores a binary; readers see all of it or nothing. */
  void store(String key, byte[] binary) {
    try {
      Files.createDirectories(folder);
      Path temporary = Files.createTempFile(folder, "new-", ".tmp");
      try {
        ByteBuffer content = ByteBuffer.allocate(MAGIC.length + DIGEST_BYTES + binary.length);
        content.put(MAGIC).put(sha256().digest(binary)).put(binary);
        Files.write(temporary, content.array());
        move(temporary, file(key));
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      if (!writeFailureReported) {
        writeFailureReported = true;
        System.err.printf(
            "attn: cannot keep compiled programs in %s (%s); every run will compile them. Set ATTN_CACHE_DIR to a folder"
                + " that can be written.%n",
            folder, e);
      }
    }
  }

  /** Removes an entry that is no use, saying why. */
  void discard(String key, String why) {
    Path file = file(key);
    System.err.printf("attn: cached program %s %s; building it anew%n", file, why);
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      System.err.printf("attn: and it cannot be removed (%s)%n", e.getMessage());
    }
  }

  Path file(String key) {
    return folder.resolve(key + ".bin");
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
