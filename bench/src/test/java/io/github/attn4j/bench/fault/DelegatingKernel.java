package io.github.attn4j.bench.fault;

import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.result.AttentionOutput;

/** A real prepared kernel, which it closes, but for what a subclass changes. */
public class DelegatingKernel implements PreparedKernel {
  private final PreparedKernel real;

  /** All is the real one's. */
  public DelegatingKernel(PreparedKernel real) {
    this.real = real;
  }

  @Override
  public KernelVariant variant() {
    return real.variant();
  }

  @Override
  public Tuning tuning() {
    return real.tuning();
  }

  @Override
  public long buildNanos() {
    return real.buildNanos();
  }

  @Override
  public long scratchBytes() {
    return real.scratchBytes();
  }

  @Override
  public long run() {
    return real.run();
  }

  @Override
  public long run(AttentionOutput output) {
    return real.run(output);
  }

  @Override
  public void clearOutput() {
    real.clearOutput();
  }

  @Override
  public AttentionOutput read() {
    return real.read();
  }

  @Override
  public long downloadNanos() {
    return real.downloadNanos();
  }

  @Override
  public void close() {
    real.close();
  }
}
