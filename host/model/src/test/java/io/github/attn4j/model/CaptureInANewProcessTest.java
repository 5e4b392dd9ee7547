package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a fresh JVM can show: what loading prints, and where it does not run at all. */
class CaptureInANewProcessTest {
  @TempDir Path folder;

  @Test
  void printsNothing() throws Exception {
    Outcome outcome = run("-DENGINE_CACHE_DIR=" + folder.resolve("cache"));
    assertThat(outcome.standardError()).isEmpty();
    assertThat(outcome.standardOutput()).isEqualTo("captured 393216\n");
    assertThat(outcome.exitCode()).isZero();
  }

  @Test
  void namesThePlatformThatHasNoNativeTokenizer() throws Exception {
    Outcome outcome = run("-Dos.arch=riscv64", "-DENGINE_CACHE_DIR=" + folder.resolve("cache"));
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.standardError())
        .contains(ModelLoadException.class.getName())
        .contains("riscv64")
        .contains("linux-x86_64, linux-aarch64, osx-aarch64 and win-x86_64");
  }

  /** What the new process runs. */
  public static final class Program {
    private Program() {}

    /** Captures 1024 tokens and says how many elements came. */
    public static void main(String[] arguments) {
      System.out.println("captured " + ModelCapture.load().capture(1024).q().length);
    }
  }

  private record Outcome(int exitCode, String standardOutput, String standardError) {}

  private Outcome run(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of(options));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(Program.class.getName());
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    // The first two make the JVM print a line of its own; the third outranks the property.
    builder
        .environment()
        .keySet()
        .removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "ENGINE_CACHE_DIR"));
    Process process = builder.start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("The process did not end within 60 s");
    }
    return new Outcome(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8).replace("\r\n", "\n"),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
