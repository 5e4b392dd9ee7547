package io.github.attn4j.bench.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What tells one build of the application from another: a SHA-256 over its jars, the suite's own by
 * their bytes (kernels' sources are among them) and libraries by name and size. Two trials of one
 * version that differ in it ran different code, whatever their commit says.
 */
public final class BuildIdentity {
  private static final String OWN = "attn4j-";

  private BuildIdentity() {}

  /**
   * Of the application that runs; empty where it runs from folders of classes, as tests do.
   *
   * @throws UncheckedIOException if a jar cannot be read
   */
  public static Optional<String> ofRunning() {
    return of(System.getProperty("java.class.path", ""));
  }

  /** The same of a class path. */
  static Optional<String> of(String classPath) {
    try {
      return Optional.of(digest(ApplicationJars.of(classPath)));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // a folder of classes: what it says of bundles
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the application's jars (%s)".formatted(e), e);
    }
  }

  private static String digest(List<Path> jars) throws IOException {
    try (DigestOutputStream out =
        new DigestOutputStream(
            OutputStream.nullOutputStream(), MessageDigest.getInstance("SHA-256"))) {
      for (Path jar : jars) {
        String name = jar.getFileName().toString();
        out.write("%s %d\n".formatted(name, Files.size(jar)).getBytes(StandardCharsets.UTF_8));
        if (name.startsWith(OWN)) {
          try (InputStream in = Files.newInputStream(jar)) {
            var _ = in.transferTo(out);
          }
        }
      }
      return HexFormat.of().formatHex(out.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
