package io.github.attn4j.bench.bundle;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.model.CapturedFile;
import io.github.attn4j.model.ModelCapture;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The suite for a bare Linux x86-64 machine that has a GPU driver and nothing else.
 *
 * @param folder what runs: {@code attn} in it is the run script
 * @param tarball the same, packed
 * @param folderBytes size of all files in the folder
 * @param tarballBytes size of the tarball
 */
public record Bundle(Path folder, Path tarball, long folderBytes, long tarballBytes) {
  /** The tarball has to stay below this, where it holds no TornadoVM. */
  public static final long LIMIT_BYTES = 60_000_000;

  /**
   * Tokens of the model that the captured inputs hold: {@code ./attn bench} measures it up to 2048
   * and takes two sets of inputs in turns.
   */
  static final int MODEL_TOKENS = 2 * 2048;

  private static final String SCRIPT = "attn";

  /** Steps that {@link #build} reports. */
  public static final List<String> STEPS =
      List.of("Java runtime", "jars", "OpenCL loader", "model inputs", "documents", "tarball");

  /**
   * Builds one from the running application.
   *
   * @param output folder for the bundle's folder and tarball; earlier ones of the same version are
   *     replaced
   * @param source version and commit
   * @param root the checkout, for its LICENSE
   * @param tornado taken along, or null
   * @param done hears of each of {@link #STEPS}
   * @throws BackendException.Unavailable if this is no Linux on x86-64, or if the JDK's jlink or
   *     the OpenCL loader is missing
   * @throws IllegalArgumentException if the running application is not packaged
   * @throws UncheckedIOException if a file cannot be read or written
   */
  public static Bundle build(
      Path output,
      Environment source,
      Path root,
      @Nullable TornadoSdk tornado,
      Consumer<String> done) {
    requireLinuxX64(System.getProperty("os.name"), System.getProperty("os.arch"));
    String name = "attn4j-%s-linux-x86_64".formatted(source.version());
    Path folder = output.toAbsolutePath().normalize().resolve(name);
    Path tarball = folder.resolveSibling(name + ".tar.gz");
    try {
      requireReplaceable(folder);
      Files.createDirectories(output);
      Path draft =
          Files.createDirectory(folder.resolveSibling("." + name + "." + UUID.randomUUID()));
      try {
        Path newFolder = Files.createDirectory(draft.resolve(name));
        fill(newFolder, source, root, tornado, done);
        Path newTarball = draft.resolve(tarball.getFileName());
        Tarball.write(newFolder, newTarball, Instant.parse(source.startedAt()).getEpochSecond());
        done.accept("tarball");
        deleteTree(folder);
        Files.move(newFolder, folder);
        Files.move(newTarball, tarball, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        deleteTree(draft);
      }
      return new Bundle(folder, tarball, bytes(folder), Files.size(tarball));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot build the bundle in %s (%s)".formatted(output, e), e);
    }
  }

  static void requireLinuxX64(String os, String architecture) {
    if (!os.equals("Linux") || !architecture.equals("amd64")) {
      throw new BackendException.Unavailable(
          "a bundle is made of this machine's Java runtime and OpenCL loader, for Linux on x86-64; this is %s on %s"
              .formatted(os, architecture));
    }
  }

  private static void requireReplaceable(Path folder) throws IOException {
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(folder.resolve(Environment.BUILT_FROM_FILE))) {
      throw new IOException(
          "%s is there and is no bundle; move it away or choose another --output"
              .formatted(folder));
    }
  }

  private static void fill(
      Path folder,
      Environment source,
      Path root,
      @Nullable TornadoSdk tornado,
      Consumer<String> done)
      throws IOException {
    JavaRuntime.link(folder.resolve("runtime"), tornado == null ? List.of() : TornadoSdk.MODULES);
    done.accept("Java runtime");
    ApplicationJars.copy(
        ApplicationJars.of(System.getProperty("java.class.path")),
        Files.createDirectory(folder.resolve("app")));
    done.accept("jars");
    OpenClLoader loader = OpenClLoader.find();
    Path opencl = Files.createDirectory(folder.resolve("opencl"));
    Files.copy(loader.library(), opencl.resolve(OpenClLoader.NAME));
    if (loader.licence().isPresent()) {
      Files.copy(loader.licence().get(), opencl.resolve("LICENSE"));
    }
    if (tornado != null) {
      tornado.copy(folder.resolve("tornado"));
      Files.writeString(folder.resolve("tornado.sh"), resource("tornado.sh"));
    }
    done.accept("OpenCL loader");
    Path model = Files.createDirectory(folder.resolve("model"));
    CapturedFile.write(model.resolve("qkv.bin"), ModelCapture.load(), MODEL_TOKENS);
    done.accept("model inputs");
    Files.copy(root.resolve("LICENSE"), folder.resolve("LICENSE"));
    Files.writeString(
        folder.resolve(Environment.BUILT_FROM_FILE),
        "version=%s%ncommit=%s%ndirty=%s%n"
            .formatted(source.version(), source.gitCommit(), source.gitDirty()));
    Files.writeString(folder.resolve("README.md"), readme(source));
    Path script = folder.resolve(SCRIPT);
    Files.writeString(
        script, resource("attn.sh").replace("@JDK@", String.valueOf(Runtime.version().feature())));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    done.accept("documents");
  }

  private static String readme(Environment source) throws IOException {
    return resource("README.md")
        .replace("@VERSION@", source.version())
        .replace("@COMMIT@", source.gitCommit() + (source.gitDirty() ? ", with changes" : ""))
        .replace("@TOKENS@", "%,d".formatted(MODEL_TOKENS))
        .replace("@JAVA@", System.getProperty("java.vendor") + " " + Runtime.version());
  }

  private static String resource(String name) throws IOException {
    try (InputStream stream = Bundle.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException("the class path has no " + name);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static long bytes(Path folder) throws IOException {
    long sum = 0;
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path path : walk.filter(Files::isRegularFile).toList()) {
        sum += Files.size(path);
      }
    }
    return sum;
  }

  private static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
