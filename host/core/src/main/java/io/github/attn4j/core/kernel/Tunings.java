package io.github.attn4j.core.kernel;

import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Map;

/** What kernels of a session run with where nobody says otherwise. */
@FunctionalInterface
public interface Tunings {
  /** Every kernel's own default. */
  Tunings OF_THE_KERNELS = KernelVariant::defaultTuning;

  /** Every kernel's own default, with those of these values that it has parameters for. */
  static Tunings ofTheKernelsWith(Tuning values) {
    return (variant, spec, device) -> {
      Tuning tuning = variant.defaultTuning(spec, device);
      for (Map.Entry<String, Integer> value : values.values().entrySet()) {
        if (TuningParameter.named(value.getKey(), variant).isPresent()) {
          tuning = tuning.with(value.getKey(), value.getValue());
        }
      }
      return tuning;
    };
  }

  /**
   * Chooses for a kernel that supports the spec on the device.
   *
   * @return a tuning that {@link KernelVariant#admits} lets through, unless somebody asked for
   *     another, whose refusal is then the answer
   */
  Tuning of(KernelVariant variant, AttentionSpec spec, DeviceInfo device);
}
