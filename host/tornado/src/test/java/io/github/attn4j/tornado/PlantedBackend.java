package io.github.attn4j.tornado;

import io.github.attn4j.core.kernel.Backend;
import java.io.IOException;
import java.io.StringWriter;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The backend of this module with one place of its kernels' Java source changed: kernels and
 * backend are loaded a second time, all they rest on is shared.
 */
final class PlantedBackend implements AutoCloseable {
  private static final String KERNELS = "io.github.attn4j.kernels.tornado.";
  private static final String HOST = "io.github.attn4j.tornado.";

  /** The Java source of the kernels. */
  static final Path SOURCES =
      Path.of(System.getProperty("basedir", "."))
          .resolve("../../kernels/tornado/src/main/java/io/github/attn4j/kernels/tornado");

  private final ChildFirst loader;
  private final Backend backend;

  private PlantedBackend(ChildFirst loader, Backend backend) {
    this.loader = loader;
    this.backend = backend;
  }

  /**
   * Compiles all kernels, one of them changed.
   *
   * @param folder empty, for class files
   * @throws AssertionError if the class does not hold the text: a planted bug that is not there
   *     would prove nothing
   */
  static PlantedBackend replacing(Path folder, String className, String text, String replacement)
      throws IOException, ReflectiveOperationException {
    compile(folder, className, text, replacement);
    ChildFirst loader = new ChildFirst(folder);
    Backend backend =
        (Backend) loader.loadClass(HOST + "TornadoBackend").getConstructor().newInstance();
    return new PlantedBackend(loader, backend);
  }

  Backend backend() {
    return backend;
  }

  @Override
  public void close() throws IOException {
    loader.close();
  }

  private static void compile(Path folder, String className, String text, String replacement)
      throws IOException {
    Path changed = folder.resolve(className + ".java");
    String source = Files.readString(SOURCES.resolve(className + ".java"));
    if (!source.contains(text)) {
      throw new AssertionError("%s does not hold \"%s\" any more".formatted(className, text));
    }
    Files.writeString(changed, source.replace(text, replacement));
    List<Path> files = new ArrayList<>(List.of(changed));
    try (Stream<Path> all = Files.list(SOURCES)) {
      all.filter(file -> !file.endsWith(className + ".java"))
          .filter(file -> !file.endsWith("package-info.java"))
          .forEach(files::add);
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter log = new StringWriter();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  log,
                  manager,
                  null,
                  // The names and ranges of local variables, which TornadoVM reads, need -g.
                  List.of(
                      "-g",
                      "-proc:none",
                      "--module-path",
                      System.getProperty("jdk.module.path", ""),
                      "--add-modules",
                      "tornado.api",
                      "-d",
                      folder.toString()),
                  null,
                  manager.getJavaFileObjectsFromPaths(files))
              .call();
      if (!compiled) {
        throw new AssertionError(
            "%s with \"%s\" does not compile: %s".formatted(className, replacement, log));
      }
    }
  }

  /** Looks into the folder and this module first for kernels and backend, else into the parent. */
  private static final class ChildFirst extends URLClassLoader {
    ChildFirst(Path folder) throws MalformedURLException {
      super(
          new URL[] {
            folder.toUri().toURL(),
            TornadoBackend.class.getProtectionDomain().getCodeSource().getLocation()
          },
          PlantedBackend.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        if (!name.startsWith(KERNELS) && !name.startsWith(HOST)) {
          return super.loadClass(name, resolve);
        }
        Class<?> loaded = findLoadedClass(name);
        return loaded != null ? loaded : findClass(name);
      }
    }
  }
}
