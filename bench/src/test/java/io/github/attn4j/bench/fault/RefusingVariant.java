package io.github.attn4j.bench.fault;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;

/** A real variant that supports nothing. */
record RefusingVariant(KernelVariant real) implements KernelVariant {
  @Override
  public String name() {
    return real.name();
  }

  @Override
  public String backend() {
    return real.backend();
  }

  @Override
  public Support supports(AttentionSpec spec, DeviceInfo device) {
    return Support.no(Fault.UNSUPPORTED.message());
  }

  @Override
  public long scratchBytes(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return real.scratchBytes(spec, device, tuning);
  }

  @Override
  public String scratchFormula() {
    return real.scratchFormula();
  }
}
