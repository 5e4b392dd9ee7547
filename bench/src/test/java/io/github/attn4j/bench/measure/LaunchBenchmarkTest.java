package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.testing.Required;
import java.util.Collection;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What a launch allocates on the Java heap, by JMH's gc profiler. */
class LaunchBenchmarkTest {
  private static final double MOST_BYTES = 256;

  /**
   * Launches of an iteration. JMH allocates up to 190 KB around each: 38 bytes a launch. In a given
   * time instead, a busy machine launches so little that this alone came to 330.
   */
  private static final int LAUNCHES = 5000;

  private static final Backends BACKENDS = new Backends();

  private static DeviceInfo device() {
    KernelVariant kernel = BACKENDS.kernel("opencl:flash");
    try {
      return BACKENDS.deviceFor(kernel, null);
    } catch (BackendException.Unavailable e) {
      return Required.abort("opencl", e.description());
    }
  }

  /** The kernel that is made for this kind of device. */
  private static String kernel(DeviceInfo device) {
    return device.kind() == DeviceInfo.Kind.CPU ? "opencl:flash_query_lanes" : "opencl:flash";
  }

  /** Bytes a launch, all threads of this JVM together. */
  private static double bytes(String benchmark, DeviceInfo device) throws RunnerException {
    System.setProperty("jmh.ignoreLock", "true"); // a neighbour changes times, not bytes
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(
                        LaunchBenchmark.class.getName().replace(".", "\\.")
                            + "\\."
                            + benchmark
                            + "$")
                    .param("kernel", kernel(device))
                    .forks(0) // bytes are the same in a process that has done other things before
                    .mode(Mode.SingleShotTime)
                    .warmupIterations(1)
                    .warmupBatchSize(LAUNCHES)
                    .measurementIterations(2)
                    .measurementBatchSize(LAUNCHES)
                    .addProfiler(GCProfiler.class)
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    assertThat(results).hasSize(1);
    RunResult result = results.iterator().next();
    Result<?> perBatch =
        Objects.requireNonNull(
            result.getSecondaryResults().get("gc.alloc.rate.norm"),
            () -> "only " + result.getSecondaryResults().keySet());
    assertThat(perBatch.getScoreUnit()).isEqualTo("B/op");
    return perBatch.getScore() / LAUNCHES;
  }

  @Test
  void aLaunchOfStagedTensorsAllocatesNextToNothing() throws RunnerException {
    assertThat(bytes("launch", device())).isLessThanOrEqualTo(MOST_BYTES);
  }

  @Test
  void neitherDoesALaunchThatFillsTheCallersArrays() throws RunnerException {
    DeviceInfo device = device();
    Assumptions.assumeTrue(
        String.valueOf(device.details().get("reading")).startsWith("in place"),
        device.name() + " is read through maps, each an object of Java's");
    assertThat(bytes("launchAndRead", device)).isLessThanOrEqualTo(MOST_BYTES);
  }
}
