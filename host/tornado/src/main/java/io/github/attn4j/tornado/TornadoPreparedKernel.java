package io.github.attn4j.tornado;

import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.result.AttentionOutput;

/** A plan lent to one variant and one set of staged inputs. */
final class TornadoPreparedKernel implements PreparedKernel {
  private final TornadoSession session;
  private final TornadoKernel variant;
  private final TornadoStagedInputs staged;
  private final Tuning tuning;
  private final TornadoPlan plan;
  private final long buildNanos;
  private long downloadNanos;
  private boolean closed;

  TornadoPreparedKernel(
      TornadoSession session,
      TornadoKernel variant,
      TornadoStagedInputs staged,
      Tuning tuning,
      TornadoPlan plan,
      long buildNanos) {
    this.session = session;
    this.variant = variant;
    this.staged = staged;
    this.tuning = tuning;
    this.plan = plan;
    this.buildNanos = buildNanos;
    staged.attach(this, plan.uploadNanos());
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(variant.globalId() + " is closed");
    }
    staged.requireOpen();
  }

  @Override
  public KernelVariant variant() {
    return variant;
  }

  @Override
  public Tuning tuning() {
    return tuning;
  }

  /** Time to compile, or to take a compiled plan from the session. */
  @Override
  public long buildNanos() {
    return buildNanos;
  }

  @Override
  public long scratchBytes() {
    return plan.key().sizes().scratchBytes();
  }

  @Override
  public long run() {
    requireOpen();
    return plan.run();
  }

  void refreshQueries(int fromElement, int count) {
    plan.refreshQueries(staged.inputs().q(), fromElement, count);
    plan.stageAgain();
  }

  @Override
  public void clearOutput() {
    requireOpen();
    plan.stageAgain();
  }

  @Override
  public AttentionOutput read() {
    requireOpen();
    long start = System.nanoTime();
    AttentionOutput output = plan.read(staged.inputs().spec());
    downloadNanos = System.nanoTime() - start;
    return output;
  }

  @Override
  public long downloadNanos() {
    return downloadNanos;
  }

  /** The session keeps the plan for the next spec that it fits. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      staged.detach(this);
      session.giveBack(plan);
    }
  }
}
