package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.fault.Fault;
import io.github.attn4j.bench.fault.FaultyBackend;
import io.github.attn4j.bench.fault.FaultySession;
import io.github.attn4j.core.input.NpyFile;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.run.QuickGrid;
import io.github.attn4j.jvm.JavaBackend;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/**
 * What a person and a script see of each fault: the exit code and the message. Codes 2 and 8, which
 * need no fault, are in {@link CommandLineTest}.
 */
class FaultExitCodeTest {
  @TempDir private Path folder = Path.of("");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int attn(List<? extends Backend> backends, String... arguments) {
    CommandLine commandLine = AttnCommand.commandLine(() -> new Backends(backends));
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  /** Verifies own tensors, one small case. */
  private int verifyOneCase(FaultyBackend backend, String... more) {
    Path tensor = folder.resolve("tensor.npy");
    NpyFile.write(tensor, List.of(2, 3, 4), new float[24]);
    String input = "--input=" + tensor + "," + tensor + "," + tensor;
    int code =
        attn(
            List.of(backend),
            Stream.concat(Stream.of("verify", input), Stream.of(more)).toArray(String[]::new));
    assertThat(backend.sessions()).isNotEmpty().allSatisfy(FaultExitCodeTest::assertAllClosed);
    return code;
  }

  private static void assertAllClosed(FaultySession session) {
    assertThat(session.closed()).isTrue();
    assertThat(session.stagedClosed()).isEqualTo(session.stagedOpened());
    assertThat(session.kernelsClosed()).isEqualTo(session.kernelsOpened());
  }

  @ParameterizedTest
  @CsvSource({
    "NONE, 0, 1 cases",
    "WRONG_ELEMENT, 1, 'INCORRECT: java:flash'",
    "NAN_ELEMENT, 1, 'INCORRECT: java:flash'",
    "LAUNCH_FAILS, 1, 'LAUNCH FAILED: java:flash'",
    "UPLOAD_FAILS, 1, 'LAUNCH FAILED: java:flash'",
    "DOWNLOAD_FAILS, 1, 'LAUNCH FAILED: java:flash'",
    "UNSUPPORTED, 3, 'unsupported, 1 cases, java:flash'",
    "INPUTS_DO_NOT_FIT, 5, 'out of memory: java:flash'",
    "SCRATCH_DOES_NOT_FIT, 5, 'out of memory: java:flash'",
    "BUILD_FAILS, 6, 'BUILD FAILED: java:flash'"
  })
  void anEvaluationHasItsCodeAndItsLine(Fault fault, int code, String line) {
    assertThat(verifyOneCase(new FaultyBackend(new JavaBackend(), fault, 0))).isEqualTo(code);
    assertThat(out.toString()).contains(line).contains(fault.message());
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aWrongElementIsNamed() {
    assertThat(verifyOneCase(new FaultyBackend(new JavaBackend(), Fault.WRONG_ELEMENT, 0)))
        .isEqualTo(1);
    assertThat(out.toString())
        .contains("1 of 30 elements wrong; worst: O[b 0, h 1, q 2, d 3] expected 0.0");
  }

  @Test
  void aMistakeOfOursAsksForAReport() {
    assertThat(verifyOneCase(new FaultyBackend(new JavaBackend(), Fault.MISTAKE_OF_OURS, 0)))
        .isEqualTo(70);
    assertThat(err.toString())
        .contains("a mistake of ours; please report")
        .contains("IllegalStateException: " + Fault.MISTAKE_OF_OURS.message());
  }

  @ParameterizedTest
  @EnumSource(names = {"LOST_AT_TUNING", "LOST_AT_STAGE", "LOST_AT_RUN", "LOST_AT_READ"})
  void aDeviceLostAtOnceIsUnavailable(Fault fault) {
    assertThat(verifyOneCase(new FaultyBackend(new JavaBackend(), fault, 0))).isEqualTo(4);
    assertThat(err.toString())
        .contains("the device was lost after 0 of 1 cases: " + fault.message())
        .doesNotContain("mistake of ours");
  }

  @ParameterizedTest
  @EnumSource(names = {"LOST_AT_TUNING", "LOST_AT_STAGE", "LOST_AT_RUN", "LOST_AT_READ"})
  void whatWasFoundBeforeTheLossIsReported(Fault fault) throws IOException {
    FaultyBackend backend = new FaultyBackend(new JavaBackend(), fault, 5);
    Path json = folder.resolve("verify.json");
    Path junit = folder.resolve("verify.xml");
    assertThat(attn(List.of(backend), "verify", "--json=" + json, "--junit=" + junit)).isEqualTo(4);
    String loss =
        "the device was lost after 4 of %d cases: %s"
            .formatted(QuickGrid.cases(1).size(), fault.message());
    assertThat(err.toString()).startsWith("attn: ").contains(loss).hasLineCount(1);
    assertThat(out.toString())
        .containsPattern("java:flash +\\| +5 +\\| +4 +\\| +0 +\\| +0 +\\| +1 +\\|")
        .contains("DEVICE LOST: java:flash")
        .contains("4 cases, 4 checks in");
    assertThat(Files.readString(json))
        .containsSubsequence(passed(4))
        .contains("\"status\" : \"DEVICE LOST\"")
        .contains(loss);
    assertThat(Files.readString(junit))
        .contains("tests=\"5\" failures=\"0\" errors=\"1\" skipped=\"0\"")
        .contains("<error message=\"DEVICE LOST\">" + loss);
    assertThat(backend.sessions()).hasSize(1).allSatisfy(FaultExitCodeTest::assertAllClosed);
  }

  private static List<String> passed(int times) {
    return Collections.nCopies(times, "\"status\" : \"passed\"");
  }

  @Test
  void aWrongResultCountsForMoreThanALossAfterIt() {
    FaultyBackend wrong = new FaultyBackend(new JavaBackend(), Fault.WRONG_ELEMENT, 2);
    FaultyBackend wrongThenLost = new FaultyBackend(wrong, Fault.LOST_AT_RUN, 4);
    assertThat(attn(List.of(wrongThenLost), "verify")).isEqualTo(1);
    assertThat(out.toString()).contains("INCORRECT: java:flash").contains("DEVICE LOST: java:");
    assertThat(err.toString()).contains("the device was lost after 3 of ");
  }

  @Test
  void aWrongResultCountsForMoreThanALossInTheNextRecheck() {
    FaultyBackend wrong = new FaultyBackend(new JavaBackend(), Fault.WRONG_ELEMENT, 2);
    FaultyBackend wrongThenLost = new FaultyBackend(wrong, Fault.LOST_AT_TUNING, 4);
    assertThat(attn(List.of(wrongThenLost), "verify")).isEqualTo(1);
    assertThat(out.toString()).contains("INCORRECT: java:flash").contains("DEVICE LOST: java:");
    assertThat(err.toString()).contains("the device was lost after 3 of ");
  }

  @Test
  void aLossWhileTheOutputIsSavedCostsNoReport() throws IOException {
    FaultyBackend backend = new FaultyBackend(new JavaBackend(), Fault.LOST_AT_RUN, 2);
    Path json = folder.resolve("verify.json");
    Path output = folder.resolve("o.npy");
    assertThat(verifyOneCase(backend, "--save-output=" + output, "--json=" + json)).isEqualTo(4);
    assertThat(err.toString()).contains("attn: " + Fault.LOST_AT_RUN.message());
    assertThat(out.toString()).contains("1 cases, 1 checks in");
    assertThat(Files.readString(json)).contains("\"status\" : \"passed\"");
    assertThat(output).doesNotExist();
  }

  @Test
  void withoutAnyDeviceThereIsNothingToRunOn() {
    assertThat(attn(List.of(), "devices")).isEqualTo(4);
    assertThat(attn(List.of(), "verify")).isEqualTo(4);
    assertThat(err.toString()).contains("no device for any kernel");
  }
}
