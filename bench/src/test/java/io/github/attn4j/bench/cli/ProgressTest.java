package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final Duration NEVER = Duration.ofDays(1);

  private final StringWriter err = new StringWriter();

  private volatile double seconds;

  private Progress progress(long steps, double limitSeconds, Duration silence) {
    return Progress.lines(
        new PrintWriter(err, true), "verify", steps, limitSeconds, silence, () -> seconds);
  }

  @Test
  void aLogIsToldHowFarItIsAndHowLongItWillTake() {
    try (Progress progress = progress(55, Double.POSITIVE_INFINITY, NEVER)) {
      seconds = 4;
      assertThat(progress.line())
          .isEqualTo("verify: 0 of 55, 4 s so far, how long it will take is not known yet");
      seconds = 31;
      for (int step = 0; step < 11; step++) {
        progress.step("causal tails");
      }
      assertThat(progress.line())
          .isEqualTo("verify: 11 of 55, 31 s so far, about 2 min 04 s left; causal tails");
    }
  }

  @Test
  void aStepThatTakesLongPutsTheEstimateOffNoFurtherThanItself() {
    try (Progress progress = progress(3, Double.POSITIVE_INFINITY, NEVER)) {
      seconds = 30;
      progress.step("the first");
      for (double[] told : new double[][] {{30, 60}, {50, 40}, {60, 30}, {90, 30}, {300, 30}}) {
        seconds = told[0];
        assertThat(progress.line()).contains("about %.0f s left".formatted(told[1]));
      }
    }
  }

  @Test
  void aTimeBudgetBoundsTheEstimate() {
    try (Progress progress = progress(10, 240, NEVER)) {
      seconds = 200;
      assertThat(progress.line()).contains("at most 40 s left");
      progress.step("the first");
      assertThat(progress.line()).contains("about 40 s left");
      seconds = 300;
      assertThat(progress.line()).contains("about 0 s left");
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
