package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The host's part of a launch on staged tensors: a context so short that it is most of the time,
 * and nothing between two launches, so that JMH's gc profiler ({@code -prof gc}) sees the launch
 * alone. Kernels are compared by {@link AttentionBenchmark}, not here: all launches compute the
 * same.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class LaunchBenchmark {
  private static final int HEADS = 8;
  private static final long SEED = 7;

  /** Global id. */
  @Param("opencl:flash_query_lanes")
  public String kernel = "";

  /** Queries and keys. */
  @Param("64")
  public int length;

  /** D and Dv. */
  @Param("64")
  public int headDim;

  private @Nullable Session session;
  private @Nullable PreparedKernel prepared;
  private @Nullable Expected expected;
  private AttentionOutput output = new AttentionOutput(new float[0], new float[0]);

  /** Opens the kernel's preferred device, stages, builds and checks. */
  @Setup(Level.Trial)
  public void open() {
    Backends backends = new Backends();
    KernelVariant variant = backends.kernel(kernel);
    AttentionSpec spec = AttentionSpec.builder().heads(HEADS).length(length).dim(headDim).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, SEED);
    Session opened = backends.backend(variant.backend()).open(backends.deviceFor(variant, null));
    session = opened;
    prepared = opened.prepare(variant, opened.stage(inputs));
    expected = Expected.of(inputs);
    output = AttentionOutput.allocate(spec);
    check();
  }

  /** Enqueues the kernel's stages and waits for them. */
  @Benchmark
  public long launch() {
    return prepared().run();
  }

  /** The same, with O and LSE in the caller's arrays at the end. */
  @Benchmark
  public long launchAndRead() {
    return prepared().run(output);
  }

  /** Launches once more: a kernel that works no longer has no figure. */
  @TearDown(Level.Trial)
  public void checkAndClose() {
    try {
      check();
    } finally {
      if (session != null) {
        session.close();
      }
    }
  }

  private PreparedKernel prepared() {
    if (prepared == null) {
      throw new IllegalStateException("the kernel was not prepared");
    }
    return prepared;
  }

  private void check() {
    prepared().clearOutput();
    Arrays.fill(output.o(), Float.NaN);
    Arrays.fill(output.lse(), Float.NaN);
    prepared().run(output);
    if (expected == null) {
      throw new IllegalStateException("nothing to compare with");
    }
    Comparison comparison = expected.compare(output);
    if (!comparison.passed()) {
      throw new IllegalStateException(
          "%s is wrong in %d of %d elements"
              .formatted(kernel, comparison.failedElements(), comparison.checkedElements()));
    }
  }
}
