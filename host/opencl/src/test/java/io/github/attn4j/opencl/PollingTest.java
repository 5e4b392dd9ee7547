package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.jocl.CL;
import org.junit.jupiter.api.Test;

/** When a launch is waited for awake. */
class PollingTest {
  private static final long KERNEL = 100_000;
  private final Polling polling = new Polling();

  private int launchesUntilAwake() {
    int asleep = 0;
    while (!polling.suits(KERNEL)) {
      asleep++;
    }
    return asleep;
  }

  @Test
  void onlyLaunchesKnownToBeShortAreWaitedForAwake() {
    assertThat(polling.suits(0)).as("nothing is known of the first").isFalse();
    assertThat(polling.suits(1)).isTrue();
    assertThat(polling.suits(Polling.LONGEST_NANOS)).isTrue();
    assertThat(polling.suits(Polling.LONGEST_NANOS + 1)).isFalse();
  }

  @Test
  void aWaitAsLongAsTheKernelAndAWakeUpChangesNothing() {
    for (int launch = 0; launch < 1000; launch++) {
      assertThat(polling.suits(KERNEL)).isTrue();
      polling.waited(KERNEL + 60_000, KERNEL);
    }
  }

  @Test
  void aLostTimeSliceSendsLaunchesToSleepMoreOfThemEachTime() {
    int expected = Polling.FEWEST_ASLEEP;
    for (int loss = 0; loss < 6; loss++) {
      assertThat(polling.suits(KERNEL)).isTrue();
      polling.waited(KERNEL + 4_000_000, KERNEL);
      assertThat(launchesUntilAwake()).as("after loss %d", loss).isEqualTo(expected);
      expected = Math.min(Polling.MOST_ASLEEP, 4 * expected);
      // That launch is waited for awake: it is the next to lose.
      polling.waited(KERNEL, KERNEL);
      expected = Math.max(Polling.FEWEST_ASLEEP, expected - 1);
    }
    assertThat(expected).isEqualTo(Polling.MOST_ASLEEP - 1);
  }

  @Test
  void aSlowKernelIsNoLostTimeSlice() {
    assertThat(polling.suits(KERNEL)).isTrue();
    polling.waited(50 * KERNEL, 49 * KERNEL);
    assertThat(polling.suits(KERNEL)).isTrue();
  }

  @Test
  void quietForgivesLosses() {
    assertThat(polling.suits(KERNEL)).isTrue();
    polling.waited(9_000_000, KERNEL);
    launchesUntilAwake();
    for (int launch = 0; launch < 4 * Polling.FEWEST_ASLEEP; launch++) {
      polling.waited(KERNEL, KERNEL);
    }
    assertThat(polling.suits(KERNEL)).isTrue();
    polling.waited(9_000_000, KERNEL);
    assertThat(launchesUntilAwake()).isEqualTo(Polling.FEWEST_ASLEEP);
  }

  @Test
  void aKernelThatHangsIsNotPolledForEver() {
    assertThat(Polling.limitNanos(KERNEL)).isBetween(2 * KERNEL, 100 * KERNEL);
    long waited = polling.await(() -> CL.CL_RUNNING, KERNEL);
    assertThat(waited).isGreaterThanOrEqualTo(Polling.limitNanos(KERNEL));
    assertThat(polling.questions()).isPositive();
  }

  @Test
  void aLaunchIsAskedForUntilItHasEnded() {
    AtomicInteger status = new AtomicInteger(CL.CL_QUEUED + 1);
    polling.await(status::decrementAndGet, Long.MAX_VALUE / 8);
    assertThat(status).hasValue(CL.CL_COMPLETE);
    assertThat(polling.questions()).isEqualTo(CL.CL_QUEUED - CL.CL_COMPLETE + 1);
  }

  @Test
  void aFailedLaunchIsAskedForOnce() {
    polling.await(() -> CL.CL_OUT_OF_RESOURCES, Long.MAX_VALUE / 8);
    assertThat(polling.questions()).isEqualTo(1);
  }
}
