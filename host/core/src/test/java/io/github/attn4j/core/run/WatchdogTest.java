package io.github.attn4j.core.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class WatchdogTest {
  private static final double LIMIT_SECONDS = 0.2;

  private final Queue<Watchdog.Overdue> alarms = new ConcurrentLinkedQueue<>();

  private static void takeTimes(double limits) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep((long) (limits * LIMIT_SECONDS * 1e3));
  }

  @Test
  void aStepThatTakesTooLongIsReportedOnceByName() throws InterruptedException {
    CountDownLatch heard = new CountDownLatch(1);
    try (Watchdog watchdog =
        new Watchdog(
            LIMIT_SECONDS,
            overdue -> {
              alarms.add(overdue);
              heard.countDown();
            })) {
      watchdog.step("a first launch");
      watchdog.step("a second launch");
      assertThat(heard.await(10, TimeUnit.SECONDS)).isTrue();
      takeTimes(2);
    }
    assertThat(alarms).containsExactly(new Watchdog.Overdue("a second launch", LIMIT_SECONDS));
  }

  @Test
  void stepsThatEndInTimeAndRestsOfAnyLengthAreFine() throws InterruptedException {
    // Together longer than the limit, each far from it: a busy machine stops a thread for a while.
    try (Watchdog watchdog = new Watchdog(1, alarms::add)) {
      for (int step = 0; step < 8; step++) {
        watchdog.step("a launch");
        Thread.sleep(150);
      }
      watchdog.rest();
      Thread.sleep(1_300);
    }
    assertThat(alarms).isEmpty();
  }

  @Test
  void aStepThatEndsAfterTheAlarmCountsNoMore() throws InterruptedException {
    AtomicBoolean wentOn = new AtomicBoolean();
    AtomicBoolean wentOnBeforeTheEnd = new AtomicBoolean();
    CountDownLatch raised = new CountDownLatch(1);
    CountDownLatch saved = new CountDownLatch(1);
    try (Watchdog watchdog =
        new Watchdog(
            LIMIT_SECONDS,
            overdue -> {
              raised.countDown();
              try {
                takeTimes(2); // the step ends meanwhile
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              wentOnBeforeTheEnd.set(wentOn.get());
              saved.countDown();
            })) {
      watchdog.step("a slow launch");
      assertThat(raised.await(10, TimeUnit.SECONDS)).isTrue();
      watchdog.rest();
      wentOn.set(true);
      assertThat(saved.await(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(wentOnBeforeTheEnd).isFalse();
  }

  @Test
  void withoutALimitNothingIsWatched() throws InterruptedException {
    try (Watchdog watchdog = new Watchdog(0, alarms::add)) {
      watchdog.step("a launch");
      takeTimes(2);
    }
    assertThat(alarms).isEmpty();
  }

  @Test
  void aLimitThatMakesNoSenseIsNamed() {
    for (double limit : new double[] {-1, Double.NaN}) {
      assertThatThrownBy(() -> new Watchdog(limit, alarms::add).close())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("--watchdog " + limit);
    }
  }
}
