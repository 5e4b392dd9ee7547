package io.github.attn4j.core.kernel;

import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Locale;

/** One way to compute attention: a constant of a backend's kernel enum. */
public interface KernelVariant {

  /** The constant's name, in upper case; enums have it already. */
  String name();

  /** Id of the backend that runs it, for example {@code opencl}. */
  String backend();

  /** File stem and kernel prefix: the constant's name in lower case. */
  default String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What options and reports call it: {@code backend:id}. */
  default String globalId() {
    return backend() + ":" + id();
  }

  /** Whether it computes this spec on this device. */
  Support supports(AttentionSpec spec, DeviceInfo device);

  /**
   * Whether the score matrix goes through memory: it does where passes are launches of their own,
   * and does not in fused kernels.
   */
  default boolean keepsScores() {
    return false;
  }

  /** How it skips what a mask hides, for this spec on this device. */
  default Tiling tiling(AttentionSpec spec, DeviceInfo device) {
    return Tiling.SKIPS_NOTHING;
  }

  /** Bytes it allocates on a device besides Q, K, V, O, LSE and the mask. */
  long scratchBytes(AttentionSpec spec, DeviceInfo device);

  /** The formula behind {@link #scratchBytes}, as reports print it. */
  String scratchFormula();
}
