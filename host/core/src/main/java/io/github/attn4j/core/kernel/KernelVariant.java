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

  /** Bytes it allocates besides Q, K, V, O, LSE and the mask. */
  long scratchBytes(AttentionSpec spec);

  /** The formula behind {@link #scratchBytes}, as reports print it. */
  String scratchFormula();
}
