package io.github.attn4j.core.kernel;

import io.github.attn4j.core.spec.AttentionSpec;

/** What kernels of a session run with where nobody says otherwise. */
@FunctionalInterface
public interface Tunings {
  /** Every kernel's own default. */
  Tunings OF_THE_KERNELS = KernelVariant::defaultTuning;

  /**
   * Chooses for a kernel that supports the spec on the device.
   *
   * @return a tuning that {@link KernelVariant#admits} lets through
   */
  Tuning of(KernelVariant variant, AttentionSpec spec, DeviceInfo device);
}
