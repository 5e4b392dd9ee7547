package io.github.attn4j.bench.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.kernel.BackendException;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a bundle is put together from. */
class BundlePartsTest {
  @TempDir private Path folder = Path.of("");

  private Path jar(String name, String classPath, String... entries) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    if (!classPath.isEmpty()) {
      manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
    }
    Path jar = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entriesOut = new JarOutputStream(out, manifest)) {
      for (String entry : entries) {
        entriesOut.putNextEntry(new ZipEntry(entry));
        entriesOut.write(entry.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        entriesOut.closeEntry();
      }
    }
    return jar;
  }

  @Test
  void theClassPathHoldsWhatManifestsNameInOrderAndOnce() throws IOException {
    Path second = jar("second-1.jar", "third-1.jar first.jar");
    Path third = jar("third-1.jar", "");
    Path other = jar("other.jar", "");
    Path first = jar("first.jar", "second-1.jar missing-1.jar third-1.jar");
    assertThat(ApplicationJars.of(first + File.pathSeparator + other))
        .containsExactly(first, other, second, third);
  }

  @Test
  void aFolderOfClassesCannotBeBundled() {
    assertThatThrownBy(() -> ApplicationJars.of(folder.toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(folder.toString(), "./attn bundle");
  }

  @Test
  void theModelItsReadersAndTheUnusedChartFilesStayBehind() throws IOException {
    List<Path> jars =
        List.of(
            jar("attn4j-bench.jar", ""),
            jar("api-0.38.0.jar", ""),
            jar("tokenizers-0.38.0.jar", ""),
            jar("zrender-6.0.0.jar", ""),
            jar("apiguardian-api-1.jar", ""),
            jar(
                "echarts-6.0.0.jar",
                "",
                "META-INF/x/echarts/dist/echarts.min.js",
                "META-INF/x/echarts/dist/echarts.js",
                "META-INF/x/echarts/LICENSE"));
    Path app = Files.createDirectory(folder.resolve("app"));
    ApplicationJars.copy(jars, app);
    try (var files = Files.list(app)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "attn4j-bench.jar", "apiguardian-api-1.jar", "echarts-6.0.0.jar");
    }
    try (ZipFile charts = new ZipFile(app.resolve("echarts-6.0.0.jar").toFile())) {
      assertThat(charts.stream().map(ZipEntry::getName))
          .containsExactly("META-INF/x/echarts/dist/echarts.min.js", "META-INF/x/echarts/LICENSE");
    }
  }

  @Test
  void aChartingLibraryWithoutItsFileIsNotPassedOver() throws IOException {
    List<Path> jars = List.of(jar("echarts-7.0.0.jar", "", "elsewhere/echarts.min.js"));
    Path app = Files.createDirectory(folder.resolve("app"));
    assertThatThrownBy(() -> ApplicationJars.copy(jars, app))
        .hasMessageContainingAll("echarts-7.0.0.jar", "echarts.min.js");
  }

  @Test
  void theLoaderIsTheFirst64BitOneWithItsLinksResolved() throws IOException {
    Path narrow = Files.createDirectory(folder.resolve("narrow"));
    Path wide = Files.createDirectory(folder.resolve("wide"));
    byte[] library = new byte[64];
    library[0] = 0x7f;
    library[1] = 'E';
    library[2] = 'L';
    library[3] = 'F';
    library[4] = 1;
    library[18] = 3;
    Files.write(narrow.resolve(OpenClLoader.NAME), library);
    library[4] = 2;
    library[18] = 62;
    Path real = Files.write(wide.resolve("libOpenCL.so.1.0.0"), library);
    Files.createSymbolicLink(wide.resolve(OpenClLoader.NAME), real.getFileName());
    Path licence = Files.writeString(folder.resolve("copyright"), "may be copied");

    OpenClLoader loader =
        OpenClLoader.find(List.of(folder, narrow, wide), List.of(folder.resolve("no"), licence));
    assertThat(loader.library()).isEqualTo(real.toRealPath());
    assertThat(loader.licence()).isEqualTo(Optional.of(licence));
    assertThatThrownBy(() -> OpenClLoader.find(List.of(folder, narrow), List.of()))
        .isInstanceOf(BackendException.Unavailable.class)
        .hasMessageContainingAll(narrow.toString(), "apt-get install ocl-icd-libopencl1");
  }

  @Test
  void onlyLinuxOnX64CanBeBundled() {
    assertThatCode(() -> Bundle.requireLinuxX64("Linux", "amd64")).doesNotThrowAnyException();
    assertThatThrownBy(() -> Bundle.requireLinuxX64("Linux", "aarch64"))
        .isInstanceOf(BackendException.Unavailable.class)
        .hasMessageContaining("aarch64");
    assertThatThrownBy(() -> Bundle.requireLinuxX64("Mac OS X", "amd64"))
        .isInstanceOf(BackendException.Unavailable.class);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aTarballUnpacksToWhatWasPacked() throws Exception {
    Path packed = Files.createDirectories(folder.resolve("packed"));
    Path deep =
        Files.createDirectories(
            packed.resolve("a".repeat(90)).resolve("b".repeat(30)).resolve("two words"));
    Files.writeString(deep.resolve("file"), "deep");
    Files.write(packed.resolve("block"), new byte[512]);
    Files.write(packed.resolve("more"), new byte[513]);
    Path run = Files.writeString(packed.resolve("run"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwx------"));
    Files.createSymbolicLink(packed.resolve("link"), Path.of("run"));
    Path tarball = folder.resolve("packed.tar.gz");
    Tarball.write(packed, tarball, 1_000_000_000);

    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    int code =
        new ProcessBuilder("tar", "xzf", tarball.toString(), "-C", elsewhere.toString())
            .inheritIO()
            .start()
            .waitFor();
    assertThat(code).isZero();
    Path unpacked = elsewhere.resolve("packed");
    assertThat(unpacked.resolve(packed.relativize(deep)).resolve("file")).hasContent("deep");
    assertThat(unpacked.resolve("block")).hasSize(512);
    assertThat(unpacked.resolve("more"))
        .hasSize(513)
        .satisfies(file -> assertThat(Files.isExecutable(file)).isFalse());
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(unpacked.resolve("run"))))
        .isEqualTo("rwxr-xr-x");
    assertThat(Files.readSymbolicLink(unpacked.resolve("link"))).isEqualTo(Path.of("run"));
    assertThat(Files.getLastModifiedTime(unpacked.resolve("run")).toMillis())
        .isEqualTo(1_000_000_000_000L);

    Path again = folder.resolve("again.tar.gz");
    Tarball.write(packed, again, 1_000_000_000);
    assertThat(again).hasSameBinaryContentAs(tarball);
  }

  @Test
  void onlyTheScriptsOwnListsAreRemoved() throws IOException {
    Path lists = Files.createDirectory(folder.resolve("lists"));
    Files.writeString(lists.resolve("attn-10.icd"), "libown.so");
    BundleMain.remove(lists);
    assertThat(lists).doesNotExist();

    Path another = Files.createDirectory(folder.resolve("another"));
    Path foreign = Files.writeString(another.resolve("nvidia.icd"), "libnvidia-opencl.so.1");
    BundleMain.remove(another);
    assertThat(foreign).exists();
  }
}
