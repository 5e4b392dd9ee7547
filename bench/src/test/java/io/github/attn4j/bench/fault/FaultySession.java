package io.github.attn4j.bench.fault;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.ScoreMatrix;
import io.github.attn4j.core.kernel.ScoreStage;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A real session in which one call goes wrong. All others reach the real one, except after the loss
 * of the device: then every call fails, closing the session included, as drivers may have it.
 * Counts what is opened and closed.
 */
public final class FaultySession extends DelegatingSession {
  /** Name of the method that a thread that hangs is in. */
  static final String WAIT_FOR_EVER = "waitForEver";

  private final Fault fault;
  private final int atCall;
  private final Map<Fault.Call, Integer> calls = new EnumMap<>(Fault.Call.class);
  private boolean lost;
  private boolean closed;
  private int stagedOpened;
  private int stagedClosed;
  private int kernelsOpened;
  private int kernelsClosed;

  /**
   * Takes over the real session and closes it.
   *
   * @param atCall which of the calls of the fault's kind goes wrong, from 1; 0 for each
   */
  public FaultySession(Session real, Fault fault, int atCall) {
    super(real);
    this.fault = fault;
    this.atCall = atCall;
  }

  /** Staged inputs handed out. */
  public int stagedOpened() {
    return stagedOpened;
  }

  /** Calls of their {@code close}. */
  public int stagedClosed() {
    return stagedClosed;
  }

  /** Prepared kernels handed out. */
  public int kernelsOpened() {
    return kernelsOpened;
  }

  /** Calls of their {@code close}. */
  public int kernelsClosed() {
    return kernelsClosed;
  }

  /** Whether the device is gone. */
  public boolean lost() {
    return lost;
  }

  /** Whether {@link #close} was called. */
  public boolean closed() {
    return closed;
  }

  @Override
  public StagedInputs stage(AttentionInputs inputs) {
    enter(Fault.Call.STAGE);
    StagedInputs staged = super.stage(inputs);
    stagedOpened++;
    return new Staged(staged);
  }

  @Override
  public StagedInputs stage(AttentionSpec spec, AttentionTensors tensors) {
    enter(Fault.Call.STAGE);
    StagedInputs staged = super.stage(spec, tensors);
    stagedOpened++;
    return new Staged(staged);
  }

  @Override
  public Tunings tunings() {
    return (variant, spec, device) -> {
      enter(Fault.Call.TUNE);
      return super.tunings().of(variant, spec, device);
    };
  }

  @Override
  public PreparedKernel prepare(KernelVariant variant, StagedInputs staged, Tuning tuning) {
    enter(Fault.Call.PREPARE);
    KernelVariant realVariant =
        variant instanceof RefusingVariant refusing ? refusing.real() : variant;
    PreparedKernel kernel = super.prepare(realVariant, ((Staged) staged).realInputs, tuning);
    kernelsOpened++;
    return new Prepared(kernel, staged.inputs());
  }

  @Override
  public ScoreMatrix scores(StagedInputs staged, ScoreStage stage) {
    return super.scores(((Staged) staged).realInputs, stage);
  }

  @Override
  public long evictCaches() {
    if (lost) {
      throw new BackendException.Unavailable("evictCaches after the device was lost");
    }
    return super.evictCaches();
  }

  @Override
  public void close() {
    super.close();
    if (lost && !closed) {
      closed = true;
      throw new IllegalStateException("the driver frees nothing on a device that is gone");
    }
    closed = true;
  }

  /** Throws if the fault strikes now by an exception; returns whether it strikes at all. */
  private boolean enter(Fault.Call call) {
    if (lost) {
      throw new BackendException.Unavailable(call + " after the device was lost");
    }
    int number = calls.merge(call, 1, Integer::sum);
    boolean strikes = call == fault.call() && (atCall == 0 || number == atCall);
    Optional<RuntimeException> exception = strikes ? fault.exception() : Optional.empty();
    if (strikes && fault == Fault.NEVER_ENDS) {
      waitForEver();
    }
    if (exception.isPresent()) {
      lost = exception.get() instanceof BackendException.Unavailable;
      throw exception.get();
    }
    return strikes;
  }

  /** As in a driver: whoever interrupts the thread is not heard. */
  private void waitForEver() {
    System.err.println(fault.message()); // for who waits for the moment
    while (true) {
      LockSupport.park();
    }
  }

  private final class Staged implements StagedInputs {
    private final StagedInputs realInputs;

    Staged(StagedInputs realInputs) {
      this.realInputs = realInputs;
    }

    @Override
    public AttentionInputs inputs() {
      return realInputs.inputs();
    }

    @Override
    public long uploadNanos() {
      return realInputs.uploadNanos();
    }

    @Override
    public void refreshQueries(int fromElement, int count) {
      realInputs.refreshQueries(fromElement, count);
    }

    @Override
    public long deviceBytes() {
      return realInputs.deviceBytes();
    }

    @Override
    public void close() {
      stagedClosed++;
      realInputs.close();
    }
  }

  private final class Prepared extends DelegatingKernel {
    private final AttentionInputs inputs;

    Prepared(PreparedKernel realKernel, AttentionInputs inputs) {
      super(realKernel);
      this.inputs = inputs;
    }

    @Override
    public long run() {
      enter(Fault.Call.RUN);
      return super.run();
    }

    @Override
    public long run(AttentionOutput output) {
      enter(Fault.Call.RUN);
      boolean strikes = enter(Fault.Call.READ);
      long nanos = super.run(output);
      if (strikes) {
        fault.damage(output, inputs.spec());
      }
      return nanos;
    }

    @Override
    public AttentionOutput read() {
      boolean strikes = enter(Fault.Call.READ);
      AttentionOutput output = super.read();
      return strikes ? fault.damage(output, inputs.spec()) : output;
    }

    @Override
    public void close() {
      kernelsClosed++;
      super.close();
    }
  }
}
