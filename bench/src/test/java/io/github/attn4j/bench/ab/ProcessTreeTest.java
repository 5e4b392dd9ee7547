package io.github.attn4j.bench.ab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs({OS.LINUX, OS.MAC})
class ProcessTreeTest {
  @TempDir private Path folder = Path.of("");

  private Process shell(String script) throws Exception {
    return new ProcessBuilder("sh", "-c", script).directory(folder.toFile()).start();
  }

  /** The process whose number a file holds, once it does. */
  private ProcessHandle process(String file) throws Exception {
    Path path = folder.resolve(file);
    for (int look = 0; look < 500; look++) {
      if (Files.exists(path) && Files.readString(path).endsWith("\n")) {
        return ProcessHandle.of(Long.parseLong(Files.readString(path).strip())).orElseThrow();
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    throw new AssertionError("nobody wrote " + file);
  }

  @Test
  void childrenOfChildrenEndWithIt() throws Exception {
    Process root = shell("sh -c 'sleep 300 & echo $! > grandchild; wait' & wait");
    ProcessHandle grandchild = process("grandchild");
    ProcessTree tree = new ProcessTree(root);
    assertThat(tree.waitFor(0.05)).isFalse();
    tree.end();
    assertThat(root.isAlive()).isFalse();
    assertThat(grandchild.isAlive()).isFalse();
  }

  @Test
  @Tag("full")
  void whoeverDoesNotListenIsEndedByForce() throws Exception {
    Process root = shell("trap '' TERM; echo $$ > deaf; while :; do sleep 1; done");
    ProcessHandle deaf = process("deaf");
    new ProcessTree(root).end();
    assertThat(deaf.isAlive()).isFalse();
  }

  /** A parent that crashes leaves its children to nobody. */
  @Test
  @Tag("full")
  void childrenOfAProcessThatCrashedEndToo() throws Exception {
    Process root = shell("sleep 300 & echo $! > orphan; sleep 1.5; kill -KILL $$");
    ProcessHandle orphan = process("orphan");
    ProcessTree tree = new ProcessTree(root);
    assertThat(tree.waitFor(30)).isTrue();
    assertThat(orphan.isAlive()).isTrue();
    tree.end();
    assertThat(orphan.isAlive()).isFalse();
  }
}
