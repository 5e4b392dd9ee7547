package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.opencl.KernelTemplate;
import io.github.attn4j.testing.Required;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What .github/actions/attn runs on somebody else's kernel. */
@EnabledOnOs(OS.LINUX)
class ActionTest {
  private static final String FOLDER = ".github/actions/attn";
  private static final Path ROOT = Path.of(System.getProperty("basedir", ".")).resolve("..");

  @TempDir private Path folder = Path.of("");

  /** A checkout that holds the action's scripts; what ./attn is there, each test says. */
  @BeforeEach
  void copiesTheScripts() throws IOException {
    Path action = Files.createDirectories(folder.resolve(FOLDER));
    for (String script : List.of("check-kernel", "poms-key")) {
      Files.copy(ROOT.resolve(FOLDER).resolve(script), action.resolve(script));
    }
  }

  private void attnIs(String... lines) throws IOException {
    Path attn = folder.resolve("attn");
    Files.writeString(attn, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(attn, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Its exit code; what it said is in said.txt. */
  private int action(String script, Map<String, String> inputs) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(folder.resolve(FOLDER).resolve(script).toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("said.txt").toFile());
    builder.environment().remove("GITHUB_STEP_SUMMARY");
    builder.environment().putAll(inputs);
    Process process = builder.start();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }

  private String read(String file) throws IOException {
    return Files.readString(folder.resolve(file));
  }

  @Test
  void eachOfItsCommandsParses() throws Exception {
    attnIs(
        "echo \"$*\" >>calls.txt",
        "case $1 in report) echo of the benchmark >report/bench.md ;; esac");
    Map<String, String> inputs =
        Map.of(
            "KERNEL_FILE", "my.cl",
            "KERNEL_DESCRIPTOR", "other.json",
            "GRID", "full",
            "BENCH", "--input normal --n 256,512 --d 64",
            "OUTPUT", "report");
    assertThat(action("check-kernel", inputs)).as(read("said.txt")).isZero();
    List<String> calls = read("calls.txt").lines().toList();
    assertThat(calls.stream().map(call -> call.split(" ", -1)[0]))
        .containsExactly("verify", "sanitize", "bench", "report");
    for (String call : calls) {
      AttnCommand.commandLine().parseArgs(call.split(" ", -1));
    }
    assertThat(calls.getFirst())
        .contains("--kernel-file my.cl --kernel-descriptor other.json --grid full");
    assertThat(calls.get(2)).contains("--input normal --n 256,512 --d 64");
    assertThat(read("report/summary.md")).isEqualTo("of the benchmark\n");
  }

  @Test
  void whatIsWrongIsInTheSummaryAndEndsIt() throws Exception {
    attnIs("echo \"$1\" >>calls.txt", "echo worst element >attn-report/verify.md", "exit 1");
    Path summary = Files.writeString(folder.resolve("of-the-step.md"), "before\n");
    Map<String, String> inputs =
        Map.of("KERNEL_FILE", "my.cl", "GITHUB_STEP_SUMMARY", summary.toString());
    assertThat(action("check-kernel", inputs)).as(read("said.txt")).isEqualTo(1);
    assertThat(read("calls.txt")).isEqualTo("verify\n");
    assertThat(summary).hasContent("before\nworst element\n");
  }

  @Test
  void theKeyOfItsCacheIsThatOfThePoms() throws Exception {
    Files.writeString(folder.resolve("pom.xml"), "one");
    assertThat(action("poms-key", Map.of())).isZero();
    String first = read("said.txt");
    assertThat(first).matches("[0-9a-f]{16}\n");
    Files.createDirectories(folder.resolve("bench/target"));
    Files.writeString(folder.resolve("bench/target/pom.xml"), "of a build");
    assertThat(action("poms-key", Map.of())).isZero();
    assertThat(read("said.txt")).isEqualTo(first);
    Files.writeString(folder.resolve("bench/pom.xml"), "two");
    assertThat(action("poms-key", Map.of())).isZero();
    assertThat(read("said.txt")).isNotEqualTo(first);
  }

  @Test
  @Tag("exhaustive") // over two minutes: the whole quick grid
  void theTemplatePasses() throws Exception {
    String[] java = {
      "exec '%s/bin/java'".formatted(System.getProperty("java.home")),
      "--enable-native-access=ALL-UNNAMED --add-modules=jdk.incubator.vector",
      "--sun-misc-unsafe-memory-access=allow",
      "-cp '%s'".formatted(System.getProperty("java.class.path")),
      "%s \"$@\"".formatted(AttnCommand.class.getName())
    };
    attnIs(String.join(" ", java));
    KernelTemplate template = new KernelTemplate("my_variant");
    template.write(folder);
    Map<String, String> inputs =
        Map.of(
            "KERNEL_FILE",
            template.sourceFile(folder).toString(),
            "BENCH",
            "--input normal --n 64 --heads 1 --d 8");
    int code = action("check-kernel", inputs);
    String said = read("said.txt");
    if (code == ExitCode.UNAVAILABLE) {
      Required.abort(said.contains("Oclgrind not found") ? "oclgrind" : "opencl", said);
    }
    assertThat(code).as(said).isZero();
    assertThat(read("attn-report/verify.xml")).contains("file:my_variant");
    assertThat(read("attn-report/summary.md").split("file:my_variant", -1)).hasSizeGreaterThan(2);
    assertThat(Arrays.asList(said.split("\n", -1))).anyMatch(line -> line.contains("findings"));
  }
}
