package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final Duration NEVER = Duration.ofDays(1);

  private final StringWriter err = new StringWriter();

  private Progress progress(long steps, double limitSeconds, Duration silence) {
    return Progress.lines(new PrintWriter(err, true), "verify", steps, limitSeconds, silence);
  }

  @Test
  void aLogIsToldHowFarItIsAndHowLongItWillTake() {
    try (Progress progress = progress(55, Double.POSITIVE_INFINITY, NEVER)) {
      assertThat(progress.line(4))
          .isEqualTo("verify: 0 of 55, 4 s so far, how long it will take is not known yet");
      for (int step = 0; step < 11; step++) {
        progress.step("causal tails");
      }
      assertThat(progress.line(31))
          .isEqualTo("verify: 11 of 55, 31 s so far, about 2 min 04 s left; causal tails");
    }
  }

  @Test
  void aTimeBudgetBoundsTheEstimate() {
    try (Progress progress = progress(10, 240, NEVER)) {
      assertThat(progress.line(200)).contains("at most 40 s left");
      progress.step("the first");
      assertThat(progress.line(200)).contains("about 40 s left");
      assertThat(progress.line(300)).contains("about 0 s left");
    }
  }

  @Test
  void timesAreReadable() {
    assertThat(Progress.time(0.4)).isEqualTo("0 s");
    assertThat(Progress.time(119)).isEqualTo("119 s");
    assertThat(Progress.time(125)).isEqualTo("2 min 05 s");
    assertThat(Progress.time(9000)).isEqualTo("2.5 h");
  }

  @Test
  void aLogHearsALineAtEachInterval() throws Exception {
    try (Progress progress = progress(2, Double.POSITIVE_INFINITY, Duration.ofMillis(20))) {
      progress.say("a kernel that takes long");
      for (int wait = 0; wait < 500 && err.toString().lines().count() < 2; wait++) {
        Thread.sleep(10);
      }
    }
    assertThat(err.toString().lines())
        .hasSizeGreaterThanOrEqualTo(2)
        .allMatch(line -> line.startsWith("attn: verify: 0 of 2, "))
        .allMatch(line -> line.endsWith("; a kernel that takes long"));
  }

  @Test
  void whatIsSoonDoneIsSilent() throws Exception {
    try (Progress progress = progress(2, Double.POSITIVE_INFINITY, Duration.ofMillis(300))) {
      progress.step("one");
      progress.step("two");
    }
    Thread.sleep(500);
    assertThat(err.toString()).isEmpty();
  }
}
