package io.github.attn4j.bench.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Sessions;
import io.github.attn4j.core.fuzz.CaseDraw;
import io.github.attn4j.core.fuzz.FuzzFailure;
import io.github.attn4j.core.fuzz.FuzzReport;
import io.github.attn4j.core.fuzz.FuzzRun;
import io.github.attn4j.core.fuzz.Verdict;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.report.Environment;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.jvm.JavaBackend;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** A run of random cases in which a kernel hangs: the thread that waits for it never comes back. */
class FuzzRunTest {
  /** The first case takes three launches to be found wrong; what hangs is smaller. */
  private static final int WITHIN_THE_FIRST_SMALLER_CASES = 5;

  private final List<FuzzFailure> told = new CopyOnWriteArrayList<>();

  /** Where the run is when the kernel hangs and the watchdog has heard of it. */
  private FuzzReport hanging(Backend backend) throws InterruptedException {
    Backends backends = new Backends(List.of(backend));
    // Neither is closed: the session belongs to the thread that hangs.
    @SuppressWarnings("resource")
    Sessions sessions = new Sessions(backends, null);
    FuzzRun fuzzing =
        new FuzzRun(
            new CaseDraw(3),
            0,
            backends.kernels("java:flash"),
            sessions::of,
            sessions::programsCompiled,
            told::add,
            Watchdog.OFF);
    Thread thread =
        Thread.ofPlatform().daemon().start(() -> fuzzing.run(600_000_000_000L, 1000, _ -> {}));
    while (Arrays.stream(thread.getStackTrace())
        .noneMatch(frame -> frame.getMethodName().equals(FaultySession.WAIT_FOR_EVER))) {
      assertThat(thread.isAlive()).isTrue();
      Thread.sleep(5);
    }
    fuzzing.neverEnded(5);
    return fuzzing.report(Environment.capture(List.of(), "fuzz", 3), false);
  }

  @Test
  void aHangIsAFailureThatIsToldWithItsCase() throws InterruptedException {
    FuzzReport report = hanging(new FaultyBackend(new JavaBackend(), Fault.NEVER_ENDS, 7));
    assertThat(report.failures())
        .singleElement()
        .satisfies(failure -> {
          assertThat(failure.kind()).isEqualTo(Verdict.Kind.NEVER_ENDED);
          assertThat(failure.shrunk().found())
              .isEqualTo("NEVER_ENDED: it took longer than 5.0 s (--watchdog)");
          assertThat(failure.shrunk().kernel()).isEqualTo("java:flash");
          assertThat(failure.shrunk().shape()).isEqualTo(failure.drawn().shape());
        });
    assertThat(told).isEqualTo(report.failures());
    assertThat(report.kernels().getFirst().wrong()).isOne();
    assertThat(report.complete()).isFalse();
  }

  @Test
  void aHangWhileACaseIsMadeSmallerLosesNoFailure() throws InterruptedException {
    Backend wrong = new FaultyBackend(new JavaBackend(), Fault.NAN_ELEMENT, 0);
    FuzzReport report =
        hanging(new FaultyBackend(wrong, Fault.NEVER_ENDS, WITHIN_THE_FIRST_SMALLER_CASES));
    assertThat(report.failures())
        .extracting(FuzzFailure::kind)
        .containsExactly(Verdict.Kind.WRONG_RESULT, Verdict.Kind.NEVER_ENDED);
    FuzzFailure first = report.failures().getFirst();
    FuzzFailure hung = report.failures().getLast();
    assertThat(hung.number()).isEqualTo(first.number());
    assertThat(hung.drawn()).isEqualTo(first.drawn());
    assertThat(hung.shrunk().masks()).isNotEqualTo(first.shrunk().masks());
    assertThat(told).isEqualTo(report.failures());
    assertThat(report.kernels().getFirst().wrong()).isOne(); // the case counts once
  }
}
