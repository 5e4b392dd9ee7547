package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.fault.Fault;
import io.github.attn4j.bench.fault.FaultyBackend;
import io.github.attn4j.jvm.JavaBackend;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/**
 * {@code verify --repeat-runs}: what the command line says of bits, in every form. After the cases
 * come three sequences alone, the batch three times, and the batch in another order, for each
 * problem.
 */
class RepeatRunsTest {
  /** Of {@code --mask=causal --n=32}, each one launch and one read. */
  static final int CASES = 7;

  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int verify(Fault fault, int atCall, String repeatRuns) {
    CommandLine commandLine =
        AttnCommand.commandLine(
            () -> new Backends(List.of(new FaultyBackend(new JavaBackend(), fault, atCall))));
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(
        "verify",
        "--mask=causal",
        "--n=32",
        "--repeat-runs=" + repeatRuns,
        "--json=" + folder.resolve("verify.json"),
        "--junit=" + folder.resolve("verify.xml"),
        "--markdown=" + folder.resolve("verify.md"));
  }

  private String file(String name) throws IOException {
    return Files.readString(folder.resolve(name));
  }

  @Test
  void equalBitsAreSaidEverywhere() throws IOException {
    assertThat(verify(Fault.NONE, 0, "3")).as(out + "" + err).isEqualTo(ExitCode.OK);
    assertThat(out.toString())
        .containsPattern("java:flash \\| in runs +\\| yes, 15 runs")
        .contains(CASES + " cases, " + CASES + " checks")
        .doesNotContain("OTHER BITS");
    assertThat(file("verify.xml"))
        .containsPattern(
            "name=\"java:flash, same bits\" tests=\"10\" failures=\"0\" errors=\"0\" skipped=\"5\"");
    assertThat(file("verify.json")).contains("\"schemaVersion\" : 4", "\"problem\" : \"ragged\"");
  }

  @Test
  void offLeavesThemOut() throws IOException {
    assertThat(verify(Fault.NONE, 0, "off")).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).doesNotContain("same bits");
    assertThat(file("verify.xml")).doesNotContain("same bits");
    assertThat(file("verify.json")).contains("\"repeats\" : [ ]");
  }

  @Test
  void aRunThatDiffersIsABrokenPromiseOfAnySpec() throws IOException {
    assertThat(verify(Fault.WRONG_ELEMENT, CASES + 5, "3"))
        .as(out + "" + err)
        .isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(out.toString())
        .containsPattern(
            "OTHER BITS: java:flash on .*, multi-head \\(.*\\), plain spec, .*: 1 of 3 runs")
        .contains("other bits: a kernel that gives other bits")
        .containsPattern("java:flash \\| in runs +\\| no, 1 of 15");
    assertThat(file("verify.xml"))
        .contains("same bits\" tests=\"10\" failures=\"1\" errors=\"0\"")
        .contains("<failure message=\"OTHER BITS\">1 of 3 runs on the same inputs differ");
    assertThat(file("verify.json")).contains("\"status\" : \"OTHER BITS\"");
    assertThat(file("verify.md")).contains("**OTHER BITS: `java:flash`");
  }

  /** The first sequence alone differs from itself in both batches, which a plain spec allows. */
  @Test
  void aBatchThatDiffersIsSaidOfAPlainSpecAndBreaksNoPromise() throws IOException {
    assertThat(verify(Fault.WRONG_ELEMENT, CASES + 1, "3")).isEqualTo(ExitCode.OK);
    assertThat(out.toString()).contains("no, 2 of 30").doesNotContain("OTHER BITS");
    assertThat(file("verify.xml")).contains("same bits\" tests=\"10\" failures=\"0\"");
  }

  @ParameterizedTest
  @CsvSource({
    "LAUNCH_FAILS, 1, LAUNCH FAILED",
    "BUILD_FAILS, 6, BUILD FAILED",
    "SCRATCH_DOES_NOT_FIT, 5, out of memory",
    "LOST_AT_RUN, 4, DEVICE LOST"
  })
  void whatTheDeviceRefusesIsALineAnErrorAndACode(Fault fault, int code, String status)
      throws IOException {
    assertThat(verify(fault, CASES + 2, "3")).as(out + "" + err).isEqualTo(code);
    assertThat(out.toString()).containsPattern(status + ": java:flash on .*, multi-head \\(");
    assertThat(file("verify.xml")).contains("<error message=\"" + status + "\">" + fault.message());
  }

  @Test
  void aCountThatMakesNoSenseIsRefused() {
    assertThat(verify(Fault.NONE, 0, "1")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("--repeat-runs=1: give a number from 2 to 100000, or off");
  }
}
