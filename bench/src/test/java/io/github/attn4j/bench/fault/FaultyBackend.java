package io.github.attn4j.bench.fault;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import java.util.ArrayList;
import java.util.List;

/** A real backend whose sessions are faulty, each for itself. */
public final class FaultyBackend extends DelegatingBackend {
  private final Fault fault;
  private final int atCall;
  private final List<FaultySession> sessions = new ArrayList<>();

  /** Goes wrong at the given call of each session, from 1; 0 for each call. */
  public FaultyBackend(Backend real, Fault fault, int atCall) {
    super(real);
    this.fault = fault;
    this.atCall = atCall;
  }

  /** Every session opened so far. */
  public List<FaultySession> sessions() {
    return List.copyOf(sessions);
  }

  /** Cannot be asked once a device is lost: drivers do not answer for it either. */
  @Override
  public List<DeviceInfo> devices() {
    if (sessions.stream().anyMatch(FaultySession::lost)) {
      throw new IllegalStateException("the driver was asked about a device that is gone");
    }
    return super.devices();
  }

  @Override
  public List<? extends KernelVariant> kernels() {
    return fault == Fault.UNSUPPORTED
        ? super.kernels().stream().map(RefusingVariant::new).toList()
        : super.kernels();
  }

  @Override
  public Session open(DeviceInfo device, Tunings tunings) {
    FaultySession session = new FaultySession(super.open(device, tunings), fault, atCall);
    sessions.add(session);
    return session;
  }
}
