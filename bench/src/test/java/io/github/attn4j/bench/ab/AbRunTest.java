package io.github.attn4j.bench.ab;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.report.Environment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EnabledOnOs({OS.LINUX, OS.MAC})
class AbRunTest {
  @TempDir private Path folder = Path.of("");

  /** Its launcher would wait for the process that waits for it. */
  @Test
  void theFolderThatThisProcessRunsFromIsNotBuiltAgain() throws Exception {
    FakeVersion own = new FakeVersion(folder.resolve("own"), "own", folder.resolve("log"));
    FakeVersion other = new FakeVersion(folder.resolve("other"), "other", folder.resolve("log"));
    AbRun run =
        new AbRun(
            new Version("own", Path.of(own.path()), "a folder"),
            new Version("other", Path.of(other.path()), "a folder"),
            new AbRun.Settings(List.of(), List.of(), 0.1, 8, 1, 0.05, false, false, 60),
            Environment.capture(List.of(), "./attn ab own other", 1),
            () -> {},
            Optional::empty);
    run.prepare(Optional.empty(), Path.of(own.path()));
    assertThat(own.builds()).containsExactly("--version 1", "trial 1");
    assertThat(other.builds()).containsExactly("--version may build", "trial 1");
    assertThat(run.protocol()).isEqualTo(Protocol.TRIAL);
  }

  @ParameterizedTest
  @CsvSource({"129, true", "130, true", "143, true", "137, false", "139, false", "1, false"})
  void aTerminalThatGoesAwayInterruptsToo(int exitCode, boolean interrupted) {
    assertThat(new TrialProcess.Ended(exitCode, 1, null, "", null).wasInterrupted())
        .isEqualTo(interrupted);
  }

  /** It was meant for the ./attn that the user started, and not for a worktree made just now. */
  @Test
  void aUsersWishNotToBuildDoesNotReachThePreparation() {
    Map<String, String> environment =
        new HashMap<>(Map.of("ATTN_NO_BUILD", "1", "GIT_DIR", "elsewhere", "PATH", "/bin"));
    TrialProcess.prepare(environment, true);
    assertThat(environment).containsOnlyKeys("PATH", "NO_COLOR");
    TrialProcess.prepare(environment, false);
    assertThat(environment).containsEntry("ATTN_NO_BUILD", "1");
  }
}
