package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.testing.Required;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Programs build in a JVM that uses signals, as every JVM does now and then. */
class SignalChainingTest {
  private static final int PROGRAMS = 10;
  private static final String FILE_IS_GONE =
      "error: unable to rename temporary 'a.cl.tmp' to output file 'a.cl': 'No such file or directory'";

  @Test
  @EnabledOnOs(OS.LINUX)
  void buildsWhileTheJvmHandlesItsOwnSignals() throws Exception {
    requireSignalChaining();
    // PoCL keeps what it compiled by its source, and a program that it has does not get compiled.
    long run = System.nanoTime();
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger traps = new AtomicInteger();
    Thread trapping = new Thread(() -> trap(done, traps), "null checks");
    try (OpenClSession session = TestDevices.openPreferred(file -> source(run + file.hashCode()))) {
      trapping.start();
      try {
        for (int i = 0; i < PROGRAMS; i++) {
          session.programs().get("test/%d.cl".formatted(i), "-cl-std=CL1.2");
        }
      } finally {
        done.set(true);
        trapping.join();
      }
      assertThat(session.programsCompiled()).isEqualTo(PROGRAMS);
    }
    assertThat(traps.get()).isGreaterThan(PROGRAMS);
  }

  @Test
  void aBuildThatLostItsFileNamesTheWayOut() {
    assertThat(SignalChaining.advice(FILE_IS_GONE, false)).contains("./attn", "LD_PRELOAD=");
    assertThat(SignalChaining.advice(FILE_IS_GONE, true)).isEmpty();
    assertThat(SignalChaining.advice("error: undeclared identifier", false)).isEmpty();
  }

  private static void requireSignalChaining() {
    if (SignalChaining.active()) {
      return;
    }
    Required.abort(
        OpenClBackend.ID,
        "the JVM runs without libjsig: see docs/decisions/0008-signal-chaining.md");
  }

  private static String source(long number) {
    return "__kernel void k(__global long *x) { x[get_global_id(0)] = %dL + x[1]; }"
        .formatted(number);
  }

  private record Box(int value) {}

  /**
   * The JVM compiles this soon, without a test for null: reading from address 0 is a SIGSEGV, which
   * it turns into the exception. The caller runs too seldom to be compiled and to take it in.
   */
  @SuppressWarnings("NullAway") // on purpose
  private static int valueOf(@Nullable Box box) {
    return box.value;
  }

  private static void trap(AtomicBoolean done, AtomicInteger traps) {
    int sum = warmUp();
    while (!done.get()) {
      try {
        sum += valueOf(null);
      } catch (NullPointerException e) {
        traps.incrementAndGet();
      }
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        return;
      }
    }
    assertThat(sum).isPositive();
  }

  private static int warmUp() {
    Box box = new Box(1);
    int sum = 0;
    for (int i = 0; i < 200_000; i++) {
      sum += valueOf(box);
    }
    return sum;
  }
}
