package io.github.attn4j.bench.bundle;

import io.github.attn4j.core.kernel.BackendException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A TornadoVM SDK that a bundle takes along: what a JVM needs of it, without examples and tools.
 *
 * @param folder its home
 */
public record TornadoSdk(Path folder) {
  private static final String TEMPLATE = "tornado-argfile.template";

  /** Folders and files that {@link #TEMPLATE} and the run script name. */
  private static final List<String> NEEDED =
      List.of("lib", "share/java/tornado", "share/java/graalJars", "etc", TEMPLATE);

  private static final String LICENCES = "LICENSE*";

  /** Modules that its own need besides those of the suite; jdeps names them. */
  static final List<String> MODULES =
      List.of(
          "java.compiler",
          "java.desktop",
          "java.instrument",
          "java.naming",
          "java.net.http",
          "java.rmi",
          "java.scripting",
          "java.sql",
          "jdk.attach",
          "jdk.internal.vm.ci", // the compiler that it brings reads methods through it
          "jdk.jfr",
          "jdk.net");

  /**
   * The SDK that the launcher would use; it has to have the template, whose folder can be moved.
   *
   * @param environment variables
   * @throws BackendException.Unavailable naming the folders looked in, if there is none
   */
  public static TornadoSdk find(Map<String, String> environment) {
    @Nullable String named = environment.get("TORNADOVM_HOME");
    Path folder =
        named != null && !named.isEmpty()
            ? Path.of(named)
            : Path.of(environment.getOrDefault("HOME", ""), ".sdkman/candidates/tornadovm/current");
    for (String needed : NEEDED) {
      if (!Files.exists(folder.resolve(needed))) {
        throw new BackendException.Unavailable(
            "--with-tornado takes a TornadoVM SDK along, but %s has no %s; name one in TORNADOVM_HOME"
                .formatted(folder, needed));
      }
    }
    return new TornadoSdk(folder.toAbsolutePath().normalize());
  }

  /** Copies it into a folder that does not exist yet. */
  void copy(Path target) throws IOException {
    Files.createDirectory(target);
    for (String needed : NEEDED) {
      copyTree(folder.resolve(needed), target.resolve(needed));
    }
    try (var licences = Files.newDirectoryStream(folder, LICENCES)) {
      for (Path licence : licences) {
        Files.copy(licence, target.resolve(licence.getFileName()));
      }
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> walk = Files.walk(from)) {
      for (Path path : walk.toList()) {
        Path copy = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(path, copy);
        }
      }
    }
  }
}
