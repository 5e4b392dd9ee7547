package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.kernel.BackendException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
  static Stream<Arguments> exceptions() {
    return Stream.of(
        Arguments.of(new BackendException.Unavailable("none"), ExitCode.UNAVAILABLE),
        Arguments.of(new BackendException.OutOfMemory("O", 2, 1), ExitCode.OUT_OF_MEMORY),
        Arguments.of(new BackendException.BuildFailed("log"), ExitCode.BUILD_FAILED),
        Arguments.of(new BackendException.LaunchFailed("status"), ExitCode.CHECK_FAILED),
        Arguments.of(new InvalidFileException(Path.of("q.npy"), "cut off"), ExitCode.FILE),
        Arguments.of(new UncheckedIOException("no", new IOException()), ExitCode.FILE),
        Arguments.of(new IllegalArgumentException("--n"), ExitCode.USAGE),
        Arguments.of(new IllegalStateException("a bug"), ExitCode.BUG),
        Arguments.of(new NullPointerException(), ExitCode.BUG));
  }

  @ParameterizedTest
  @MethodSource("exceptions")
  void givesEveryExceptionItsExitCode(Exception exception, int code) {
    assertThat(AttnCommand.exitCode(exception)).isEqualTo(code);
  }

  @Test
  void helpListsCommandsAndExitCodes() {
    CapturedRun run = CapturedRun.of("--help");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("devices", "verify", "bench", "report")
        .contains("8   a file could not be read or written");
  }

  @ParameterizedTest
  @ValueSource(strings = {"devices", "verify", "bench", "report"})
  void everyCommandHasHelp(String command) {
    CapturedRun run = CapturedRun.of(command, "--help");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("Usage: attn " + command);
  }

  @Test
  void saysItsVersion() {
    CapturedRun run = CapturedRun.of("--version");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("attn4j ");
  }

  @Test
  void listsTheJavaDevice() {
    CapturedRun run = CapturedRun.of("devices");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("java:0").contains("compute units");
  }

  @ParameterizedTest
  @ValueSource(strings = {"verify", "bench"})
  void namesTheKernelsThereAreWhenOneIsUnknown(String command) {
    CapturedRun run = CapturedRun.of(command, "--kernel", "java:flush");

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("'java:flush'").contains("java:flash").contains("opencl:naive");
  }

  @ParameterizedTest
  @ValueSource(strings = {"verify", "bench"})
  void saysWhenADeviceIsNotThere(String command) {
    CapturedRun run =
        CapturedRun.of(command, "--kernel", "java:flash", "--device", "no such device");

    assertThat(run.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(run.err()).contains("no such device").contains("./attn devices");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "0", "256..128", "128..", "-1", "1..2..3", "999999999"})
  void refusesContextsThatMakeNoSense(String contexts) {
    CapturedRun run = CapturedRun.of("bench", "--no-model", "--kernel=java:flash", "--n=" + contexts);

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("'" + contexts + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--heads", "--d"})
  void refusesAShapeThatMakesNoSense(String option) {
    CapturedRun run =
        CapturedRun.of("bench", "--no-model", "--kernel", "java:flash", "--n", "128", option, "0");

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("0");
  }

  @Test
  void refusesAnOptionThatIsUnknown() {
    CapturedRun run = CapturedRun.of("verify", "--kernels", "java:flash");

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("--kernels");
  }
}
