package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every kernel on Oclgrind, an OpenCL device that interprets kernels and reports accesses out of
 * bounds, data races, reads of what was never written and misuse of the API. In a process of its
 * own, since the OpenCL loader looks for drivers once.
 */
@Tag("full")
class SanitizerTest {
  private static final String LIBRARY = "liboclgrind-rt-icd.so";

  /** How each of Oclgrind's reports starts. */
  private static final List<String> FINDINGS =
      List.of(
          "Invalid read",
          "Invalid write",
          "data race",
          "Uninitialized",
          "uninitialized",
          "OCLGRIND",
          "Oclgrind - OpenCL runtime error",
          "Work-group divergence",
          "ERROR",
          "errors generated");

  @TempDir Path folder;

  private record Outcome(int exitCode, String output) {}

  @ParameterizedTest
  @EnumSource(OpenClKernel.class)
  void findsNothing(OpenClKernel kernel) throws Exception {
    Outcome outcome = run(kernel.id());
    assertThat(outcome.output()).contains("device Oclgrind Simulator");
    assertThat(outcome.output()).doesNotContain(FINDINGS);
    assertThat(outcome.output()).containsPattern("right: (\\d+) of \\1\\b");
    assertThat(outcome.exitCode()).isZero();
  }

  @Test
  void wouldFindAKeyReadPastTheEnd() throws Exception {
    assertThat(
            run("flash_query_lanes", "min(j + r, keys - 1) * row_stride", "(j + r) * row_stride")
                .output())
        .contains("Invalid read of size")
        .contains("flash_query_lanes");
  }

  @Test
  void wouldFindAnOutputWrittenPastTheEnd() throws Exception {
    assertThat(run("naive", "if (d >= params.value_dim ||", "if (d > params.value_dim ||").output())
        .contains("Invalid write of size")
        .contains("naive_output");
  }

  @Test
  void wouldFindAValueThatWasNeverWritten() throws Exception {
    assertThat(run("flash_query_lanes", "tile->l_i[vector] = (float16)(0.0f);", ";").output())
        .contains("depends on uninitialized value")
        .contains("flash_query_lanes");
  }

  private Outcome run(String... arguments) throws IOException, InterruptedException {
    Path library = library();
    Path vendors = Files.createDirectories(folder.resolve("vendors"));
    Files.writeString(vendors.resolve("oclgrind.icd"), library + "\n");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(SanitizedRun.class.getName());
    command.add(folder.resolve("programs").toString());
    command.addAll(Arrays.asList(arguments));
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "OCL_ICD_VENDORS",
                vendors.toString(),
                "OCLGRIND_DATA_RACES",
                "1",
                "OCLGRIND_CHECK_API",
                "1",
                "OCLGRIND_MAX_ERRORS",
                "20"));
    if (arguments[0].startsWith("flash")) {
      // Oclgrind 21.10 forgets between launches what the first one wrote: it calls even a constant
      // that naive_scores stores uninitialized in naive_softmax. So only kernels of one launch.
      builder.environment().put("OCLGRIND_UNINITIALIZED", "1");
    }
    // The check for uninitialized values stops at LLVM's freeze, which only the optimizer writes.
    builder.environment().put("OCLGRIND_BUILD_OPTIONS", "-cl-opt-disable");
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    Process process = builder.start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("no end after 120 s:\n" + Files.readString(output));
    }
    return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
  }

  /** The driver, which packages put next to the executable's prefix. */
  private static Path library() throws IOException {
    for (String entry : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      Path executable = Path.of(entry.isEmpty() ? "." : entry).resolve("oclgrind");
      if (Files.isExecutable(executable)) {
        Path lib = executable.toRealPath().resolve("../../lib").normalize();
        try (Stream<Path> files = Files.find(lib, 3, (file, a) -> file.endsWith(LIBRARY))) {
          return files
              .findFirst()
              .orElseThrow(() ->
                  new AssertionError(
                      "%s is there, but %s is not below %s".formatted(executable, LIBRARY, lib)));
        }
      }
    }
    Assumptions.abort("oclgrind not found: apt-get install oclgrind");
    throw new AssertionError("aborted above");
  }
}
