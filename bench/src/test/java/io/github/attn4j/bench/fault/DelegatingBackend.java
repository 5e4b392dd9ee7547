package io.github.attn4j.bench.fault;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import java.util.List;

/** A real backend, but for what a subclass changes. */
public class DelegatingBackend implements Backend {
  private final Backend real;

  /** All is the real one's. */
  public DelegatingBackend(Backend real) {
    this.real = real;
  }

  @Override
  public String id() {
    return real.id();
  }

  @Override
  public List<DeviceInfo> devices() {
    return real.devices();
  }

  @Override
  public List<String> missing() {
    return real.missing();
  }

  @Override
  public List<? extends KernelVariant> kernels() {
    return real.kernels();
  }

  @Override
  public Tunings tunings() {
    return real.tunings();
  }

  @Override
  public Session open(DeviceInfo device, Tunings tunings) {
    return real.open(device, tunings);
  }
}
