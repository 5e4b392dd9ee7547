package io.github.attn4j.bench.tune;

import io.github.attn4j.bench.fault.DelegatingBackend;
import io.github.attn4j.bench.fault.DelegatingKernel;
import io.github.attn4j.bench.fault.DelegatingSession;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.jvm.JavaKernel;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * The Java backend with a kernel whose parameters do something that is known: {@code RUNS} is how
 * many turns of a millisecond a launch says that it took (the default more than it need), and
 * {@code SHORTCUT} 1 makes it return at once, which is fastest and wrong. Said and not spent: what
 * tests claim of winners must hold on a busy machine, where twice the work may take any time.
 * {@link #slow} is for who looks at a clock.
 */
public final class TunableBackend extends DelegatingBackend {
  static final String RUNS = "RUNS";
  static final String SHORTCUT = "SHORTCUT";

  private static final long MILLISECOND = 1_000_000;

  /** Longer than a busy machine lets a thread wait for its processor. */
  private static final long SLOW_TURN = 8 * MILLISECOND;

  private final int defaultRuns;
  private final Predicate<Tuning> unbuildable;
  private final long turnNanos;

  /** The kernel's default. */
  public TunableBackend(int defaultRuns) {
    this(defaultRuns, tuning -> false);
  }

  /** The same, and what does not build, asked each time that it is to be. */
  public TunableBackend(int defaultRuns, Predicate<Tuning> unbuildable) {
    this(defaultRuns, unbuildable, 0);
  }

  private TunableBackend(int defaultRuns, Predicate<Tuning> unbuildable, long turnNanos) {
    super(new JavaBackend());
    this.defaultRuns = defaultRuns;
    this.unbuildable = unbuildable;
    this.turnNanos = turnNanos;
  }

  /** One whose turns pass: a launch returns after so many times 8 ms. */
  public static TunableBackend slow(int defaultRuns) {
    return new TunableBackend(defaultRuns, tuning -> false, SLOW_TURN);
  }

  /** {@link JavaKernel#FLASH} with those parameters. */
  record Variant(int defaultRuns) implements KernelVariant {
    @Override
    public String name() {
      return "FLASH";
    }

    @Override
    public String backend() {
      return JavaBackend.ID;
    }

    @Override
    public Support supports(AttentionSpec spec, DeviceInfo device) {
      return JavaKernel.FLASH.supports(spec, device);
    }

    @Override
    public List<TuningParameter> tuningParameters() {
      return List.of(
          TuningParameter.of(RUNS, "turns of a launch", 1, 2, 4),
          TuningParameter.of(SHORTCUT, "whether it computes nothing", 0, 1));
    }

    @Override
    public Tuning defaultTuning(AttentionSpec spec, DeviceInfo device) {
      return Tuning.of(RUNS, defaultRuns).with(SHORTCUT, 0);
    }

    @Override
    public String sourceDigest() {
      return "of a test";
    }

    @Override
    public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return JavaKernel.FLASH.tiling(spec, device, Tuning.NONE);
    }

    @Override
    public long scratchBytes(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
      return JavaKernel.FLASH.scratchBytes(spec, device, Tuning.NONE);
    }

    @Override
    public String scratchFormula() {
      return JavaKernel.FLASH.scratchFormula();
    }
  }

  @Override
  public List<? extends KernelVariant> kernels() {
    return List.of(new Variant(defaultRuns));
  }

  @Override
  public Session open(DeviceInfo device, Tunings tunings) {
    return new Opened(super.open(device, tunings));
  }

  private final class Opened extends DelegatingSession {
    Opened(Session real) {
      super(real);
    }

    @Override
    public PreparedKernel prepare(KernelVariant variant, StagedInputs staged, Tuning tuning) {
      if (unbuildable.test(tuning)) {
        throw new BackendException.BuildFailed(tuning.label() + ": no such instruction");
      }
      int runs = tuning.get(SHORTCUT) == 1 ? 0 : tuning.get(RUNS);
      return new Timed(variant, tuning, runs, super.prepare(JavaKernel.FLASH, staged, Tuning.NONE));
    }

    @Override
    public int programsCompiled() {
      return 0;
    }
  }

  private final class Timed extends DelegatingKernel {
    private final KernelVariant variant;
    private final Tuning tuning;
    private final int runs;

    Timed(KernelVariant variant, Tuning tuning, int runs, PreparedKernel real) {
      super(real);
      this.variant = variant;
      this.tuning = tuning;
      this.runs = runs;
    }

    @Override
    public KernelVariant variant() {
      return variant;
    }

    @Override
    public Tuning tuning() {
      return tuning;
    }

    @Override
    public long run() {
      if (runs == 0) {
        return 1;
      }
      long end = System.nanoTime() + runs * turnNanos;
      super.run();
      for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      return runs * MILLISECOND;
    }

    @Override
    public long run(AttentionOutput output) {
      long nanos = run();
      AttentionOutput found = read();
      System.arraycopy(found.o(), 0, output.o(), 0, found.o().length);
      System.arraycopy(found.lse(), 0, output.lse(), 0, found.lse().length);
      return nanos;
    }
  }
}
