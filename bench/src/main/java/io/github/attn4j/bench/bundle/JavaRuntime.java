package io.github.attn4j.bench.bundle;

import io.github.attn4j.core.kernel.BackendException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The Java runtime of a bundle: the running JDK cut down to the modules that the suite uses. */
final class JavaRuntime {
  /** What the class path needs; jdeps names them, and a command run in a bundle shows a gap. */
  private static final List<String> MODULES =
      List.of(
          "java.base",
          "java.logging", // JOCL, JLine
          "java.management", // JMH
          "java.xml", // JUnit XML
          "jdk.incubator.vector", // java:flash
          "jdk.management", // JMH's figures of its host
          "jdk.unsupported"); // sun.misc.Unsafe, which JMH and Jackson use

  private JavaRuntime() {}

  /**
   * Makes it.
   *
   * @param folder must not exist
   * @param furtherModules besides those of the suite
   * @throws BackendException.Unavailable if this JDK cannot link a runtime
   */
  static void link(Path folder, List<String> furtherModules) {
    ToolProvider jlink =
        ToolProvider.findFirst("jlink")
            .orElseThrow(() ->
                new BackendException.Unavailable(
                    "%s has no jlink, which makes the bundle's Java runtime: run on a whole JDK, not a runtime (JAVA_HOME)"
                        .formatted(System.getProperty("java.home"))));
    StringWriter said = new StringWriter();
    PrintWriter log = new PrintWriter(said);
    // Not compressed: the tarball comes out 5 MB smaller, since gzip does better on plain classes
    // than on compressed ones, and a JVM starts sooner.
    int code =
        jlink.run(
            log,
            log,
            "--add-modules",
            Stream.concat(MODULES.stream(), furtherModules.stream())
                .collect(Collectors.joining(",")),
            "--output",
            folder.toString(),
            "--strip-java-debug-attributes",
            "--no-header-files",
            "--no-man-pages",
            "--compress",
            "zip-0");
    if (code != 0) {
      log.flush();
      throw new BackendException.Unavailable(
          ("jlink of %s made no runtime. It needs the JDK's jmods folder (with some packages one of its own, such as"
                  + " openjdk-25-jmods), or a JDK whose 'jlink --help' says 'Linking from run-time image enabled' and whose files"
                  + " are as they were installed. It said:%n%s")
              .formatted(System.getProperty("java.home"), said.toString().strip()));
    }
  }
}
