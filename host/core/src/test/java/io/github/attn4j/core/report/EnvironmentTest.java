package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentTest {
  @TempDir private Path folder = Path.of("");

  @AfterEach
  void forget() {
    System.clearProperty(Environment.ROOT_PROPERTY);
  }

  private static Environment capturedIn(Path root) {
    System.setProperty(Environment.ROOT_PROPERTY, root.toString());
    return Environment.capture(List.of(), "./attn", 1);
  }

  private void git(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("git", "-c", "user.name=x", "-c", "user.email=x@example.org"));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    } catch (IOException e) {
      Assumptions.abort("no git: " + e.getMessage());
    }
  }

  @Test
  void theCommitIsThatOfTheSuitesOwnCheckout() throws Exception {
    git("init", "-q");
    git("commit", "-q", "--allow-empty", "-m", "one");
    Environment clean = capturedIn(folder);
    assertThat(clean.gitCommit()).matches("[0-9a-f]{40,64}");
    assertThat(clean.gitDirty()).isFalse();
    Files.writeString(folder.resolve("new"), "");
    assertThat(capturedIn(folder).gitDirty()).isTrue();
    assertThat(capturedIn(folder).gitCommit()).isEqualTo(clean.gitCommit());
  }

  @Test
  void aFolderInsideAnotherProjectsCheckoutIsNone() throws Exception {
    git("init", "-q");
    git("commit", "-q", "--allow-empty", "-m", "one");
    Environment unpacked = capturedIn(Files.createDirectory(folder.resolve("attn4j")));
    assertThat(unpacked.gitCommit()).isEqualTo("unknown");
    assertThat(unpacked.gitDirty()).isFalse();
  }

  @Test
  void aPackedCopyKnowsTheCommitItWasMadeFromEvenInsideAnotherProjectsCheckout() throws Exception {
    git("init", "-q");
    git("commit", "-q", "--allow-empty", "-m", "another project's");
    Path unpacked = Files.createDirectory(folder.resolve("attn4j-1.0"));
    Path builtFrom = unpacked.resolve(Environment.BUILT_FROM_FILE);
    Files.writeString(builtFrom, "commit=0123abc\ndirty=false\n");
    assertThat(capturedIn(unpacked).gitCommit()).isEqualTo("0123abc");
    assertThat(capturedIn(unpacked).gitDirty()).isFalse();
    Files.writeString(builtFrom, "commit=0123abc\ndirty=true\n");
    assertThat(capturedIn(unpacked).gitDirty()).isTrue();
  }

  @Test
  void withoutARootNothingIsRecordedWhereverTheUserIs() {
    // The tests themselves run inside a checkout as a rule.
    assertThat(Environment.capture(List.of(), "./attn", 1).gitCommit()).isEqualTo("unknown");
    assertThat(capturedIn(folder.resolve("missing")).gitCommit()).isEqualTo("unknown");
  }
}
