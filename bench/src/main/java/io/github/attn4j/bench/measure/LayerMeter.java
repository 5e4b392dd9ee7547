package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.cost.LayerTime;
import io.github.attn4j.core.cost.LayerTime.Basis;
import io.github.attn4j.core.cost.LayerTimes;
import io.github.attn4j.core.cost.ModelReport;
import io.github.attn4j.core.cost.TransformerShape;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.report.BandwidthCeiling;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the attention of a transformer's layer over some contexts, as much of it as time and memory
 * allow, and sets the rest of the layer beside it at what the device's ceilings allow. A launch is
 * checked against the float64 reference before and after it is timed.
 */
public final class LayerMeter {
  private static final String MEMORY = "memory";

  /** Of the oracle, for each check: about half a second on two cores. */
  private static final long ORACLE_WORK = 1L << 28;

  /** The context that tells how fast the device is at all. */
  private static final int PROBE_CONTEXT = 256;

  private static final int MOST_LAUNCHES = 9;
  private static final int LEAST_LAUNCHES = 3;

  /**
   * A context whose smallest part takes more than this many shares of time is left to arithmetic.
   */
  private static final double PATIENCE = 3;

  /** Launches that a share of time is meant for: first ones, and those that count. */
  private static final int LAUNCHES_OF_SHARE = 6;

  private final TransformerShape shape;
  private final KernelVariant kernel;
  private final Session session;
  private final double shareSeconds;
  private final long memoryBytes;
  private final long seed;
  private final Watchdog watchdog;
  private double gflops;
  private @Nullable Ran longest;

  private LayerMeter(
      TransformerShape shape,
      KernelVariant kernel,
      Session session,
      double shareSeconds,
      long memoryBytes,
      long seed,
      Watchdog watchdog) {
    this.shape = shape;
    this.kernel = kernel;
    this.session = session;
    this.shareSeconds = shareSeconds;
    this.memoryBytes = memoryBytes;
    this.seed = seed;
    this.watchdog = watchdog;
  }

  /**
   * What a device can do at most, as far as that was measured.
   *
   * @param fmaGflops multiply-adds in 1e9 operations a second; NaN where not measured
   * @param memoryGigabytes read beyond its caches in 1e9 bytes a second; NaN where not measured
   */
  public record Rates(double fmaGflops, double memoryGigabytes) {
    /** Measures both: some seconds. */
    public static Rates of(Backends backends, DeviceInfo device) {
      String deviceId = device.backend() + ":" + device.index();
      try (Ceilings ceilings = new Ceilings(backends, List.of(deviceId))) {
        ceilings.measure();
        return ceilings.report().stream()
            .filter(ceiling -> ceiling.deviceId().equals(deviceId))
            .map(ceiling ->
                new Rates(
                    ceiling.fma().gflopsPerSecond(),
                    ceiling.bandwidth().stream()
                        .filter(level -> level.level().equals(MEMORY))
                        .mapToDouble(BandwidthCeiling::gigabytesPerSecond)
                        .findFirst()
                        .orElse(Double.NaN)))
            .findFirst()
            .orElse(new Rates(Double.NaN, Double.NaN));
      }
    }
  }

  /**
   * A part of the layer's attention that ran.
   *
   * @param groups of heads that share keys
   */
  private record Ran(int context, int groups, int launches, double nanos, double gflops) {}

  /**
   * Measures.
   *
   * @param report counts whose times are wanted
   * @param kernel of attention, in float32
   * @param device of its backend
   * @param rates of the device
   * @param seconds for all contexts together, above 0
   * @param memoryBytes that the host's arrays of one launch may take
   * @param seed of the data, and of the rows that are checked
   * @param watchdog is told of every launch and check
   * @param soFar takes what there is after each context
   * @throws IllegalArgumentException with the kernel's reason, if it cannot compute the shape
   * @throws BackendException.LaunchFailed naming the element, if a result is wrong
   */
  public static LayerTimes measure(
      ModelReport report,
      Backends backends,
      KernelVariant kernel,
      DeviceInfo device,
      Rates rates,
      double seconds,
      long memoryBytes,
      long seed,
      Watchdog watchdog,
      Consumer<LayerTimes> soFar) {
    if (!(seconds > 0)) {
      throw new IllegalArgumentException(
          "%s seconds are no time to measure in: give more than 0".formatted(seconds));
    }
    int contexts = report.contexts().size();
    List<LayerTime> times = new ArrayList<>();
    LayerTimes all = timesOf(kernel, device, rates, times);
    try (Session session = backends.backend(kernel.backend()).open(device)) {
      LayerMeter meter =
          new LayerMeter(
              report.shape(), kernel, session, seconds / contexts, memoryBytes, seed, watchdog);
      meter.probe();
      double blockBytes = report.memory().getLast().value();
      for (var account : report.contexts()) {
        Ran ran = meter.run(account.context());
        double layerFlops = account.figure("attention-flops").value();
        boolean whole = ran.context() == account.context();
        double flopsPerNano = ran.gflops();
        times.add(
            new LayerTime(
                account.context(),
                !whole
                    ? Basis.SHORTER_CONTEXT
                    : ran.groups() == report.shape().kvHeads() ? Basis.MEASURED : Basis.FEWER_HEADS,
                ran.groups() * report.shape().groupSize(),
                ran.context(),
                ran.launches(),
                ran.nanos(),
                layerFlops / flopsPerNano,
                ran.gflops(),
                account.figure("matrix-flops").value() / rates.fmaGflops(),
                (blockBytes + (double) account.figure("cache").value() / report.shape().layers())
                    / rates.memoryGigabytes()));
        all = timesOf(kernel, device, rates, times);
        soFar.accept(all);
      }
    }
    return all;
  }

  private static LayerTimes timesOf(
      KernelVariant kernel, DeviceInfo device, Rates rates, List<LayerTime> times) {
    return new LayerTimes(
        kernel.globalId(),
        "%s:%d, %s".formatted(device.backend(), device.index(), device.name()),
        rates.fmaGflops(),
        rates.memoryGigabytes(),
        times,
        null,
        "the measuring did not come to it");
  }

  private void probe() {
    AttentionSpec spec = spec(PROBE_CONTEXT, 1);
    if (kernel.supports(spec, session.device()) instanceof Support.No no) {
      throw new IllegalArgumentException(
          "%s does not compute heads of %d: %s; choose another --kernel, or leave times out (--no-times)"
              .formatted(kernel.globalId(), shape.headDim(), no.reason()));
    }
    gflops = launch(PROBE_CONTEXT, 1).gflops();
  }

  /** Runs what fits of a context; where nothing does, the longest that ran stands for it. */
  private Ran run(int context) {
    double groupFlops = groupFlops(context);
    double groupSeconds = groupFlops / gflops / 1e9;
    double launchSeconds = shareSeconds / LAUNCHES_OF_SHARE;
    int byMemory = (int) Math.min(shape.kvHeads(), memoryBytes / groupBytes(context));
    boolean tooLong = groupSeconds > PATIENCE * launchSeconds;
    if (longest != null && (byMemory < 1 || tooLong)) {
      return longest;
    }
    if (byMemory < 1 || tooLong) {
      // Nothing ran yet: the longest context that does is better than none.
      int shorter = context;
      while (shorter > 1
          && (groupFlops(shorter) / gflops / 1e9 > launchSeconds
              || groupBytes(shorter) > memoryBytes)) {
        shorter /= 2;
      }
      return launch(shorter, 1);
    }
    int groups = Math.max(1, (int) Math.min(byMemory, launchSeconds / groupSeconds));
    Ran ran = launch(context, groups);
    gflops = ran.gflops();
    if (longest == null || context > longest.context()) {
      longest = ran;
    }
    return ran;
  }

  /** Of a spec that may be too large to be one. */
  private double groupFlops(int context) {
    double pairs = shape.causal() ? context * (context + 1.0) / 2 : (double) context * context;
    return 4.0 * pairs * shape.headDim() * shape.groupSize();
  }

  /** Q and O of each query head, K and V of the group, as float arrays. */
  private long groupBytes(int context) {
    return Float.BYTES * 2L * (shape.groupSize() + 1) * context * shape.headDim();
  }

  private AttentionSpec spec(int context, int groups) {
    AttentionSpecBuilder builder =
        AttentionSpec.builder()
            .heads(groups * shape.groupSize(), groups)
            .length(context)
            .dim(shape.headDim());
    return shape.causal() ? builder.mask(Mask.causal()).build() : builder.build();
  }

  private Ran launch(int context, int groups) {
    AttentionSpec spec = spec(context, groups);
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
    Expected expected = Expected.of(inputs, CheckedRows.of(spec, seed, ORACLE_WORK));
    String what =
        "%s on %s, attention of %d heads over %,d tokens"
            .formatted(
                kernel.globalId(), session.device().name(), groups * shape.groupSize(), context);
    watchdog.step(what);
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      long settling = System.nanoTime();
      long settlingNanos = (long) (shareSeconds * 1e9 / LAUNCHES_OF_SHARE);
      do {
        watchdog.step(what);
        prepared.run(); // a JVM compiles while it runs; caches fill
      } while (System.nanoTime() - settling < settlingNanos);
      check(expected, prepared);
      prepared.clearOutput();
      long start = System.nanoTime();
      long timedNanos = (long) (shareSeconds * 1e9 / 2);
      double[] nanos = new double[MOST_LAUNCHES];
      int launches = 0;
      while (launches < MOST_LAUNCHES
          && (launches < LEAST_LAUNCHES || System.nanoTime() - start < timedNanos)) {
        watchdog.step(what);
        nanos[launches++] = prepared.run();
      }
      check(expected, prepared);
      watchdog.rest();
      double median = Samples.of(Arrays.copyOf(nanos, launches)).median();
      return new Ran(context, groups, launches, median, spec.flops() / median);
    }
  }

  private void check(Expected expected, PreparedKernel prepared) {
    Comparison comparison = expected.compare(prepared.read());
    if (!comparison.passed()) {
      throw new BackendException.LaunchFailed(
          "%s is not timed: %s"
              .formatted(kernel.globalId(), new Evaluation.Incorrect(comparison).describe()));
    }
  }
}
