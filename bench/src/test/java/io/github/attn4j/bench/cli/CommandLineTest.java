package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.input.NpyFile;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.result.DeviceTiming;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.testing.Required;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandLineTest {
  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int attn(String... arguments) {
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  @Test
  void anUnknownKernelIsAUsageErrorThatNamesTheKnownOnes() {
    assertThat(attn("verify", "--kernel", "opencl:nayve")).isEqualTo(2);
    assertThat(err.toString())
        .contains("'opencl:nayve'")
        .contains("opencl:naive")
        .contains("java:flash");
  }

  @Test
  void theSanitizerRefusesKernelsItCannotRun() {
    assertThat(attn("sanitize", "--kernel", "java:flash")).isEqualTo(2);
    assertThat(err.toString()).contains("java:flash is no OpenCL kernel");
  }

  @Test
  @Tag("full")
  void theSanitizerListsEachKernel() {
    int code = attn("sanitize", "--grid", "small", "--kernel", "opencl:online_softmax");
    if (err.toString().contains("Oclgrind not found")) {
      Required.abort("oclgrind", "oclgrind not found: apt-get install oclgrind");
    }
    assertThat(code).as(out + "\n" + err).isZero();
    assertThat(out.toString()).contains("opencl:online_softmax", "findings", "checked");
  }

  @Test
  @Tag("full")
  void theSanitizerSaysWhatItStopped() {
    int code = attn("sanitize", "--grid", "small", "--kernel", "opencl:flash", "--limit", "1");
    if (err.toString().contains("Oclgrind not found")) {
      Required.abort("oclgrind", "oclgrind not found: apt-get install oclgrind");
    }
    assertThat(code).isEqualTo(1);
    assertThat(out.toString()).contains("opencl:flash: stopped at the limit");
  }

  @Test
  void anUnknownDeviceIsUnavailable() {
    assertThat(attn("verify", "--device", "abacus")).isEqualTo(4);
    assertThat(err.toString()).contains("--device abacus").contains("attn devices");
  }

  @Test
  void aDeviceRunsTheKernelsOfItsBackendOnly() throws IOException {
    Path json = folder.resolve("verify.json");
    assertThat(attn("verify", "--device=java:0", "--input=model", "--json=" + json)).isEqualTo(0);
    assertThat(Files.readString(json)).contains("java:flash").doesNotContain("opencl:naive");
  }

  @Test
  void aKernelThatDoesNotRunOnTheNamedDeviceIsAUsageErrorThatNamesBoth() {
    assertThat(attn("bench", "--device=java:0", "--kernel=opencl:naive")).isEqualTo(2);
    assertThat(err.toString()).contains("opencl:naive").contains("--device java:0");
  }

  @Test
  void devicesListsTheJvmAtLeast() {
    assertThat(attn("devices")).isEqualTo(0);
    assertThat(out.toString()).contains("java:0").contains("caches: ");
  }

  @Test
  void aWindowOfTheModelIsChecked() throws IOException {
    Path json = folder.resolve("model.json");
    assertThat(
            attn(
                "verify",
                "--kernel=java:flash",
                "--input=model",
                "--mask=causal",
                "--json=" + json))
        .isEqualTo(0);
    assertThat(Files.readString(json))
        .contains("\"model window\"")
        .contains("B1 H12 S512 D32 causal")
        .contains("all-MiniLM-L6-v2 layer 0");
    assertThat(attn("verify", "--input=model", "--mask-file=m.npy")).isEqualTo(2);
    assertThat(err.toString()).contains("--mask-file goes with");
  }

  @Test
  void ownTensorsAreCheckedAndTheOutputSaved() {
    AttentionSpec spec =
        AttentionSpec.builder().heads(2).lengths(5, 9).dim(4).mask(Mask.causal()).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
    Path q = npy("q.npy", List.of(2, 5, 4), inputs.q());
    Path k = npy("k.npy", List.of(2, 9, 4), inputs.k());
    Path v = npy("v.npy", List.of(2, 9, 4), inputs.v());
    Path o = folder.resolve("o.npy");
    assertThat(
            attn(
                "verify",
                "--kernel=java:flash",
                "--input=" + q + "," + k + "," + v,
                "--mask=causal",
                "--save-output=" + o))
        .isEqualTo(0);
    float[] lse = new float[spec.rows()]; // not saved, so only O is compared
    Comparison comparison =
        Expected.of(inputs).compare(new AttentionOutput(NpyFile.read(o).floats(), lse));
    assertThat(comparison.failedElements()).isEqualTo(spec.rows());
    assertThat(NpyFile.read(o).shape()).containsExactly(1, 2, 5, 4);
  }

  @Test
  void anOutputThatDidNotPassIsNotSavedAndTheReportIs() {
    Path q = npy("q.npy", List.of(1, 3, 300), new float[900]);
    Path o = folder.resolve("o.npy");
    Path json = folder.resolve("verify.json");
    int code =
        attn(
            "verify",
            "--kernel=opencl:flash_query_lanes",
            "--input=" + q + "," + q + "," + q,
            "--json=" + json,
            "--save-output=" + o);
    Assumptions.assumeFalse(code == 4, "no OpenCL device: " + err);
    assertThat(code).isEqualTo(3);
    assertThat(err.toString()).contains(o.toString()).contains("not written: unsupported");
    assertThat(o).doesNotExist();
    assertThat(json).exists();
  }

  @Test
  @Tag("full")
  void anyLayerOfTheModelIsTakenAndOthersAreRefused() throws IOException {
    Path json = folder.resolve("layer.json");
    String kernel = "--kernel=java:flash";
    assertThat(attn("verify", kernel, "--input=model", "--layer=3", "--json=" + json)).isEqualTo(0);
    assertThat(Files.readString(json)).contains("all-MiniLM-L6-v2 layer 3, tokens from 0");
    assertThat(attn("verify", kernel, "--input=model", "--layer=6")).isEqualTo(2);
    assertThat(err.toString()).contains("there is no layer 6: all-MiniLM-L6-v2 has 0 to 5");
  }

  @Test
  void aLayerWithoutTheModelIsAUsageError() {
    assertThat(attn("verify", "--kernel=java:flash", "--layer=3")).isEqualTo(2);
    assertThat(err.toString()).contains("--layer 3 goes with --input model");
  }

  @Test
  void wrongDataOptionsSayWhatIsWrong() {
    Path q = npy("q.npy", List.of(3, 4), new float[12]);
    Path k = npy("k.npy", List.of(3, 5), new float[15]);
    assertThat(attn("verify", "--input", q + "," + q)).isEqualTo(2);
    assertThat(attn("verify", "--mask-file", "m.npy")).isEqualTo(2);
    assertThat(attn("verify", "--input", q + "," + k + "," + q)).isEqualTo(8);
    assertThat(attn("verify", "--input", q + "," + q + ",nowhere.npy")).isEqualTo(8);
    assertThat(attn("verify", "--mask", "diagonal", "--input", q + "," + q + "," + q)).isEqualTo(2);
    assertThat(
            attn(
                "verify",
                "--save-output",
                "o.npy",
                "--kernel",
                "*",
                "--input",
                q + "," + q + "," + q))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("is 2")
        .contains("go with --input")
        .contains("k.npy: shape [3, 5]: its head dimension is 5")
        .contains("nowhere.npy")
        .contains("'diagonal'")
        .contains("--save-output needs one kernel");
  }

  @Test
  void verifyWritesEveryCaseForMachines() throws IOException {
    Path json = folder.resolve("verify.json");
    Path junit = folder.resolve("verify.xml");
    assertThat(
            attn(
                "verify",
                "--kernel",
                "java:*",
                "--json",
                json.toString(),
                "--junit",
                junit.toString()))
        .isEqualTo(0);
    assertThat(out.toString()).contains("java:flash").contains("max error / budget");
    assertThat(Files.readString(json)).contains("\"status\" : \"passed\"");
    assertThat(Files.readString(junit)).contains("<testsuite name=\"java:flash\"");
  }

  @Test
  void aReportThatCannotBeReadIsAFileError() {
    assertThat(attn("report", "--json", folder.resolve("none.json").toString())).isEqualTo(8);
    assertThat(err.toString()).contains("none.json");
  }

  @Test
  void everyFailureHasItsExitCode() {
    assertThat(AttnCommand.exitCode(new BackendException.Unavailable("x"))).isEqualTo(4);
    assertThat(AttnCommand.exitCode(new BackendException.OutOfMemory("x", 2, 1))).isEqualTo(5);
    assertThat(AttnCommand.exitCode(new BackendException.BuildFailed("x"))).isEqualTo(6);
    assertThat(AttnCommand.exitCode(new BackendException.LaunchFailed("x"))).isEqualTo(1);
    assertThat(AttnCommand.exitCode(new InvalidFileException(folder, "x"))).isEqualTo(8);
    assertThat(AttnCommand.exitCode(new UncheckedIOException(new IOException("x")))).isEqualTo(8);
    assertThat(AttnCommand.exitCode(new IllegalArgumentException("x"))).isEqualTo(2);
    assertThat(AttnCommand.exitCode(new IllegalStateException("x"))).isEqualTo(70);
  }

  @Test
  void theGravestEvaluationDecidesTheExitCode() {
    Comparison comparison = new Comparison(1, 0, 0.5, null);
    Evaluation passed = new Evaluation.Passed(comparison, new DeviceTiming(1, 1, 1, 1, 1));
    Evaluation unsupported = new Evaluation.Unsupported("D");
    Evaluation outOfMemory = new Evaluation.OutOfMemory("x", 2, 1);
    assertThat(VerifyCommand.exitCode(List.of(passed, unsupported))).isEqualTo(0);
    assertThat(VerifyCommand.exitCode(List.of(unsupported))).isEqualTo(3);
    assertThat(VerifyCommand.exitCode(List.of())).isEqualTo(3);
    assertThat(VerifyCommand.exitCode(List.of(passed, outOfMemory))).isEqualTo(5);
    assertThat(VerifyCommand.exitCode(List.of(outOfMemory, new Evaluation.BuildFailed("x"))))
        .isEqualTo(6);
    assertThat(VerifyCommand.exitCode(List.of(outOfMemory, new Evaluation.Incorrect(comparison))))
        .isEqualTo(1);
    assertThat(VerifyCommand.exitCode(List.of(passed, new Evaluation.LaunchFailed("x"))))
        .isEqualTo(1);
  }

  @Test
  void aFullHeapHasTheExitCodeOfMemoryAndNamesTheCommand() {
    CommandLine commandLine =
        AttnCommand.commandLine(() -> {
          throw new OutOfMemoryError("Java heap space");
        });
    commandLine.setErr(new PrintWriter(err, true));
    assertThat(commandLine.execute("bench", "--mask=k % 4 == 0", "--n=64")).isEqualTo(5);
    assertThat(err.toString())
        .contains("(Java heap space) for ./attn bench '--mask=k % 4 == 0' --n=64;")
        .doesNotContain("\tat ");
  }

  private Path npy(String name, List<Integer> shape, float[] values) {
    Path file = folder.resolve(name);
    NpyFile.write(file, shape, values);
    return file;
  }
}
