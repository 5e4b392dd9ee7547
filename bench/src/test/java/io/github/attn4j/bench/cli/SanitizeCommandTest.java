package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.opencl.Oclgrind;
import io.github.attn4j.opencl.OpenClKernel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
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
    Assumptions.assumeFalse(found == ExitCode.UNAVAILABLE, err::toString);
    assertThat(found).as(out + "\n" + err).isEqualTo(code);
    assertThat(out.toString())
        .contains("opencl:flash_mma: not checked, for it refuses each of the ")
        .doesNotContain("the whole output");
  }
}
