package io.github.attn4j.bench.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.tuning.TuningFile;
import io.github.attn4j.model.CapturedFile;
import io.github.attn4j.model.CapturedProjections;
import io.github.attn4j.model.ModelCapture;
import io.github.attn4j.testing.Required;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Builds a bundle from the packaged application, unpacks its tarball in another folder, makes that
 * read-only and runs it with an empty environment through a symbolic link. Runs after the package
 * phase, which leaves the application.
 */
@Tag("full")
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class BundlePackagedTest {
  private static final List<DeviceInfo> DEVICES = new Backends().devices();

  @TempDir private static Path folder = Path.of("");

  private static Path app = Path.of("");
  private static Path bundle = Path.of("");

  @BeforeAll
  static void buildAndUnpack() throws Exception {
    String jar = System.getProperty("attn.app");
    Assumptions.assumeTrue(jar != null, "Maven runs this test after packaging the application");
    app = Path.of(Objects.requireNonNull(jar));
    Path output = folder.resolve("output");
    Outcome built =
        run(
            folder,
            Map.of(),
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED",
                "-Dattn.root=" + repositoryRoot(),
                "-jar",
                app.toString(),
                "bundle",
                "--output",
                output.toString()));
    if (built.output().contains("there is no " + OpenClLoader.NAME)) {
      Required.abort("opencl", built.output());
    }
    assertThat(built.code()).as(built.output()).isZero();
    Path tarball;
    try (Stream<Path> files = Files.list(output)) {
      List<Path> left = files.sorted().toList();
      assertThat(left).as("a folder and a tarball, no draft").hasSize(2);
      tarball = left.get(1);
      assertThat(tarball.getFileName().toString())
          .matches("attn4j-.+-linux-x86_64\\.tar\\.gz")
          .isEqualTo(left.get(0).getFileName() + ".tar.gz");
    }
    Path elsewhere = Files.createDirectory(folder.resolve("else where"));
    run(elsewhere, Map.of(), List.of("tar", "xzf", tarball.toString()));
    assertThat(Files.size(tarball)).isBetween(20_000_000L, Bundle.LIMIT_BYTES - 1);
    try (Stream<Path> files = Files.list(elsewhere)) {
      bundle = files.findFirst().orElseThrow();
    }
    run(folder, Map.of(), List.of("chmod", "-R", "a-w", bundle.toString()));
    Files.createSymbolicLink(folder.resolve("attn"), bundle.resolve("attn"));
  }

  @AfterAll
  static void letItBeDeleted() throws Exception {
    run(folder, Map.of(), List.of("chmod", "-R", "u+w", folder.toString()));
  }

  @Test
  void findsTheDevicesThatTheFullBuildFinds() throws Exception {
    Outcome outcome = attn(Map.of(), "devices");
    assertThat(outcome.code()).as(outcome.output()).isZero();
    for (DeviceInfo device : DEVICES) {
      assertThat(outcome.output()).contains(device.backend() + ":" + device.index() + " ");
    }
  }

  /**
   * The one run that knows this user's home: PoCL finds there what it compiled for the conformance
   * tests, from the same text with the same options. Without it this test is all compilation.
   */
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void verifiesEveryKernelAndSaysSo() throws Exception {
    Map<String, String> home = new HashMap<>();
    for (String variable : List.of("HOME", "XDG_CACHE_HOME", "POCL_CACHE_DIR")) {
      String value = System.getenv(variable);
      if (value != null) {
        home.put(variable, value);
      }
    }
    Outcome outcome = attn(home, "verify", "--grid", "quick");
    assertThat(outcome.code()).as(outcome.output()).isZero();
    for (DeviceInfo device : DEVICES) {
      assertThat(outcome.output()).contains("| " + device.backend() + ":");
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void measuresInAJvmOfItsOwnAndNamesTheCommit() throws Exception {
    String kernel =
        DEVICES.stream()
            .filter(device -> device.backend().equals("opencl"))
            .findFirst()
            .map(device -> device.kind() == DeviceInfo.Kind.CPU ? "flash_query_lanes" : "flash")
            .map(id -> "opencl:" + id)
            .orElse("java:flash");
    Outcome outcome =
        attn(
            Map.of(),
            "bench",
            "--kernel",
            kernel,
            "--input",
            "model,normal",
            "--n",
            "128",
            "--forks",
            "1",
            "--output",
            folder.resolve("report").toString());
    assertThat(outcome.code()).as(outcome.output()).isZero();
    BenchReport report = JsonReport.readBench(folder.resolve("report/report.json"));
    assertThat(report.cells())
        .hasSizeGreaterThanOrEqualTo(3)
        .allMatch(cell -> cell.status() == BenchCell.Status.MEASURED)
        .anyMatch(cell -> cell.input().equals("model") && cell.queryLength() == 2048);
    assertThat(Files.readString(bundle.resolve("built-from.properties")))
        .contains("commit=" + report.environment().gitCommit() + "\n")
        .contains("version=" + report.environment().version() + "\n");
    assertThat(Files.readString(folder.resolve("report/report.html"))).contains("echarts");
  }

  @Test
  void itsCapturedInputsAreTheModelsBitForBit() {
    CapturedFile captured = CapturedFile.read(bundle.resolve("model/qkv.bin"));
    ModelCapture model = ModelCapture.load();
    for (int tokens : new int[] {512, 1024, 2048, Bundle.MODEL_TOKENS}) {
      CapturedProjections expected = model.capture(tokens);
      CapturedProjections actual = captured.capture(tokens);
      assertThat(Arrays.equals(actual.q(), expected.q())).isTrue();
      assertThat(Arrays.equals(actual.k(), expected.k())).isTrue();
      assertThat(Arrays.equals(actual.v(), expected.v())).isTrue();
    }
  }

  @Test
  void aDriverListOfItsOwnServesAndIsRemoved() throws Exception {
    Path system = Path.of("/etc/OpenCL/vendors");
    Assumptions.assumeTrue(Files.isDirectory(system), "no driver is registered");
    Path vendors = Files.createDirectory(folder.resolve("vendors"));
    try (Stream<Path> files = Files.list(system)) {
      for (Path file : files.toList()) {
        Files.copy(file, vendors.resolve(file.getFileName()));
      }
    }
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    Outcome outcome =
        attn(
            Map.of("ATTN_VENDORS_FOLDER", vendors.toString(), "TMPDIR", temporary.toString()),
            "devices");
    assertThat(outcome.code()).as(outcome.output()).isZero();
    for (DeviceInfo device : DEVICES) {
      assertThat(outcome.output()).contains(device.backend() + ":" + device.index() + " ");
    }
    try (Stream<Path> files = Files.list(temporary)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith("attn-vendors"));
    }
  }

  @Test
  void withoutADriverItGoesOnWithJavaAndSaysWhereItLooked() throws Exception {
    Outcome outcome =
        attn(
            Map.of("ATTN_VENDORS_FOLDER", "/nowhere", "ATTN_DRIVER_FOLDERS", "/no/drivers"),
            "verify",
            "--input",
            "model");
    assertThat(outcome.code()).as(outcome.output()).isZero();
    assertThat(outcome.output()).contains("/nowhere", "/no/drivers", "java:flash");
    assertThat(outcome.output()).doesNotContain("| opencl:");
  }

  @Test
  void itsJvmChainsSignals() throws Exception {
    // With these options the JVM says whether libjsig is there.
    Outcome outcome =
        attn(Map.of("ATTN_JAVA_OPTS", "-Xcheck:jni -Xlog:jni+resolve=debug"), "--version");
    assertThat(outcome.code()).as(outcome.output()).isZero();
    assertThat(outcome.output()).contains("libjsig is activated").doesNotContain("LD_PRELOAD");
  }

  @Test
  void packsNoBundleOfItself() throws Exception {
    Outcome outcome = attn(Map.of(), "bundle");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.output()).contains("is a bundle already");
  }

  @Test
  void leavesNothingBehindThatItNeedsAndTakesNothingThatItsListsName() throws IOException {
    List<Path> jars = ApplicationJars.of(app.toString());
    List<String> left = new ArrayList<>(ApplicationJars.MODEL_ONLY);
    left.addAll(ApplicationJars.CHARTS_ONLY);
    for (String artifact : left) {
      assertThat(jars)
          .as("the list of what stays behind is out of date: %s", artifact)
          .anyMatch(jar -> ApplicationJars.isOneOf(List.of(artifact), jar));
    }
    try (Stream<Path> files = Files.list(bundle.resolve("app"))) {
      assertThat(files).hasSize(jars.size() - left.size());
    }
  }

  private record Outcome(int code, String output) {}

  /** Runs the bundle with these variables and no others. */
  private static Outcome attn(Map<String, String> environment, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of("./attn"));
    command.addAll(List.of(arguments));
    return run(folder, environment, command);
  }

  private static Outcome run(
      Path workingFolder, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "run", ".output");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(workingFolder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    if (command.getFirst().equals("./attn")) {
      builder.environment().clear();
    }
    // What whoever runs this test has tuned would run, and be checked, here.
    builder
        .environment()
        .put(TuningFile.VARIABLE, folder.resolve("tuning-of-nobody.json").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    if (!process.waitFor(300, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError(command + " did not end within 300 s:\n" + Files.readString(output));
    }
    return new Outcome(process.exitValue(), Files.readString(output));
  }

  private static Path repositoryRoot() {
    Path candidate = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(candidate.resolve("attn"))) {
      candidate = Objects.requireNonNull(candidate.getParent(), "no ./attn in or above the module");
    }
    return candidate;
  }
}
