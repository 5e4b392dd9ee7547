package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.opencl.Oclgrind;
import io.github.attn4j.opencl.OpenClKernel;
import io.github.attn4j.testing.Required;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/**
 * What {@code sanitize} makes of kernels that refuse all their cases, as flash_mma does those of
 * float32.
 */
class SanitizeCommandTest {
  private static final Oclgrind.Outcome CLEAN = outcome(OpenClKernel.NAIVE, true, 5, 5, 0, 0);
  private static final Oclgrind.Outcome REFUSED = outcome(OpenClKernel.FLASH_MMA, true, 0, 0, 5, 0);
  private static final Oclgrind.Outcome WRONG = outcome(OpenClKernel.NAIVE, true, 5, 4, 0, 0);
  private static final Oclgrind.Outcome CRASHED = outcome(OpenClKernel.NAIVE, false, 0, 0, 0, 134);
  private static final Oclgrind.Outcome NO_CASES = outcome(OpenClKernel.NAIVE, true, 0, 0, 0, 0);

  private static Oclgrind.Outcome outcome(
      OpenClKernel kernel, boolean complete, int cases, int right, int unsupported, int exitCode) {
    String output = "case tails (B1): unsupported, needs tensor cores\n".repeat(unsupported);
    return new Oclgrind.Outcome(
        kernel.globalId(),
        true,
        complete,
        cases,
        right,
        unsupported,
        List.of(),
        exitCode,
        output,
        1);
  }

  @Test
  void refusalsAreNoFailures() {
    assertThat(SanitizeCommand.exitCode(List.of(CLEAN, REFUSED))).isEqualTo(ExitCode.OK);
    assertThat(SanitizeCommand.exitCode(List.of(REFUSED))).isEqualTo(ExitCode.NOTHING_TO_DO);
    for (Oclgrind.Outcome bad : List.of(WRONG, CRASHED, NO_CASES)) {
      assertThat(SanitizeCommand.exitCode(List.of(CLEAN, bad, REFUSED)))
          .isEqualTo(ExitCode.CHECK_FAILED);
    }
  }

  @Test
  void aFailingBuildHidesNothingElse() {
    Oclgrind.Outcome built = unbuilt(2, 2, 2);
    assertThat(SanitizeCommand.exitCode(List.of(CLEAN, built, REFUSED)))
        .isEqualTo(ExitCode.BUILD_FAILED);
    assertThat(SanitizeCommand.exitCode(List.of(built, WRONG))).isEqualTo(ExitCode.CHECK_FAILED);
    Oclgrind.Outcome withARace = unbuilt(2, 2, 2, "Write-write data race at global memory");
    assertThat(SanitizeCommand.exitCode(List.of(withARace))).isEqualTo(ExitCode.CHECK_FAILED);
    Oclgrind.Outcome withAWrongCase = unbuilt(2, 3, 2);
    assertThat(SanitizeCommand.exitCode(List.of(withAWrongCase))).isEqualTo(ExitCode.CHECK_FAILED);
    Oclgrind.Outcome withAnotherError =
        unbuilt(1, 1, 1, "Oclgrind - OpenCL runtime error detected\n\tFunction: clSetKernelArg");
    assertThat(SanitizeCommand.exitCode(List.of(withAnotherError)))
        .isEqualTo(ExitCode.CHECK_FAILED);
  }

  /** As Oclgrind prints builds that fail, the log of the first with the case. */
  private static Oclgrind.Outcome unbuilt(int builds, int wrong, int lines, String... more) {
    String report =
        """
        1 error generated.

        Oclgrind - OpenCL runtime error detected
        \tFunction: clBuildProgram
        \tError:    CL_BUILD_PROGRAM_FAILURE

        """;
    String text =
        "case tails (B1 H1): INCORRECT, 0.1 s\n"
            + (report + "case tails (B1): BUILD FAILED, 0.1 s\n").repeat(builds)
            + "my.cl:52:15: error: use of undeclared identifier\n1 error generated.\n"
            + String.join("\n", more)
            + "\n";
    List<String> findings =
        text.lines()
            .filter(line -> line.matches(".*(data race|runtime error|error generated).*"))
            .toList();
    assertThat(findings).hasSize(2 * lines + 1 + more.length);
    return new Oclgrind.Outcome("file:my", true, true, 5, 5 - wrong, 0, findings, 0, text, 1);
  }

  @Test
  void reasonsAreSaidOnce() {
    assertThat(REFUSED.refusals()).containsExactly("needs tensor cores");
    assertThat(CLEAN.refusals()).isEmpty();
  }

  @Tag("full")
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {"opencl:flash_mma,opencl:online_softmax; 0", "opencl:flash_mma; 3"})
  void theCommandSaysWhatWasNotChecked(String kernels, int code) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    int found =
        commandLine.execute("sanitize", "--kernel=" + kernels, "--grid=small", "--dtype=f32");
    if (found == ExitCode.UNAVAILABLE) {
      String lacking = err.toString().contains("Oclgrind not found") ? "oclgrind" : "opencl";
      Required.abort(lacking, err.toString());
    }
    assertThat(found).as(out + "\n" + err).isEqualTo(code);
    assertThat(out.toString())
        .contains("opencl:flash_mma: not checked, for it refuses each of the ")
        .doesNotContain("the whole output");
  }
}
