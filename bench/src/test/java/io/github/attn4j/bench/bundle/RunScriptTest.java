package io.github.attn4j.bench.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the bundle's script on a made-up machine: its drivers are empty files, its Java a stub that
 * prints what it is given. The environment holds what a test puts there and nothing else.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class RunScriptTest {
  private static final Path SIGNAL_CHAINING =
      Path.of(System.getProperty("java.home"), "lib", "libjsig.so");

  @TempDir private Path folder = Path.of("");

  private final Map<String, String> environment = new TreeMap<>();
  private Path bundle = Path.of("");
  private Path drivers = Path.of("");
  private Path moreDrivers = Path.of("");
  private Path vendors = Path.of("");
  private Path temporary = Path.of("");

  @BeforeEach
  void makeBundleAndMachine() throws IOException {
    // As the script prints it: a temporary folder may lie behind a symbolic link.
    folder = folder.toRealPath();
    bundle = Files.createDirectories(folder.resolve("a bundle"));
    drivers = Files.createDirectories(folder.resolve("drivers"));
    moreDrivers = Files.createDirectories(folder.resolve("more drivers"));
    vendors = Files.createDirectories(folder.resolve("vendors"));
    temporary = Files.createDirectories(folder.resolve("temporary"));
    executable(bundle.resolve("attn"), script());
    executable(
        bundle.resolve("runtime/bin/java"),
        """
        #!/bin/sh
        for word; do echo "<$word>"; done
        echo "vendors=${OCL_ICD_VENDORS-unset}" "files=${OCL_ICD_FILENAMES-unset}"
        echo "libraries=$LD_LIBRARY_PATH preloaded=${LD_PRELOAD-}"
        echo "options=${JAVA_TOOL_OPTIONS-unset} cache=${XDG_CACHE_HOME-unset} in=$(pwd -P)"
        for list in "${OCL_ICD_VENDORS-/nowhere}"/attn-*.icd; do
          if [ -f "$list" ]; then echo "driver=$(cat "$list")"; fi
        done
        exit ${STUB_EXIT-0}
        """);
    // Some library that loads.
    Files.createDirectories(bundle.resolve("opencl"));
    Files.copy(SIGNAL_CHAINING, bundle.resolve("opencl/libOpenCL.so.1"));
    environment.put("ATTN_DRIVER_FOLDERS", drivers + ":" + moreDrivers);
    environment.put("ATTN_VENDORS_FOLDER", vendors.toString());
    environment.put("TMPDIR", temporary.toString());
  }

  @Test
  void handsOverTheArgumentsUntouchedAndTheExitCode() throws Exception {
    environment.put("STUB_EXIT", "37");
    Outcome outcome = attn("verify", "two words", "*", "", "--json");
    assertThat(outcome.code()).isEqualTo(37);
    assertThat(outcome.output())
        .contains(
            "<" + BundleMain.class.getName() + ">\n<verify>\n<two words>\n<*>\n<>\n<--json>\n")
        .contains("<-Dattn.root=" + bundle + ">")
        .contains("<-Dattn.model.capture=" + bundle + "/model/qkv.bin>")
        .contains("<" + bundle + "/app/*>")
        .contains("<--add-modules=jdk.incubator.vector>");
  }

  @Test
  void worksThroughSymbolicLinksFromAnotherFolder() throws Exception {
    Path links = Files.createDirectories(folder.resolve("links"));
    Files.createSymbolicLink(links.resolve("one"), Path.of("../a bundle/attn"));
    Files.createSymbolicLink(links.resolve("two"), Path.of("one"));
    Outcome outcome = launch(List.of("links/two", "devices"));
    assertThat(outcome.code()).as(outcome.errors()).isZero();
    assertThat(outcome.output()).contains("<-Dattn.root=" + bundle + ">", "in=" + folder + "\n");
  }

  @Test
  void aPathWithoutTheSystemsToolsDoesNotMatter() throws Exception {
    Files.createSymbolicLink(folder.resolve("link"), bundle.resolve("attn"));
    environment.put("PATH", "/nowhere");
    Outcome outcome = launch(List.of(folder.resolve("link").toString(), "devices"));
    assertThat(outcome.code()).as(outcome.errors()).isZero();
    assertThat(outcome.output()).contains("<-Dattn.root=" + bundle + ">");
  }

  @Test
  void anotherJavasOptionsDoNotReachThisOne() throws Exception {
    environment.put("JAVA_TOOL_OPTIONS", "-Xint");
    environment.put("ATTN_JAVA_OPTS", "-Xmx1g -Dpattern=/*");
    assertThat(attn("devices").output()).contains("options=unset", "<-Xmx1g>\n<-Dpattern=/*>\n");
  }

  @Test
  void preloadsItsRuntimesSignalChainingBeforeWhatIsPreloadedAlready() throws Exception {
    assertThat(attn("devices").output()).contains("preloaded=\n");
    Path library = bundle.resolve("runtime/lib/libjsig.so");
    Files.createDirectories(Objects.requireNonNull(library.getParent()));
    Files.copy(SIGNAL_CHAINING, library);
    environment.put("LD_PRELOAD", SIGNAL_CHAINING.toString());
    Outcome outcome = attn("devices");
    assertThat(outcome.output())
        .as("a list is split at spaces, and this folder has one")
        .contains("preloaded=libjsig.so:" + SIGNAL_CHAINING + "\n")
        .contains("libraries=" + bundle + "/opencl:" + bundle + "/runtime/lib ");
    assertThat(outcome.errors()).doesNotContain("LD_PRELOAD");

    Path plain = folder.resolve("plain");
    Files.move(bundle, plain);
    environment.remove("LD_PRELOAD");
    assertThat(launch(List.of(plain.resolve("attn").toString(), "devices")).output())
        .contains("preloaded=" + plain + "/runtime/lib/libjsig.so\n")
        .contains("libraries=" + plain + "/opencl ");
  }

  @Test
  void findsADriverThatIsNotRegistered() throws Exception {
    Path driver = driver(moreDrivers, "libnvidia-opencl.so.1");
    Outcome outcome = attn("devices");
    assertThat(outcome.drivers()).containsExactly(driver.toString());
    assertThat(outcome.errors()).isEmpty();
    assertThat(outcome.output())
        .contains("libraries=" + bundle + "/opencl:" + moreDrivers + " ")
        .contains("<-Dattn.bundle.vendors=" + temporary + "/attn-vendors-");
  }

  @Test
  void findsADriverOfWhichOnlyTheVersionedNameIsThere() throws Exception {
    Path driver = driver(drivers, "libnvidia-opencl.so.550.54.15");
    assertThat(attn("devices").drivers()).containsExactly(driver.toString());
  }

  @Test
  void findsEachVendorsDriverOnceAndTheFirstFolders() throws Exception {
    Path nvidia = driver(drivers, "libnvidia-opencl.so.1");
    driver(moreDrivers, "libnvidia-opencl.so.1");
    Path amd = driver(moreDrivers, "libamdocl64.so");
    Path intel = driver(moreDrivers, "libigdrcl.so");
    driver(drivers, "libpocl.so.2.10.0");
    assertThat(attn("devices").drivers())
        .containsExactly(nvidia.toString(), amd.toString(), intel.toString());
  }

  @Test
  void poclServesWhereThereIsNoGpuDriver() throws Exception {
    Path pocl = driver(drivers, "libpocl.so.2.10.0");
    assertThat(attn("devices").drivers()).containsExactly(pocl.toString());
  }

  @Test
  void registeredDriversComeFirstAndAGpusUnregisteredOneAfterThem() throws Exception {
    Path pocl = driver(drivers, "libpocl.so.2.10.0");
    Path nvidia = driver(drivers, "libnvidia-opencl.so.1");
    Files.writeString(vendors.resolve("pocl.icd"), "libpocl.so.2.10.0");
    assertThat(attn("devices").drivers()).containsExactly(pocl.toString(), nvidia.toString());
  }

  @Test
  void aRegisteredDriverIsNotFoundTwiceUnderAnotherName() throws Exception {
    Path real = driver(drivers, "libnvidia-opencl.so.550.54.15");
    Files.createSymbolicLink(drivers.resolve("libnvidia-opencl.so.1"), real.getFileName());
    Files.writeString(vendors.resolve("nvidia.icd"), "libnvidia-opencl.so.1\n");
    Files.writeString(vendors.resolve("second.icd"), real + "\n");
    assertThat(attn("devices").drivers())
        .containsExactly(drivers.resolve("libnvidia-opencl.so.1").toString());
  }

  @Test
  void aRegistrationThatOutlivedItsDriverCountsForNothing() throws Exception {
    Files.writeString(vendors.resolve("nvidia.icd"), "libnvidia-opencl.so.1\n");
    Outcome outcome = attn("devices");
    assertThat(outcome.code()).isZero();
    assertThat(outcome.drivers()).isEmpty();
    assertThat(outcome.errors())
        .contains(vendors.toString(), drivers.toString(), moreDrivers.toString())
        .contains("OCL_ICD_FILENAMES=", "going on with the Java backend");
    assertThat(outcome.output()).contains("<devices>").doesNotContain("attn.bundle.vendors");
    assertThat(list(temporary)).noneMatch(name -> name.startsWith("attn-vendors"));
  }

  @Test
  void helpAndVersionSayNothingAboutDrivers() throws Exception {
    for (String[] words : new String[][] {{}, {"--version"}, {"verify", "--help"}, {"report"}}) {
      assertThat(attn(words).errors()).isEmpty();
    }
    assertThat(attn("verify").errors()).isNotEmpty();
  }

  @Test
  void theUsersFolderListOrLibraryOutranksWhatIsRegistered() throws Exception {
    driver(drivers, "libnvidia-opencl.so.1");
    Path own = driver(folder.resolve("own"), "libown.so");
    Path lists = Files.createDirectories(folder.resolve("own lists"));
    Path list = Files.writeString(lists.resolve("own.icd"), own + "\n");
    Files.writeString(vendors.resolve("pocl.icd"), driver(drivers, "libpocl.so").toString());
    for (Path named : List.of(lists, list, own)) {
      environment.put("OCL_ICD_VENDORS", named.toString());
      assertThat(attn("devices").drivers()).as("%s", named).containsExactly(own.toString());
    }
    environment.put("OCL_ICD_VENDORS", "pocl.icd");
    assertThat(attn("devices").drivers()).containsExactly(drivers.resolve("libpocl.so").toString());
    environment.remove("OCL_ICD_VENDORS");
    environment.put("OPENCL_VENDOR_PATH", lists.toString());
    assertThat(attn("devices").drivers()).containsExactly(own.toString());
  }

  @Test
  void theUsersLibrariesComeOnTopOfWhatIsRegistered() throws Exception {
    Path own = driver(folder.resolve("own"), "libown.so");
    Path pocl = driver(drivers, "libpocl.so");
    Files.writeString(vendors.resolve("pocl.icd"), "libpocl.so");
    environment.put("OCL_ICD_FILENAMES", own + ":libnowhere.so");
    Outcome outcome = attn("devices");
    assertThat(outcome.drivers()).containsExactly(own.toString(), pocl.toString());
    assertThat(outcome.errors())
        .contains("OCL_ICD_FILENAMES names libnowhere.so, which is not there");
    assertThat(outcome.output()).contains("files=unset");
  }

  @Test
  void whatTheUserNamesInVainIsSaidAndNothingElseTakesItsPlace() throws Exception {
    driver(drivers, "libnvidia-opencl.so.1");
    environment.put("OCL_ICD_VENDORS", "/nowhere/own.icd");
    Outcome outcome = attn("devices");
    assertThat(outcome.drivers()).isEmpty();
    assertThat(outcome.errors()).contains("/nowhere/own.icd", "going on with the Java backend");
    assertThat(outcome.output()).contains("vendors=/nowhere/own.icd");
  }

  @Test
  void aTemporaryFolderThatCannotBeUsedIsNamed() throws Exception {
    driver(drivers, "libnvidia-opencl.so.1");
    environment.put("TMPDIR", folder.resolve("missing").toString());
    Outcome outcome = attn("devices");
    assertThat(outcome.code()).isZero();
    assertThat(outcome.errors()).contains("missing", "set TMPDIR");
  }

  @Test
  void withoutAHomeCachesGoToAFolderOfTheUsersOwn() throws Exception {
    assertThat(attn("devices").output()).contains("cache=" + temporary + "/attn-cache-");
    environment.put("HOME", folder.toString());
    assertThat(attn("devices").output()).contains("cache=unset");
  }

  @Test
  void aLoaderTooNewForTheSystemGivesWayToTheSystemsOwn() throws Exception {
    Path loader = bundle.resolve("opencl/libOpenCL.so.1");
    Files.writeString(loader, "no library at all");
    assertThat(attn("devices").errors()).contains("too old", "none of its own");
    driver(drivers, "libOpenCL.so.1");
    Outcome outcome = attn("devices");
    assertThat(outcome.errors()).contains("using " + drivers + "/libOpenCL.so.1");
    assertThat(outcome.output()).contains("libraries=" + drivers);
  }

  private record Outcome(int code, String output, String errors) {
    List<String> drivers() {
      return output
          .lines()
          .filter(line -> line.startsWith("driver="))
          .map(line -> line.substring("driver=".length()))
          .toList();
    }
  }

  private Outcome attn(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(bundle.resolve("attn").toString()));
    command.addAll(List.of(arguments));
    return launch(command);
  }

  private Outcome launch(List<String> command) throws Exception {
    Path output = Files.createTempFile(folder, "launch", ".output");
    Path errors = Files.createTempFile(folder, "launch", ".errors");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process =
        builder.redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
    process.getOutputStream().close();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("attn did not end within 60 s: " + command);
    }
    return new Outcome(process.exitValue(), Files.readString(output), Files.readString(errors));
  }

  private static String script() throws IOException {
    try (InputStream stream =
        Objects.requireNonNull(Bundle.class.getResourceAsStream("attn.sh"), "attn.sh")) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Path driver(Path folder, String name) throws IOException {
    Files.createDirectories(folder);
    return Files.writeString(folder.resolve(name), "");
  }

  private static void executable(Path file, String text) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static List<String> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
