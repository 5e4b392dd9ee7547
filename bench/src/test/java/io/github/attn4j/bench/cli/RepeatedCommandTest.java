package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RepeatedCommandTest {
  @Test
  void plainWordsStayAsTheyAre() {
    assertThat(RepeatedCommand.of(List.of("bench", "--n=64..128", "--kernel", "java:flash")))
        .isEqualTo("./attn bench --n=64..128 --kernel java:flash");
  }

  @Test
  void aShellReadsBackWhatWasTyped() throws Exception {
    List<String> typed = List.of("bench", "--mask", "window(8,0)", "opencl:*", "it's $HOME", "");
    String line = RepeatedCommand.of(typed).replaceFirst("^\\./attn", "printf '%s|'");
    Process shell = new ProcessBuilder("sh", "-c", line).start();
    String words = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor()).isZero();
    assertThat(words).isEqualTo(String.join("|", typed) + "|");
  }
}
