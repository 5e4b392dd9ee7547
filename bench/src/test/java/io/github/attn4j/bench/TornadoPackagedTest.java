package io.github.attn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.bundle.TornadoSdk;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BenchReport;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.testing.Required;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The finished application on a JVM with TornadoVM, as the launcher starts it. */
@Tag("full")
class TornadoPackagedTest {
  @TempDir Path folder;

  private static String app = "";
  private static String arguments = "";

  @BeforeAll
  static void anSdkIsThere() {
    String jar = System.getProperty("attn.app");
    Assumptions.assumeTrue(jar != null, "Maven runs this test after packaging the application");
    app = Objects.requireNonNull(jar);
    arguments = System.getProperty("attn.tornado.flags", "").replace("\"", "").replace("@", "");
    if (arguments.isEmpty()) {
      Required.abort("tornado", "no TornadoVM SDK: set TORNADOVM_HOME and run ./attn test");
    }
  }

  @Test
  void itPrintsTheSourceThatTornadoVmGenerates() throws Exception {
    assertThat(attn("kernel-source", "tornado:flash", "--n", "64"))
        .contains("// tornado:flash for B1 H1 S64 D64 full on ")
        .contains("__kernel void flash(");
  }

  @Test
  void itMeasuresInAForkWithTheSameArguments() throws Exception {
    String output = folder.resolve("report").toString();
    attn(
        "bench",
        "--kernel",
        "tornado:flash",
        "--input",
        "normal",
        "--n",
        "128",
        "--output",
        output);
    BenchReport report = JsonReport.readBench(Path.of(output, "report.json"));
    assertThat(report.cells())
        .hasSize(1)
        .allSatisfy(cell -> {
          assertThat(cell.status()).isEqualTo(BenchCell.Status.MEASURED);
          var measured = Objects.requireNonNull(cell.measurement());
          assertThat(measured.kernelNanos().median()).isPositive();
          assertThat(measured.shareOfFmaCeiling()).isBetween(0.0, 1.05);
          assertThat(measured.scratchBytes()).isEqualTo(measured.scratchFormulaBytes());
        });
  }

  @Test
  void aBundleTakesTheSdkAlongAndRunsWithoutAnyVariable() throws Exception {
    TornadoSdk.find(System.getenv()); // says what is wrong with it better than a failed command
    Path bundles = folder.resolve("bundles");
    attn("bundle", "--with-tornado", "--output", bundles.toString());
    Path bundle;
    try (Stream<Path> files = Files.list(bundles)) {
      bundle = files.filter(Files::isDirectory).findFirst().orElseThrow();
    }
    String script = bundle.resolve("attn").toString();
    assertThat(run(true, List.of(script, "verify", "--kernel", "tornado:*")))
        .contains("| tornado:flash ", "| tornado:naive_parallel ");
  }

  /** The output of a command that ends well. */
  private String attn(String... words) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + arguments,
                "-Dattn.tornado.arguments=" + arguments,
                "--enable-native-access=ALL-UNNAMED",
                "--add-modules=jdk.incubator.vector",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dattn.root=" + MadeUpMachine.repositoryRoot(),
                "-jar",
                app));
    command.addAll(List.of(words));
    return run(false, command);
  }

  private String run(boolean emptyEnvironment, List<String> command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "run", ".output");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    if (emptyEnvironment) {
      builder.environment().clear();
    }
    Process process = builder.start();
    process.getOutputStream().close();
    if (!process.waitFor(300, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw new AssertionError(command + " did not end within 300 s");
    }
    String said = Files.readString(output);
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }
}
