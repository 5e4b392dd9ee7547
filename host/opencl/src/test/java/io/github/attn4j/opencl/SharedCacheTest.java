package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Compiled programs on disk, seen from several processes, and on a disk that takes no more. */
class SharedCacheTest {
  @TempDir private Path folder;

  /** In each process: checks a kernel whose program comes from the shared folder, or goes there. */
  static final class Checking {
    private Checking() {}

    /** Argument: the folder. Waits for a line, so that several begin at the same moment. */
    public static void main(String[] arguments) throws IOException {
      AttentionInputs inputs =
          AttentionInputs.generate(
              AttentionSpec.builder().heads(2).length(33).dim(8).mask(Mask.causal()).build(),
              InputFamily.NORMAL,
              5);
      Expected expected = Expected.of(inputs);
      try (OpenClSession session =
          TestDevices.openCaching(Path.of(arguments[0]), KernelSource::load)) {
        System.out.println("ready");
        if (System.in.read() < 0) {
          return;
        }
        Evaluation evaluation = Evaluator.evaluate(session, OpenClKernel.NAIVE, inputs, expected);
        System.out.println(evaluation.label() + ", compiled " + session.programsCompiled());
      }
    }
  }

  /** Stores two programs of a mebibyte, and says whether they can be loaded. */
  static final class Storing {
    private Storing() {}

    /** Argument: the folder. */
    public static void main(String[] arguments) {
      ProgramCache cache = new ProgramCache(Path.of(arguments[0]));
      for (String key : List.of("one", "other")) {
        cache.store(key, new byte[1 << 20]);
        System.out.println(key + " " + cache.load(key).isPresent());
      }
    }
  }

  private Process start(Class<?> main, Path cache, String... before) throws IOException {
    List<String> command = new ArrayList<>(Arrays.asList(before));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UsePerfData", // a file that a limited process cannot make
            "--enable-native-access=ALL-UNNAMED",
            "-Dbasedir=" + System.getProperty("basedir", "."),
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            cache.toString()));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("POCL_CACHE_DIR", folder.resolve("of-the-driver").toString());
    return builder.start();
  }

  private static List<String> files(Path cache) throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  @Tag("full")
  void twoProcessesThatFillOneCacheAtOnceAreBothRightAndLeaveItWhole() throws Exception {
    TestDevices.preferred(new OpenClBackend(folder.resolve("nobodys")));
    Files.createDirectories(folder.resolve("of-the-driver"));
    Path cache = folder.resolve("programs");
    List<Process> processes = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        processes.add(start(Checking.class, cache));
      }
      for (Process process : processes) {
        assertThat(process.inputReader().readLine()).isEqualTo("ready");
      }
      for (Process process : processes) {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
      }
      for (Process process : processes) {
        assertThat(process.inputReader().readLine()).matches("passed, compiled [01]");
        assertEnds(process);
      }
      assertThat(files(cache)).as("an entry and no temporary file").hasSize(1);
      Process third = start(Checking.class, cache);
      processes.add(third);
      third.getOutputStream().write('\n');
      third.getOutputStream().flush();
      BufferedReader said = third.inputReader();
      assertThat(said.readLine()).isEqualTo("ready");
      assertThat(said.readLine()).as("from the entry").isEqualTo("passed, compiled 0");
      assertEnds(third);
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }

  private static void assertEnds(Process process) throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  /** The system refuses to write more than 64 blocks to a file, as a disk does that is full. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aDiskThatTakesNoMoreCostsAWordAndLeavesNoHalfOfAnEntry() throws Exception {
    Path cache = folder.resolve("programs");
    Process process = start(Storing.class, cache, "sh", "-c", "ulimit -f 64; exec \"$@\"", "sh");
    try {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEnds(process);
      assertThat(out).contains("one false").contains("other false");
      assertThat(err)
          .containsOnlyOnce("attn: cannot keep compiled programs in " + cache)
          .contains("Set ATTN_CACHE_DIR to a folder that can be written");
      assertThat(files(cache)).isEmpty();
    } finally {
      process.destroyForcibly();
    }
  }
}
