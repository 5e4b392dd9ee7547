package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.BackendException;
import java.util.Collection;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What a launch allocates on the Java heap, by JMH's gc profiler. */
class LaunchBenchmarkTest {
  private static final String KERNEL = "opencl:flash_query_lanes";
  private static final double MOST_BYTES = 256;

  @BeforeAll
  static void aDevice() {
    Backends backends = new Backends();
    try {
      backends.deviceFor(backends.kernel(KERNEL), null);
    } catch (BackendException.Unavailable e) {
      if (System.getProperty("attn.require", "").contains("opencl")) {
        throw e;
      }
      Assumptions.abort(e.toString());
    }
  }

  /** Bytes an invocation, all threads of this JVM together. */
  private static double bytes(String benchmark) throws RunnerException {
    System.setProperty("jmh.ignoreLock", "true"); // a neighbour changes times, not bytes
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(
                        LaunchBenchmark.class.getName().replace(".", "\\.")
                            + "\\."
                            + benchmark
                            + "$")
                    .forks(0) // bytes are the same in a process that has done other things before
                    .warmupIterations(1)
                    .warmupTime(TimeValue.milliseconds(200))
                    .measurementIterations(2)
                    .measurementTime(TimeValue.milliseconds(200))
                    .addProfiler(GCProfiler.class)
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    assertThat(results).hasSize(1);
    RunResult result = results.iterator().next();
    assertThat(result.getPrimaryResult().getSampleCount()).as("launches").isGreaterThan(50);
    Result<?> perLaunch =
        Objects.requireNonNull(
            result.getSecondaryResults().get("gc.alloc.rate.norm"),
            () -> "only " + result.getSecondaryResults().keySet());
    assertThat(perLaunch.getScoreUnit()).isEqualTo("B/op");
    return perLaunch.getScore();
  }

  @Test
  void aLaunchOfStagedTensorsAllocatesNextToNothing() throws RunnerException {
    assertThat(bytes("launch")).isLessThanOrEqualTo(MOST_BYTES);
  }

  @Test
  void neitherDoesALaunchThatFillsTheCallersArrays() throws RunnerException {
    assertThat(bytes("launchAndRead")).isLessThanOrEqualTo(MOST_BYTES);
  }
}
