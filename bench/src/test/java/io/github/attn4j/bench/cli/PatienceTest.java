package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PatienceTest {
  @Test
  void whatTakesLongIsSaidOnce() throws Exception {
    StringWriter err = new StringWriter();
    try (Patience _ = Patience.with(new PrintWriter(err, true), Duration.ofMillis(10))) {
      for (int wait = 0; wait < 500 && err.toString().isEmpty(); wait++) {
        Thread.sleep(10);
      }
    }
    assertThat(err.toString()).containsOnlyOnce("still at the block map");
  }

  @Test
  void whatIsSoonDoneIsNotSpokenOf() throws Exception {
    StringWriter err = new StringWriter();
    Patience.with(new PrintWriter(err, true), Duration.ofMillis(200)).close();
    Thread.sleep(400);
    assertThat(err.toString()).isEmpty();
  }
}
