package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The lines of .github/workflows/attn.yml: .github/run-here finds them, and the commands exist. */
@EnabledOnOs(OS.LINUX)
class WorkflowTest {
  private static final Path ROOT = Path.of(System.getProperty("basedir", ".")).resolve("..");

  @TempDir private Path folder;

  @Test
  void everyStepIsACommandThatParses() throws Exception {
    List<String> listed = listed("check");
    List<String> commands =
        listed.stream().map(String::strip).filter(line -> line.startsWith("./attn ")).toList();
    assertThat(commands).hasSize(4);
    assertThat(commands.getLast()).isEqualTo("./attn test"); // the launcher's own
    for (String command : commands.subList(0, 3)) {
      String[] words = command.replace("\"", "").split(" +", -1);
      AttnCommand.commandLine().parseArgs(Arrays.copyOfRange(words, 1, words.length));
    }
  }

  @Test
  void everyRunLineOfTheWorkflowIsAStepOrInstallsSomething() throws Exception {
    List<String> runs =
        Files.readAllLines(ROOT.resolve(".github/workflows/attn.yml")).stream()
            .map(String::strip)
            .filter(line -> line.startsWith("run: "))
            .map(line -> line.substring("run: ".length()))
            .toList();
    List<String> listed = listed("check", "nothing-skipped");
    List<String> left =
        runs.stream().filter(run -> listed.stream().noneMatch(run::equals)).toList();
    assertThat(listed.stream().filter(runs::contains)).hasSize(5);
    assertThat(left).hasSize(4).allMatch(run -> run.contains("install"));
  }

  @Test
  void aJobThatIsNotThereIsNamedWithThoseThatAre() throws Exception {
    Process process = started("nowhere");
    assertThat(process.waitFor()).isEqualTo(2);
    assertThat(Files.readString(folder.resolve("out.txt")))
        .contains("has no job 'nowhere'", "check nothing-skipped");
  }

  private List<String> listed(String... jobs) throws Exception {
    StringBuilder all = new StringBuilder();
    for (String job : jobs) {
      Process process = started(job);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      String out = Files.readString(folder.resolve("out.txt"));
      assertThat(process.exitValue()).as(out).isZero();
      all.append(out);
    }
    return all.toString().lines().map(String::strip).toList();
  }

  private Process started(String job) throws IOException {
    return new ProcessBuilder(ROOT.resolve(".github/run-here").toString(), "--list", job)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("out.txt").toFile())
        .start();
  }
}
