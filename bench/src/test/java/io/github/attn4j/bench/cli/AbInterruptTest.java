package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.ab.FakeVersion;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code ./attn ab} interrupted in a trial, and beside another one. */
@Tag("full")
@EnabledOnOs(OS.LINUX)
class AbInterruptTest {
  private static final int INTERRUPTED = 130;

  @TempDir private Path folder = Path.of("");
  private Path tarball = Path.of("");
  private Path cache = Path.of("");

  /** BASE is a bundle, which needs the cache; NEW's sixth trial has no end, and a child. */
  private void makeVersions(boolean turns) throws Exception {
    cache = folder.resolve("cache");
    FakeVersion base =
        new FakeVersion(folder.resolve("base"), "base", folder.resolve("log"))
            .answers(FakeVersion.cell("opencl:a", 2e6));
    if (turns) {
      base.turns("0");
    }
    tarball = folder.resolve("attn4j.tar.gz");
    assertThat(
            new ProcessBuilder("tar", "-czf", tarball.toString(), "-C", folder.toString(), "base")
                .start()
                .waitFor())
        .isZero();
    FakeVersion now =
        new FakeVersion(folder.resolve("new"), "new", folder.resolve("log"))
            .answers(FakeVersion.cell("opencl:a", 2e6));
    if (turns) {
      now.turns("0");
    }
    now.before(
        """
        n=$(cat "$here/count" 2>/dev/null || echo 0); echo $((n + 1)) > "$here/count"
        if [ "$n" = 5 ]; then sleep 300 & echo $! > "$here/child"; wait; fi
        """);
  }

  private ChildJvm started(long seed) throws Exception {
    return ChildJvm.attn(
        folder,
        "ab",
        tarball.toString(),
        folder.resolve("new").toString(),
        "--cache=" + cache,
        "--seed=" + seed,
        "--markdown=" + folder.resolve("ab.md"));
  }

  private ProcessHandle child() throws Exception {
    Path file = folder.resolve("new/child");
    for (int look = 0; look < 6000; look++) {
      if (Files.exists(file) && Files.readString(file).endsWith("\n")) {
        return ProcessHandle.of(Long.parseLong(Files.readString(file).strip())).orElseThrow();
      }
      ChildJvm.sleep(10);
    }
    throw new AssertionError("no sixth trial");
  }

  private void interrupted(boolean turns, boolean asATerminal, long seed) throws Exception {
    makeVersions(turns);
    try (ChildJvm ab = started(seed)) {
      ProcessHandle child = child();
      ChildJvm.sleep(1_500); // as long as to have been seen
      if (asATerminal) {
        ab.interruptAll();
      } else {
        ab.interruptAlone();
      }
      assertThat(ab.exitCode()).as(ab.err()).isEqualTo(INTERRUPTED);
      assertThat(child.isAlive()).isFalse();
      assertThat(ab.out())
          .contains("Cut short: 1 undecided", ", 4 pairs")
          .doesNotContain("broken")
          .doesNotContain("ended early");
      assertThat(Files.readString(folder.resolve("ab.md"))).startsWith("# Cut short: ");
      ab.requireNothingLeft();
    }
  }

  @Test
  void ctrlCKeepsThePairsBeforeBlamesNobodyAndLeavesNoProcess() throws Exception {
    interrupted(false, true, 1);
  }

  @Test
  void anInterruptionOfThisProcessAloneEndsItsTrialToo() throws Exception {
    interrupted(false, false, 1);
  }

  /** Whoever waits for its turn then, or would be started next: seeds for who is first. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void inTurnsAnInterruptionEndsBothTrials(long seed) throws Exception {
    interrupted(true, false, seed);
  }

  @Test
  void asLongAsOneRunsAnotherOnTheSameCacheIsRefusedWithItsProcess() throws Exception {
    makeVersions(false);
    try (ChildJvm ab = started(1)) {
      child();
      StringWriter err = new StringWriter();
      CommandLine commandLine = AttnCommand.commandLine();
      commandLine.setErr(new PrintWriter(err, true));
      String[] same =
          List.of("ab", tarball.toString(), folder.resolve("new").toString(), "--cache=" + cache)
              .toArray(String[]::new);
      assertThat(commandLine.execute(same)).isEqualTo(ExitCode.FILE);
      assertThat(err.toString())
          .contains("another ./attn ab works in " + cache, "(process ", "choose another --cache");
      ab.interruptAll();
      assertThat(ab.exitCode()).isEqualTo(INTERRUPTED);
    }
  }
}
