package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The lines of .github/workflows, which .github/run-here finds: the commands exist, and the scripts
 * that they call say what they should.
 */
@EnabledOnOs(OS.LINUX)
class WorkflowTest {
  private static final Path ROOT = Path.of(System.getProperty("basedir", ".")).resolve("..");
  private static final String ZEROS = "0".repeat(40);

  @TempDir private Path folder = Path.of("");

  /** What a script came to. */
  private record Outcome(int code, String output) {}

  @Test
  void everyStepIsACommandThatParses() throws Exception {
    List<String> commands =
        listed("check").stream()
            .filter(line -> line.contains("./attn "))
            .map(line -> line.substring(line.indexOf("./attn ")))
            .toList();
    assertThat(commands.stream().map(command -> command.split(" ", -1)[1]))
        .containsExactly("devices", "verify", "ab", "test", "new-kernel");
    for (String command : commands) {
      String[] words = command.replace("\"", "").split(" +", -1);
      if (words[1].equals("test")) {
        assertThat(words).hasSize(2); // the launcher's own
      } else {
        AttnCommand.commandLine().parseArgs(Arrays.copyOfRange(words, 1, words.length));
      }
    }
  }

  @Test
  void everyRunLineOfTheWorkflowsIsAStepOrInstallsSomething() throws Exception {
    List<String> runs;
    try (Stream<Path> files = Files.list(ROOT.resolve(".github/workflows"))) {
      runs = files.flatMap(WorkflowTest::lines).filter(line -> line.startsWith("run: ")).toList();
    }
    runs = runs.stream().map(line -> line.substring("run: ".length())).toList();
    List<String> listed = listed("check", "nothing-skipped", "exhaustive");
    List<String> left =
        runs.stream().filter(run -> listed.stream().noneMatch(run::equals)).toList();
    assertThat(listed.stream().filter(runs::contains)).hasSize(9);
    assertThat(left).hasSize(5).allMatch(run -> run.contains("install"));
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream().map(String::strip);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aJobThatIsNotThereIsNamedWithThoseThatAre() throws Exception {
    Outcome outcome = script("run-here", Map.of(), "--list", "nowhere");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.output())
        .contains("has no job 'nowhere'", "check nothing-skipped exhaustive");
  }

  @Test
  void aSkippedTestIsNamedWithItsReasonUnlessThatIsListed() throws Exception {
    Outcome none = script("no-test-skipped", Map.of(), folder.toString());
    assertThat(none.code()).isEqualTo(1);
    assertThat(none.output()).contains("no report of a test is there");

    Path reports = Files.createDirectories(folder.resolve("bench/target/surefire-reports/alone"));
    String allowed = "opencl:flash_mma: takes queries of f16, bf16, not of f32";
    Files.writeString(reports.resolve("TEST-one.xml"), report("kernels(String)[6]", allowed));
    Outcome listed = script("no-test-skipped", Map.of(), folder.toString());
    assertThat(listed.code()).as(listed.output()).isZero();
    assertThat(listed.output())
        .contains("allowed, 1: " + allowed, "1 of 2 tests were skipped, 0 of them");

    Files.writeString(reports.resolve("TEST-two.xml"), report("sanitizes", "Oclgrind not found"));
    Outcome unlisted = script("no-test-skipped", Map.of(), folder.toString());
    assertThat(unlisted.code()).isEqualTo(1);
    assertThat(unlisted.output())
        .contains("skipped: a.b.SomeTest.sanitizes", "  Oclgrind not found")
        .contains("2 of 4 tests were skipped, 1 of them");
  }

  /** As Surefire writes one of two tests, the second of which was skipped. */
  private static String report(String name, String reason) {
    return """
    <testsuite name="a.b.SomeTest" tests="2" skipped="1">
      <testcase name="runs" classname="a.b.SomeTest" time="0.1"/>
      <testcase name="%s" classname="a.b.SomeTest" time="0.0">
        <skipped type="org.opentest4j.TestAbortedException"><![CDATA[%s
    \tat somewhere]]></skipped>
      </testcase>
    </testsuite>
    """
        .formatted(name, reason);
  }

  @Test
  void theBaseIsWhatIsNamedOrElseTheParentAndOfTheFirstCommitNothing() throws Exception {
    Path github = Files.createDirectories(folder.resolve("repository/.github"));
    Path base = Files.copy(ROOT.resolve(".github/base"), github.resolve("base"));
    git("init", "--quiet");
    assertThat(run(base, Map.of("BASE", "")).code()).isEqualTo(2);

    String first = commit("one");
    Outcome ofTheFirst = run(base, Map.of("BASE", ZEROS));
    assertThat(ofTheFirst.code()).isZero();
    assertThat(ofTheFirst.output())
        .contains("HEAD is the first commit")
        .doesNotContainPattern("(?m)^[0-9a-f]{40}$");

    String second = commit("two");
    commit("three");
    assertThat(run(base, Map.of("BASE", first)).output()).isEqualTo(first + "\n");
    assertThat(run(base, Map.of("BASE", "")).output()).isEqualTo(second + "\n");
    assertThat(run(base, Map.of("BASE", ZEROS)).output())
        .contains(ZEROS + " is not in this repository")
        .endsWith(second + "\n");

    git("clone", "--quiet", "--depth", "1", "file://" + folder.resolve("repository"), "shallow");
    Path shallow = folder.resolve("repository/shallow/.github");
    Path there = Files.copy(base, Files.createDirectories(shallow).resolve("base"));
    Outcome cut = run(there, Map.of("BASE", first));
    assertThat(cut.code()).isEqualTo(2);
    assertThat(cut.output()).contains("fetch-depth: 0");
  }

  private String commit(String message) throws Exception {
    git("commit", "--quiet", "--allow-empty", "-m", message);
    return git("rev-parse", "HEAD").strip();
  }

  private String git(String... words) throws Exception {
    String[] git = {"git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", "repository"};
    String[] command = Stream.of(git, words).flatMap(Arrays::stream).toArray(String[]::new);
    Outcome outcome = ended(new ProcessBuilder(command).directory(folder.toFile()));
    assertThat(outcome.code()).as(outcome.output()).isZero();
    return outcome.output();
  }

  private List<String> listed(String... jobs) throws Exception {
    StringBuilder all = new StringBuilder();
    for (String job : jobs) {
      Outcome outcome = script("run-here", Map.of(), "--list", job);
      assertThat(outcome.code()).as(outcome.output()).isZero();
      all.append(outcome.output());
    }
    return all.toString().lines().map(String::strip).toList();
  }

  private Outcome script(String name, Map<String, String> environment, String... arguments)
      throws Exception {
    return run(ROOT.resolve(".github").resolve(name), environment, arguments);
  }

  private Outcome run(Path script, Map<String, String> environment, String... arguments)
      throws Exception {
    String[] command =
        Stream.concat(Stream.of(script.toString()), Stream.of(arguments)).toArray(String[]::new);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return ended(builder);
  }

  /** What it says on both streams. */
  private Outcome ended(ProcessBuilder builder) throws Exception {
    Path out = folder.resolve("out.txt");
    Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), Files.readString(out));
  }
}
